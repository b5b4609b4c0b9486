// What a watch shows on a terminal: the time, how many servers are in which state, what has changed, and the servers,
// of which those that are not ready come first.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/status/read_status.h"
#include "ctl/status/status_table.h"
#include "zdr/base/terminal.h"

namespace zdr::ctl {

struct WatchLook {
    Colour colour = Colour::kNo;
    bool is_wide = false;         // lines may be longer than the window is wide: the terminal cuts them
    bool shows_checkers = false;  // below the servers, as far as there is room
};

class WatchScreen {
  public:
    explicit WatchScreen(WatchLook look) : look_(look) {}

    // The lines of the window, at most as many as it has. notes: what else is to be said, a line each.
    std::vector<std::string> draw(Status status, const Now& now, const Window& window,
                                  const std::vector<std::string>& notes);

  private:
    struct Seen {
        State state = State::kReady;
        std::optional<bool> listening;
        std::chrono::nanoseconds changed_boot{0};  // 0: not since the watch began
    };

    void note_changes(const Status& status, const Now& now);
    bool has_just_changed(const std::string& name, const Now& now) const;
    std::string format_servers(const Status& status, const Now& now) const;
    void draw_servers(const Status& status, const Now& now, const Window& window, std::vector<std::string>& out) const;
    void draw_checkers(const Status& status, const Now& now, const Window& window, std::vector<std::string>& out) const;

    WatchLook look_;
    bool has_begun_ = false;
    std::map<std::string, Seen, std::less<>> seen_;
    std::string last_change_;
};

// Draws over what the terminal shows: the cursor goes home, each line is written anew, what is below is erased.
std::string format_frame(const std::vector<std::string>& lines);

}  // namespace zdr::ctl
