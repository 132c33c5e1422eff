// Improves a tour in place. Called from Python: cities holds x and y of each of n cities, near k neighbours of each.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

// EVOLVE-BLOCK-START
struct Tour {
    int n;
    const double *cities;
    int32_t *order;
    std::vector<int> place;

    double distance(int a, int b) const {
        return std::hypot(cities[2 * a] - cities[2 * b], cities[2 * a + 1] - cities[2 * b + 1]);
    }

    int next(int a) const { return order[place[a] + 1 == n ? 0 : place[a] + 1]; }

    // Turns round the stretch from place i to place j, both included.
    void reverse(int i, int j) {
        for (; i < j; i++, j--) {
            std::swap(order[i], order[j]);
            place[order[i]] = i;
            place[order[j]] = j;
        }
    }
};

// Exchanges two edges for shorter ones as long as there are such, trying near cities only.
static void optimise(Tour &tour, const int32_t *near, int k) {
    for (bool better = true; better;) {
        better = false;
        for (int a = 0; a < tour.n; a++)
            for (int i = 0; i < k; i++) {
                const int b = tour.next(a), c = near[a * k + i], d = tour.next(c);
                const double shorter = tour.distance(a, b) - tour.distance(a, c);
                if (shorter <= 0) break;
                if (b == c || d == a || shorter + tour.distance(c, d) - tour.distance(b, d) <= 1e-9) continue;
                const int first = std::min(tour.place[a], tour.place[c]), last = std::max(tour.place[a], tour.place[c]);
                tour.reverse(first + 1, last);
                better = true;
            }
    }
}
// EVOLVE-BLOCK-END

extern "C" void improve(int n, int k, const double *cities, const int32_t *near, int32_t *order) {
    Tour tour{n, cities, order, std::vector<int>(n)};
    for (int i = 0; i < n; i++) tour.place[order[i]] = i;
    if (n > 3) optimise(tour, near, k);
}
