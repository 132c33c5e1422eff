// Multiplies two matrices that a small generator makes of four numbers on standard input; writes the product in base64.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

// EVOLVE-BLOCK-START
typedef double Vector __attribute__((vector_size(64), aligned(8), may_alias));

constexpr size_t WIDTH = sizeof(Vector) / sizeof(double), VECTORS = 2;
constexpr size_t ROWS = 6, COLUMNS = VECTORS * WIDTH, DEPTH = 256;

// Adds one tile of ROWS by COLUMNS elements over a stretch of k; the tile stays in registers.
static void tile(const double *a, const double *panel, double *__restrict c, size_t k, size_t n, size_t depth) {
    Vector sums[ROWS][VECTORS] = {};
    for (size_t p = 0; p < depth; p++) {
        const Vector *row = (const Vector *)(panel + p * COLUMNS);
        for (size_t i = 0; i < ROWS; i++)
            for (size_t v = 0; v < VECTORS; v++) sums[i][v] += a[i * k + p] * row[v];
    }
    for (size_t i = 0; i < ROWS; i++)
        for (size_t v = 0; v < VECTORS; v++) ((Vector *)(c + i * n))[v] += sums[i][v];
}

// c = a * b, all row by row: a is m by k, b is k by n, c is m by n and holds zeros.
static void multiply(const double *a, const double *b, double *__restrict c, size_t m, size_t k, size_t n) {
    const size_t whole_m = m / ROWS * ROWS, whole_n = n / COLUMNS * COLUMNS;
    std::vector<double> panel(DEPTH * COLUMNS);
    for (size_t p0 = 0; p0 < k; p0 += DEPTH) {
        const size_t depth = p0 + DEPTH < k ? DEPTH : k - p0;
        for (size_t j = 0; j < whole_n; j += COLUMNS) {
            for (size_t p = 0; p < depth; p++)
                for (size_t x = 0; x < COLUMNS; x++) panel[p * COLUMNS + x] = b[(p0 + p) * n + j + x];
            for (size_t i = 0; i < whole_m; i += ROWS)
                tile(a + i * k + p0, panel.data(), c + i * n + j, k, n, depth);
        }
        for (size_t i = 0; i < m; i++)
            for (size_t p = p0; p < p0 + depth; p++)
                for (size_t j = i < whole_m ? whole_n : 0; j < n; j++) c[i * n + j] += a[i * k + p] * b[p * n + j];
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
