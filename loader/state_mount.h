// The bpffs mount that is the state directory: made by load, removed by unload, told from other people's by its source.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/kernel/state_dir.h"

namespace zdr::loader {

struct Mount {
    std::string at;
    bool is_of_zdr = false;  // a bpffs that a load has mounted
};

// Of this mount namespace, in the order in which they were made.
Result<std::vector<Mount>> read_mounts();

// The mounted and exclusively locked state directory. Prepared for a load where nothing was loaded, it goes again
// unless it is kept.
class StateMount {
  public:
    // For load. Creates the directory and mounts where that is not done yet. Errors: the path is a symlink, another
    // file system, a directory with files in it, or cannot be made or mounted.
    static Result<StateMount> prepare(const std::string& path);
    // Only locks what is there. kNotLoaded where zdr has nothing there.
    static Result<StateMount> existing(const std::string& path);

    StateMount(StateMount&&) = default;
    StateMount& operator=(StateMount&&) = delete;
    ~StateMount();

    const std::string& path() const { return path_; }
    std::string live() const { return path_ + "/live"; }
    std::string staging() const { return path_ + "/staging"; }
    bool is_loaded() const;

    // Removes what an interrupted load left.
    Result<void> clear_staging() const { return remove_pins(staging()); }
    // Gives the mount and a directory of pins to root and group: 0750.
    Result<void> share_directory(const std::string& directory, gid_t group) const;
    void keep() { keep_ = true; }
    // Removes the empty directory that a load or unload left when it was killed; nothing else.
    static void remove_empty_directory(const std::string& path);
    // Removes all pins, the mount and the directory; no hook is attached then. What is not zdr's makes it fail before
    // anything is removed.
    Result<void> remove();

  private:
    StateMount(std::string path, StateLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}

    static Result<void> mount_new(const std::string& path);
    Result<void> remove_pins(const std::string& directory) const;
    void end_redirects() const;

    std::string path_;
    std::optional<StateLock> lock_;
    bool keep_ = true;
};

}  // namespace zdr::loader
