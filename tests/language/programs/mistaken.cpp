#include <iostream>

int main() {
    long long number;
    while (std::cin >> number)
        total += number;
}
