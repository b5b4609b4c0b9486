// Paired runs: with and without, one right after the other, so that what else the machine does meets both alike.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

namespace zdr::bench {

// The middle half of some values, and its middle.
struct Spread {
    double median = 0;
    double quarter = 0;         // a quarter of the values are smaller
    double three_quarters = 0;  // a quarter are greater
};

inline Spread spread_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const auto at = [&](double share) {
        const double place = share * static_cast<double>(values.size() - 1);
        const auto below = static_cast<std::size_t>(place);
        const std::size_t above = std::min(below + 1, values.size() - 1);
        return values[below] + (values[above] - values[below]) * (place - static_cast<double>(below));
    };
    return {at(0.5), at(0.25), at(0.75)};
}

// Where the middle of all values that there could be lies, with a confidence of 95 % (by ranks, so whatever their
// distribution is); of few values, all their range.
struct Confidence {
    double low = 0;
    double high = 0;
};

inline Confidence confidence_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const auto size = static_cast<double>(values.size());
    const double rank = std::floor(size / 2 - 0.98 * std::sqrt(size));
    const auto outside = static_cast<std::size_t>(std::max(rank - 1, 0.0));
    return {values[outside], values[values.size() - 1 - outside]};
}

struct Pair {
    double without;
    double with;
};

// The first of a pair alternates, so that a drift of the machine falls on both.
inline std::vector<Pair> run_pairs(int count, const std::function<double()>& without,
                                   const std::function<double()>& with) {
    std::vector<Pair> out;
    for (int i = 0; i < count; ++i) {
        Pair pair{};
        if (i % 2 == 0) pair.without = without();
        pair.with = with();
        if (i % 2 != 0) pair.without = without();
        out.push_back(pair);
    }
    return out;
}

}  // namespace zdr::bench
