#include "ctl/plot/rates.h"

#include <algorithm>
#include <cmath>

namespace zdr::ctl {
namespace {

using Seconds = std::chrono::duration<double>;
using std::chrono::milliseconds;

constexpr milliseconds kShortest(200);

// What is known of a piece of time: how much of it, and what was counted then.
struct Known {
    double seconds = 0;
    double count = 0;
    bool has_gap = false;
};

double overlap(double begin, double end, double other_begin, double other_end) {
    return std::max(std::min(end, other_end) - std::max(begin, other_begin), 0.0);
}

}  // namespace

Pieces Pieces::of(milliseconds time, std::size_t most) {
    if (time.count() <= 0) return {Seconds(0), 0};
    const auto count = std::clamp<std::size_t>(static_cast<std::size_t>(time / kShortest), 1, most);
    return {Seconds(time) / static_cast<double>(count), count};
}

std::vector<double> rates_of(const std::vector<CountPoint>& counts, const Pieces& pieces) {
    std::vector<Known> all(pieces.count);
    const double length = pieces.length.count();
    for (std::size_t i = 1; i < counts.size(); ++i) {
        const double begin = Seconds(counts[i - 1].at).count();
        const double end = Seconds(counts[i].at).count();
        if (end <= begin) continue;
        const double rate = static_cast<double>(counts[i].total - counts[i - 1].total) / (end - begin);
        const auto first = static_cast<std::size_t>(std::max(begin / length, 0.0));
        for (std::size_t at = first; at < all.size() && static_cast<double>(at) * length < end; ++at) {
            const double from = static_cast<double>(at) * length;
            const double common = overlap(begin, end, from, from + length);
            all[at].has_gap = all[at].has_gap || (!counts[i].follows && common > 0);
            all[at].seconds += common;
            all[at].count += rate * common;
        }
    }
    std::vector<double> out;
    out.reserve(all.size());
    for (const Known& one : all)
        out.push_back(one.has_gap || one.seconds < length / 4 ? kUnknown : one.count / one.seconds);
    return out;
}

}  // namespace zdr::ctl
