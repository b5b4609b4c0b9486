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

// The lock of a state directory. Whoever is in the group can take it and keep it for ever, so it binds only who is
// honest: one that no process of root has is passed over when it has been waited for long enough. Root's own processes
// have another one beside it, of a directory that is closed to all others, and nobody passes over that one.
class StateLock {
  public:
    // Opens path as a directory and locks it: alone to write, shared to read. When another directory (a mount, say) has
    // appeared there meanwhile, takes that one's instead. Errors: of open() and flock(); kTimedOut, which names who has
    // it.
    static Result<StateLock> take(const std::string& path, Access access);

    int fd() const { return directory_.get(); }
    // A sentence where another's lock was passed over, once in a process; else empty.
    const std::string& passed_over() const { return passed_over_; }
    // For root: makes the directory of its own lock, and takes that, where it is not there yet.
    Result<void> make_root_lock(const std::string& path);

  private:
    StateLock() = default;
    Result<bool> take_root_lock(const std::string& path, Access access);
    Result<void> take_group_lock(const std::string& path, Access access);

    UniqueFd root_;  // none: not root's process, or there is none yet
    UniqueFd directory_;
    std::string passed_over_;
};

// In a state directory: root's own.
inline constexpr const char* kRootLock = "root";

class StateDir {
  public:
    // Opens and locks it: exclusively to write, shared to read. Errors: kNotLoaded where nothing is loaded there,
    // kNotPermitted with the remedy, and those of StateLock.
    static Result<StateDir> open(const std::string& path, Access access);

    const std::string& path() const { return path_; }
    // Where the pins of what is loaded are. The directory appears by one rename when a load is complete.
    std::string live() const { return path_ + "/live"; }
    // Who may flip, besides root.
    gid_t group() const;
    const std::string& passed_over() const { return lock_.passed_over(); }

  private:
    StateDir(std::string path, StateLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}

    std::string path_;
    StateLock lock_;
};

// What whoever may not open the state directory, or what is in it, can do about it: its group, by its name now.
std::string how_to_be_permitted(const std::string& path);

// The command that loads what is to be there: "zdr-loader load", with the directory where that is not the usual one.
std::string load_command(const std::string& path);

// Adds to an error that names the state directory, where only that variable of the environment says it, that it does:
// nobody sees that in the command line. given, variable: as for choose_state_dir().
Error with_variable(Error error, const std::optional<std::string>& given, const std::optional<std::string>& variable);

// Whether fd is on a BPF file system.
bool is_bpffs(int fd);

}  // namespace zdr
