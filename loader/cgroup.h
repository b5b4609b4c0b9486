// Cgroups v2: where they are mounted, and a scratch one for trying things out.
#pragma once

#include <string>

#include "zdr/base/error.h"
#include "zdr/base/unique_fd.h"

namespace zdr::loader {

// The root of cgroup v2, wherever it is mounted (/proc/self/mountinfo, proc(5)). Error where it is not.
Result<std::string> find_cgroup_root();

// A cgroup v2 directory. Errors: of open(), and "is not a cgroup v2" for anything else.
Result<UniqueFd> open_cgroup(const std::string& path);

// The cgroup that this process is in, as a path below where cgroup v2 is mounted. Errors: of find_cgroup_root(), and
// that it is in none.
Result<std::string> own_cgroup();

// Moves this process there. Errors: of open() and write().
Result<void> join(const std::string& cgroup);

// Removes the scratch cgroups below parent whose makers were killed, and ends what still runs in them.
void remove_abandoned_scratch(const std::string& parent);

// A new empty cgroup below another one, named after this process; removed when it dies, by when no process may be in
// it.
class ScratchCgroup {
  public:
    static Result<ScratchCgroup> create(const std::string& parent);
    ScratchCgroup(ScratchCgroup&& other) noexcept : path_(std::exchange(other.path_, "")) {}
    ScratchCgroup& operator=(ScratchCgroup&&) = delete;
    ~ScratchCgroup();

    const std::string& path() const { return path_; }

  private:
    explicit ScratchCgroup(std::string path) : path_(std::move(path)) {}

    std::string path_;
};

}  // namespace zdr::loader
