// A program on a pseudo-terminal of its own, and what that shows.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "support/deadline.h"
#include "zdr/base/terminal.h"
#include "zdr/base/unique_fd.h"

namespace zdr::test {

class PtyProgram {
  public:
    // command: the path and its arguments. variables: added to the environment. Killed when this dies.
    PtyProgram(const std::vector<std::string>& command, Window window,
               const std::map<std::string, std::string>& variables = {});
    PtyProgram(const PtyProgram&) = delete;
    PtyProgram& operator=(const PtyProgram&) = delete;
    ~PtyProgram();

    pid_t pid() const { return pid_; }
    // What a key sends: "\x03" is Ctrl-C.
    void type(const std::string& keys) const;
    // As who drags the window's corner: the kernel tells the program.
    void resize(Window window);
    // Waits until all of the text has been written since the last one that was waited for.
    bool writes(const std::string& text);
    // Waits for its end; its exit status, or 128 and the signal. -1: it went on too long.
    int wait();
    // All that was written, as it came.
    const std::string& bytes() const { return bytes_; }
    // The screen that a terminal has made of it, a line each. Empty and a failure where python3-pyte is missing.
    std::string screen() const;

  private:
    void read_more();

    pid_t pid_ = -1;
    UniqueFd end_;
    std::string bytes_;
    std::size_t looked_at_ = 0;
    std::string steps_;  // for tests/cli/screen
    int status_ = -1;
    bool has_ended_ = false;
};

}  // namespace zdr::test
