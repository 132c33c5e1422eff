// Improves a tour in place. Called from Python: cities holds x and y of each of n cities, near k neighbours of each.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

// EVOLVE-BLOCK-START
constexpr int KICKS = 1000, LONGEST = 3, SPAN = 40;

struct Tour {
    int n;
    const double *cities;
    int32_t *order;
    std::vector<int> place;

    double distance(int a, int b) const {
        return std::hypot(cities[2 * a] - cities[2 * b], cities[2 * a + 1] - cities[2 * b + 1]);
    }

    int at(int i) const { return order[i < n ? i : i - n]; }

    double length() const {
        double sum = 0;
        for (int i = 0; i < n; i++) sum += distance(order[i], at(i + 1));
        return sum;
    }

    void renumber() {
        for (int i = 0; i < n; i++) place[order[i]] = i;
    }
};

// Moves a stretch of up to LONGEST cities, either way round, to between two near cities where that is shorter.
static bool move_one(Tour &tour, const int32_t *near, int k, int start) {
    for (int size = 1; size <= LONGEST; size++) {
        if (start + size + 1 >= tour.n || start == 0) return false;
        const int before = tour.order[start - 1], first = tour.order[start], last = tour.order[start + size - 1];
        const int behind = tour.order[start + size];
        const double freed = tour.distance(before, first) + tour.distance(last, behind) - tour.distance(before, behind);
        for (int i = 0; i < k; i++) {
            const int c = near[first * k + i], p = tour.place[c];
            if (p >= start - 1 && p <= start + size) continue;
            if (tour.distance(first, c) >= freed) break;
            for (int side = 0; side < 2; side++) {  // behind c with first next to it, or before c likewise
                const int q = side == 0 ? p + 1 : p - 1;
                if (q < 0 || q >= tour.n || (q >= start && q < start + size)) continue;
                const int d = tour.order[q];
                if (tour.distance(first, c) + tour.distance(last, d) - tour.distance(c, d) >= freed - 1e-9) continue;
                std::vector<int32_t> stretch(tour.order + start, tour.order + start + size);
                if (side == 1) std::reverse(stretch.begin(), stretch.end());
                int target = std::max(p, q);  // the stretch goes before the city that is there now
                if (target > start) {
                    std::copy(tour.order + start + size, tour.order + target, tour.order + start);
                    target -= size;
                } else {
                    std::copy_backward(tour.order + target, tour.order + start, tour.order + start + size);
                }
                std::copy(stretch.begin(), stretch.end(), tour.order + target);
                tour.renumber();
                return true;
            }
        }
    }
    return false;
}

// Turns round stretches where that is shorter.
static bool turn_one(Tour &tour, const int32_t *near, int k, int start) {
    const int a = tour.order[start], b = tour.at(start + 1);
    for (int i = 0; i < k; i++) {
        const int c = near[a * k + i], d = tour.at(tour.place[c] + 1);
        const double shorter = tour.distance(a, b) - tour.distance(a, c);
        if (shorter <= 0) return false;
        if (b == c || d == a || shorter + tour.distance(c, d) - tour.distance(b, d) <= 1e-9) continue;
        const int first = std::min(start, tour.place[c]), last = std::max(start, tour.place[c]);
        std::reverse(tour.order + first + 1, tour.order + last + 1);
        tour.renumber();
        return true;
    }
    return false;
}

static void settle(Tour &tour, const int32_t *near, int k, int from, int to) {
    for (bool better = true; better;) {
        better = false;
        for (int i = from; i < to; i++) better |= turn_one(tour, near, k, i) || move_one(tour, near, k, i);
    }
}

// Settles, then again and again exchanges two neighbouring stretches by chance and settles there; keeps what is shorter.
static void optimise(Tour &tour, const int32_t *near, int k) {
    settle(tour, near, k, 0, tour.n);
    std::vector<int32_t> best(tour.order, tour.order + tour.n);
    double shortest = tour.length();
    uint32_t state = 12345;
    for (int kick = 0; kick < KICKS && tour.n > SPAN; kick++) {
        int cuts[3];
        state = state * 1664525u + 1013904223u;
        const int start = (int)((state >> 8) % (uint32_t)(tour.n - SPAN));
        for (int &cut : cuts) {
            state = state * 1664525u + 1013904223u;
            cut = start + (int)((state >> 8) % SPAN);
        }
        std::sort(cuts, cuts + 3);
        std::rotate(tour.order + cuts[0], tour.order + cuts[1], tour.order + cuts[2]);
        tour.renumber();
        settle(tour, near, k, std::max(0, start - SPAN), std::min(tour.n, start + 2 * SPAN));
        const double length = tour.length();
        if (length < shortest - 1e-9) {
            shortest = length;
            best.assign(tour.order, tour.order + tour.n);
        } else {
            std::copy(best.begin(), best.end(), tour.order);
            tour.renumber();
        }
    }
}
// EVOLVE-BLOCK-END

extern "C" void improve(int n, int k, const double *cities, const int32_t *near, int32_t *order) {
    Tour tour{n, cities, order, std::vector<int>(n)};
    tour.renumber();
    if (n > 3) optimise(tour, near, k);
}
