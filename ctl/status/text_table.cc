#include "ctl/status/text_table.h"

#include <fmt/core.h>

#include <algorithm>

#include "zdr/base/columns.h"

namespace zdr::ctl {
namespace {

constexpr std::size_t kGap = 2;  // between two columns

}  // namespace

TextTable::TextTable(std::span<const TableColumn> columns, std::span<const TableRow> rows,
                     std::optional<std::size_t> room)
    : columns_(columns), widths_(columns.size()), is_shown_(columns.size(), true) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        widths_[i] = display_width(columns[i].heading);
        for (const TableRow& row : rows) widths_[i] = std::max(widths_[i], display_width(row[i]));
    }
    if (!room) return;
    while (width() > *room && std::any_of(columns.begin(), columns.end(), [&](const TableColumn& one) {
               return one.rank > 0 && is_shown_[static_cast<std::size_t>(&one - columns.data())];
           }))
        leave_out_one();
    cut_to(*room);
}

// With each column that may be cut as narrow as it may be.
std::size_t TextTable::width() const {
    std::size_t out = 0;
    for (std::size_t i = 0; i < widths_.size(); ++i) {
        if (!is_shown_[i]) continue;
        const std::size_t least = columns_[i].least;
        out += (out == 0 ? 0 : kGap) + (least == 0 ? widths_[i] : std::min(widths_[i], least));
    }
    return out;
}

void TextTable::leave_out_one() {
    std::size_t first = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i)
        if (is_shown_[i] && columns_[i].rank > 0 &&
            (first == columns_.size() || columns_[i].rank > columns_[first].rank))
            first = i;
    if (first < columns_.size()) is_shown_[first] = false;
}

// Gives the room that is left to those that may be cut, from the left.
void TextTable::cut_to(std::size_t room) {
    std::size_t taken = width();
    for (std::size_t i = 0; i < widths_.size(); ++i) {
        const std::size_t least = columns_[i].least;
        if (!is_shown_[i] || least == 0 || widths_[i] <= least) continue;
        const std::size_t more = room > taken ? std::min(widths_[i] - least, room - taken) : 0;
        widths_[i] = least + more;
        taken += more;
    }
}

std::string TextTable::headings() const {
    TableRow row;
    for (const TableColumn& one : columns_) row.emplace_back(one.heading);
    return line(row);
}

std::string TextTable::line(const TableRow& row, std::size_t coloured, std::string_view colour) const {
    std::string out;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (!is_shown_[i]) continue;
        const std::string cell = cut_to_width(row[i], widths_[i]);
        const std::string blanks(widths_[i] - display_width(cell), ' ');
        const bool is_right = columns_[i].is_right;
        out += is_right ? blanks : "";
        out += i == coloured && !colour.empty() ? fmt::format("{}{}\x1b[0m", colour, cell) : cell;
        out += (is_right ? "" : blanks) + std::string(kGap, ' ');
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out + '\n';
}

std::vector<std::string_view> TextTable::left_out() const {
    std::vector<std::string_view> out;
    for (std::size_t i = 0; i < columns_.size(); ++i)
        if (!is_shown_[i]) out.push_back(columns_[i].heading);
    return out;
}

}  // namespace zdr::ctl
