// The state directory: a bpffs mount of zdr's own that holds the pins, and the lock under which they are read and
// changed.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "zdr/base/error.h"
#include "zdr/base/unique_fd.h"
#include "zdr/kernel/access.h"

namespace zdr {

inline constexpr std::string_view kDefaultStateDir = "/run/zdr";
inline constexpr const char* kStateDirVariable = "ZDR_STATE_DIR";

// The one to work on: as an option gives it, else as that variable of the environment does, else the usual one; an
// empty variable is none. Errors: of usage, where it is not an absolute path.
Result<std::string> choose_state_dir(const std::optional<std::string>& given,
                                     const std::optional<std::string>& variable);

class StateDir {
  public:
    // Opens and locks it: exclusively to write, shared to read; waits for the lock. Errors: kNotLoaded where nothing is
    // loaded there, kNotPermitted with the remedy.
    static Result<StateDir> open(const std::string& path, Access access);

    const std::string& path() const { return path_; }
    // Where the pins of what is loaded are. The directory appears by one rename when a load is complete.
    std::string live() const { return path_ + "/live"; }
    // Who may flip, besides root.
    gid_t group() const;

  private:
    StateDir(std::string path, UniqueFd locked) : path_(std::move(path)), locked_(std::move(locked)) {}

    std::string path_;
    UniqueFd locked_;
};

// Opens path as a directory and takes its flock; when another directory (a mount, say) has appeared there meanwhile,
// takes that one's instead. Errors: of open() and flock().
Result<UniqueFd> lock_directory(const std::string& path, Access access);

// Whether fd is on a BPF file system.
bool is_bpffs(int fd);

}  // namespace zdr
