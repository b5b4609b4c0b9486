// What zdr has in the kernel on behalf of one sandbox, told from what other sandboxes have at the same time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/sandbox.h"

namespace zdr::test {

// "link 12", "program zdr_connect4 (13)", "map zdr_meta (14)": links to the sandbox's cgroup, programs for the caller's
// network namespace, and their maps.
std::vector<std::string> kernel_objects(const Sandbox& sandbox);

// The ids of what is pinned in the state directory now, and of the map inside zdr_redirects, to look for them later.
class PinnedObjects {
  public:
    explicit PinnedObjects(const Sandbox& sandbox);

    std::size_t count() const { return maps_.size() + programs_.size() + links_.size(); }
    // Bytes that the kernel accounts to the maps and programs. Before Linux 6.4 it does not count a map's entries.
    std::uint64_t memory() const;
    // Those that the kernel still has, in the words of kernel_objects().
    std::vector<std::string> remaining() const;

  private:
    std::vector<unsigned> maps_;
    std::vector<unsigned> programs_;
    std::vector<unsigned> links_;
};

}  // namespace zdr::test
