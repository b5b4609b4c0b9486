#include "cli/near_miss.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace zdr::cli {
namespace {

// Longer words are compared to none: the work grows with the square of the length.
constexpr std::size_t kLongest = 64;

std::string lower(std::string_view word) {
    std::string out(word);
    for (char& letter : out)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return out;
}

// One edit in three letters.
std::size_t most_edits(std::string_view candidate) {
    return std::max<std::size_t>(1, candidate.size() / 3);
}

std::string_view only_one_with_prefix(std::string_view prefix, std::span<const std::string_view> candidates) {
    if (prefix.size() < 2) return {};
    std::string_view found;
    for (const std::string_view one : candidates) {
        if (!one.starts_with(prefix)) continue;
        if (!found.empty()) return {};
        found = one;
    }
    return found;
}

}  // namespace

std::size_t edit_distance(std::string_view one, std::string_view other) {
    // Rows of the usual table: [j] is the distance between the first letters of one and the first j of other.
    std::vector<std::size_t> before_last;
    std::vector<std::size_t> last(other.size() + 1);
    for (std::size_t j = 0; j <= other.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= one.size(); ++i) {
        std::vector<std::size_t> row(other.size() + 1);
        row[0] = i;
        for (std::size_t j = 1; j <= other.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            const bool swapped = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last = std::exchange(last, std::move(row));
    }
    return last[other.size()];
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
    if (word.empty() || word.size() > kLongest) return {};
    const std::string wanted = lower(word);
    std::string_view best;
    std::size_t least = kLongest;
    for (const std::string_view one : candidates) {
        const std::size_t distance = edit_distance(wanted, lower(one));
        if (distance > most_edits(one) || distance >= least) continue;
        best = one;
        least = distance;
    }
    return best.empty() ? only_one_with_prefix(wanted, candidates) : best;
}

std::string suggest(std::string_view word, std::span<const std::string_view> candidates, std::string_view prefix) {
    const std::string_view found = nearest(word, candidates);
    return found.empty() ? "" : fmt::format("; did you mean {}{}?", prefix, found);
}

}  // namespace zdr::cli
