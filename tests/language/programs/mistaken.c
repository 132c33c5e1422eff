#include <stdio.h>

int main(void) {
    long long number;
    while (scanf("%lld", &number) == 1)
        total += number;
    return 0;
}
