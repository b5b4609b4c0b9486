// Where zdr's programs are attached: the hooks of a cgroup, of this network namespace, and of its interfaces.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/base/unique_fd.h"
#include "zdr/net/interfaces.h"

namespace zdr::loader {

// Newer than the headers that Debian 12 builds with (Linux 6.6).
inline constexpr std::uint32_t kTcxIngress = 46;
inline constexpr std::uint32_t kTcxEgress = 47;

struct Hook {
    std::string pin;            // name of the link's pin in the state directory
    const char* program;        // name in the skeleton
    std::uint32_t attach_type;  // enum bpf_attach_type
    int attach_to;              // as BPF_LINK_CREATE takes it: fd of a cgroup or namespace, or an interface's index
    std::uint64_t attached_id;  // as a link's information has it: cgroup id, namespace inode, or interface's index

    bool is_tc() const { return attach_type == kTcxIngress || attach_type == kTcxEgress; }
};

// All hooks: of the cgroup, of the caller's network namespace, and of the interfaces; in the order in which they are
// attached.
class Hooks {
  public:
    static Result<Hooks> of(UniqueFd cgroup, const std::vector<Interface>& interfaces);

    const std::vector<Hook>& list() const { return list_; }

  private:
    Hooks() = default;

    UniqueFd cgroup_;  // kept open: the list has its number
    UniqueFd netns_;
    std::vector<Hook> list_;
};

}  // namespace zdr::loader
