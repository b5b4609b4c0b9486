// What somebody who mistyped a word probably meant.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace zdr::cli {

// How many letters must be inserted, removed, replaced or swapped with their neighbour to make one word the other (the
// optimal string alignment distance: no letter is edited twice).
std::size_t edit_distance(std::string_view one, std::string_view other);

// The candidate that is nearest to the word, apart from upper and lower case; the only one that begins with it counts
// too. Empty where none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// "; did you mean drain?" with the prefix in front of the candidate, or nothing.
std::string suggest(std::string_view word, std::span<const std::string_view> candidates, std::string_view prefix = "");

}  // namespace zdr::cli
