// Multiplies two matrices that a small generator makes of four numbers on standard input; writes the product in base64.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

// EVOLVE-BLOCK-START
// c = a * b, all row by row: a is m by k, b is k by n, c is m by n and holds zeros.
static void multiply(const double *a, const double *b, double *__restrict c, size_t m, size_t k, size_t n) {
    std::vector<double> columns(k * n);
    for (size_t p = 0; p < k; p++)
        for (size_t j = 0; j < n; j++) columns[j * k + p] = b[p * n + j];
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            const double *x = a + i * k, *y = columns.data() + j * k;
            double sums[4] = {0, 0, 0, 0};
            size_t p = 0;
            for (; p + 4 <= k; p += 4)
                for (int lane = 0; lane < 4; lane++) sums[lane] += x[p + lane] * y[p + lane];
            double sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
            for (; p < k; p++) sum += x[p] * y[p];
            c[i * n + j] = sum;
        }
}
// EVOLVE-BLOCK-END

// A number from -1 to 1 for each place, the same as in the checker.
static double number(uint32_t place, uint32_t seed) {
    uint32_t x = place * 0x9e3779b9u + seed;
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return (double)(int32_t)(x ^ (x >> 16)) * 0x1p-31;
}

static std::vector<double> matrix(size_t size, uint32_t seed) {
    std::vector<double> made(size);
    for (size_t i = 0; i < size; i++) made[i] = number((uint32_t)i, seed);
    return made;
}

static std::string base64(const unsigned char *bytes, size_t count) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve(count / 3 * 4 + 4);
    for (size_t i = 0; i < count; i += 3) {
        uint32_t three = bytes[i] << 16 | (i + 1 < count ? bytes[i + 1] << 8 : 0) | (i + 2 < count ? bytes[i + 2] : 0);
        for (int j = 0; j < 4; j++) text += i + j <= count ? digits[three >> (18 - 6 * j) & 63] : '=';
    }
    return text;
}

int main() {
    unsigned m, k, n, seed;
    if (scanf("%u %u %u %u", &m, &k, &n, &seed) != 4) return 2;
    std::vector<double> a = matrix((size_t)m * k, seed), b = matrix((size_t)k * n, seed + 1), c((size_t)m * n);
    multiply(a.data(), b.data(), c.data(), m, k, n);
    std::string text = base64((const unsigned char *)c.data(), c.size() * sizeof(double));
    fwrite(text.data(), 1, text.size(), stdout);
}
