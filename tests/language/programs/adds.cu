#include <cstdio>
#include <vector>

__global__ void add(const long long* numbers, int count, long long* total) {
    for (int i = threadIdx.x; i < count; i += blockDim.x)
        atomicAdd((unsigned long long*)total, (unsigned long long)numbers[i]);
}

int main() {
    std::vector<long long> numbers;
    for (long long number; scanf("%lld", &number) == 1;) numbers.push_back(number);
    long long *device, *total, result = 0;
    if (cudaMalloc(&device, (numbers.size() + 1) * sizeof *device) != cudaSuccess) {
        fprintf(stderr, "no GPU\n");
        return 1;
    }
    cudaMalloc(&total, sizeof *total);
    cudaMemset(total, 0, sizeof *total);
    cudaMemcpy(device, numbers.data(), numbers.size() * sizeof *device, cudaMemcpyHostToDevice);
    add<<<1, 128>>>(device, (int)numbers.size(), total);
    cudaMemcpy(&result, total, sizeof result, cudaMemcpyDeviceToHost);
    printf("%lld\n", result);
}
