// The tables that HAProxy's runtime socket answers with: lines, columns that are found by their names since versions
// differ in them, and records of CSV.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/net/endpoint.h"

namespace zdr::haproxy_answer {

// Errors name the command that was asked: its answer ends too early, or is none. The second shows the first line that
// is not empty: what HAProxy said in place of an answer.
tl::unexpected<Error> cut(std::string_view command);
tl::unexpected<Error> refused(std::string_view command, std::string_view text);

// One line without its end, taken from the text; none where the text ends before the line does.
std::optional<std::string_view> take_line(std::string_view& text);

// One record of CSV without its line's end: fields may be quoted, a quote within is doubled, and a quoted field may
// have commas and line ends. The fields keep their quotes. False where the text ends before the record does.
bool take_record(std::string_view& text, std::vector<std::string_view>& fields);

// What such a field says.
std::string unquoted(std::string_view field);

void split(std::string_view line, char separator, std::vector<std::string_view>& out);

// The columns of a header line, by name.
class Columns {
  public:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    Columns(std::string_view line, char separator);

    // kNone: there is no such column.
    std::size_t operator[](std::string_view name) const;

  private:
    std::unordered_map<std::string_view, std::size_t> positions_;
};

// The fields of one line. Errors show the field, and what it should be.
class Row {
  public:
    Row(const std::vector<std::string_view>& fields, std::string_view command) : fields_(fields), command_(command) {}

    // "" where the line has no such column.
    std::string_view operator[](std::size_t column) const {
        return column < fields_.size() ? fields_[column] : std::string_view();
    }
    tl::unexpected<Error> odd(std::size_t column, std::string_view what) const;

    template <class Number>
    Result<Number> number(std::size_t column, Number most, std::string_view what) const {
        const std::string_view text = (*this)[column];
        Number value = 0;
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || stop != text.data() + text.size() || value > most) return odd(column, what);
        return value;
    }
    // Empty, "-", and a column that is not there: none.
    template <class Number>
    Result<std::optional<Number>> number_if_any(std::size_t column, Number most, std::string_view what) const {
        if ((*this)[column].empty() || (*this)[column] == "-") return std::nullopt;
        return number(column, most, what).map([](Number number) { return std::optional(number); });
    }
    // HAProxy's own rule for names, of any length.
    Result<std::string> name(std::size_t column, std::string_view what) const;
    // None: a '-' or what no host has.
    std::optional<Address> address(std::size_t column) const;

  private:
    const std::vector<std::string_view>& fields_;
    std::string_view command_;
};

}  // namespace zdr::haproxy_answer
