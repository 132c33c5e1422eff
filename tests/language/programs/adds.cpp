#include <iostream>
#include <numeric>
#include <vector>

int main() {
    std::vector<long long> numbers;
    for (long long number; std::cin >> number;) numbers.push_back(number);
    std::cout << std::accumulate(numbers.begin(), numbers.end(), 0LL) << '\n';
}
