// A table of text, as wide as it wants to be or fitted into the columns of a terminal.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zdr::ctl {

struct TableColumn {
    std::string_view heading;
    // What is left out first, where not all fit: the highest. 0: never.
    int rank = 0;
    bool is_right = false;  // numbers that grow
    // May be cut down to that many columns before another one is left out; 0: never.
    std::size_t least = 0;
};

// A cell for each column, of printable UTF-8.
using TableRow = std::vector<std::string>;

class TextTable {
  public:
    // columns, rows: outlive it. room: the columns of the terminal; none: all columns, whole.
    TextTable(std::span<const TableColumn> columns, std::span<const TableRow> rows, std::optional<std::size_t> room);

    std::string headings() const;
    // A line ended by a newline, without blanks at its end. colour, where not empty: that of the cell in this column.
    std::string line(const TableRow& row, std::size_t coloured = 0, std::string_view colour = "") const;

    // The headings of what was left out.
    std::vector<std::string_view> left_out() const;

  private:
    std::size_t width() const;
    void leave_out_one();
    void cut_to(std::size_t room);

    std::span<const TableColumn> columns_;
    std::vector<std::size_t> widths_;
    std::vector<bool> is_shown_;
};

}  // namespace zdr::ctl
