// Takes the softmax of every row of a matrix many times over on the GPU, and writes sums of what came out. Four numbers
// on standard input: rows, columns, repetitions, seed.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

// EVOLVE-BLOCK-START
// One warp a row: its 32 threads read neighbouring numbers, and reduce with shuffles.
__global__ void softmax_warps(const float *__restrict__ x, float *__restrict__ y, int rows, int columns) {
    const int row = (blockIdx.x * blockDim.x + threadIdx.x) / 32, lane = threadIdx.x % 32;
    if (row >= rows) return;
    const float *in = x + (size_t)row * columns;
    float *out = y + (size_t)row * columns;
    float largest = -INFINITY, sum = 0.0f;
    for (int i = lane; i < columns; i += 32) largest = fmaxf(largest, in[i]);
    for (int step = 16; step > 0; step /= 2) largest = fmaxf(largest, __shfl_xor_sync(~0u, largest, step));
    for (int i = lane; i < columns; i += 32) sum += expf(in[i] - largest);
    for (int step = 16; step > 0; step /= 2) sum += __shfl_xor_sync(~0u, sum, step);
    const float scale = 1.0f / sum;
    for (int i = lane; i < columns; i += 32) out[i] = expf(in[i] - largest) * scale;
}

// y = softmax of every row of x, both on the GPU, stored row by row.
static void softmax(const float *x, float *y, int rows, int columns) {
    softmax_warps<<<(rows + 3) / 4, 128>>>(x, y, rows, columns);
}
// EVOLVE-BLOCK-END

constexpr int PROBES = 1024;  // rows that are spoilt before a repetition and looked at behind it

static void check(cudaError_t code, const char *what) {
    if (code == cudaSuccess) return;
    fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(code));
    exit(3);
}

// 32 bits that look random, the same as in the checker.
__host__ __device__ static uint32_t mix(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

// Numbers from -8 to 8; in every 64th row, larger ones, whose exponentials would overflow.
__global__ void fill(float *x, int rows, int columns, uint32_t seed) {
    const size_t size = (size_t)rows * columns;
    for (size_t i = blockIdx.x * (size_t)blockDim.x + threadIdx.x; i < size; i += (size_t)gridDim.x * blockDim.x) {
        const float value = (float)(int32_t)mix((uint32_t)i * 0x9e3779b9u + seed) * 0x1p-28f;
        x[i] = i / columns % 64 == 63 ? value * 16.0f + 100.0f : value;
    }
}

// Where probe p of a repetition looks.
__device__ static size_t place(int p, int repetition, int rows, int columns, uint32_t seed) {
    const uint32_t chosen = mix(mix((uint32_t)repetition + seed) + (uint32_t)p);
    return (size_t)(chosen % (uint32_t)rows) * columns + mix(chosen) % (uint32_t)columns;
}

__global__ void spoil(float *y, int repetition, int rows, int columns, uint32_t seed) {
    const int p = blockIdx.x * blockDim.x + threadIdx.x;
    if (p < PROBES) y[place(p, repetition, rows, columns, seed)] = NAN;
}

__global__ void probe(const float *y, double *sums, int repetition, int rows, int columns, uint32_t seed) {
    const int p = blockIdx.x * blockDim.x + threadIdx.x;
    if (p < PROBES) sums[p] += y[place(p, repetition, rows, columns, seed)];
}

int main() {
    int rows, columns, repetitions;
    uint32_t seed;
    if (scanf("%d %d %d %u", &rows, &columns, &repetitions, &seed) != 4) return 2;
    const size_t bytes = (size_t)rows * columns * sizeof(float);
    float *x, *y;
    double *sums, host[PROBES];
    check(cudaMalloc(&x, bytes), "memory for the input");
    check(cudaMalloc(&y, bytes), "memory for the output");
    check(cudaMalloc(&sums, sizeof host), "memory for the sums");
    check(cudaMemset(sums, 0, sizeof host), "clearing the sums");
    fill<<<1024, 256>>>(x, rows, columns, seed);
    for (int r = 0; r < repetitions; r++) {
        spoil<<<PROBES / 256, 256>>>(y, r, rows, columns, seed);
        softmax(x, y, rows, columns);
        probe<<<PROBES / 256, 256>>>(y, sums, r, rows, columns, seed);
    }
    check(cudaGetLastError(), "starting a kernel");
    check(cudaMemcpy(host, sums, sizeof host, cudaMemcpyDeviceToHost), "running the kernels");
    for (int p = 0; p < PROBES; p++) printf("%.9e\n", host[p]);
}
