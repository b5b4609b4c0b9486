// The status of servers as people read it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/status/read_status.h"
#include "ctl/status/text_table.h"

namespace zdr::ctl {

enum class Colour { kNo, kYes };

class StatusTable {
  public:
    // room: the columns of the terminal, of which what is less important is left out; none: all of it is shown.
    StatusTable(const Status& status, const Now& now, Colour colour, std::optional<std::size_t> room);
    StatusTable(const StatusTable&) = delete;
    StatusTable& operator=(const StatusTable&) = delete;

    // Lines, each ended by a newline.
    std::string headings() const { return table_.headings(); }
    std::string line(std::size_t server) const;
    std::string text() const;
    std::vector<std::string_view> left_out() const { return table_.left_out(); }

  private:
    std::vector<TableRow> rows_;
    TextTable table_;
    std::vector<std::string_view> colours_;  // of the states; empty: none
};

// A heading and a line for each server, each ended by a newline.
std::string format_status_table(const Status& status, const Now& now, Colour colour,
                                std::optional<std::size_t> room = std::nullopt);

}  // namespace zdr::ctl
