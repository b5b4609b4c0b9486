// The links that keep the programs attached to a cgroup. An unpinned link detaches when its last fd is closed.
#pragma once

#include <string>
#include <vector>

#include "programs.h"
#include "zdr/error.h"
#include "zdr/unique_fd.h"

namespace zdr::loader {

// Attaches one program to the cgroup, beside whatever others have attached there.
Result<UniqueFd> attach_hook(const Programs& programs, const CgroupHook& hook, const UniqueFd& cgroup);

// Attaches every program to the cgroup. Undone when it dies, but for what is
// pinned by then.
class NewLinks {
  public:
    static Result<NewLinks> attach(const Programs& programs, const UniqueFd& cgroup);
    // One pin a hook, named after it.
    Result<void> pin(const std::string& directory) const;

  private:
    std::vector<UniqueFd> links_;
};

// Gives the pinned links of a directory new programs, each in one atomic step. Undone when it dies before keep().
class LinkUpdate {
  public:
    static Result<LinkUpdate> update(const Programs& programs, const std::string& directory);
    LinkUpdate(LinkUpdate&& other) noexcept : replaced_(std::exchange(other.replaced_, {})) {}
    LinkUpdate& operator=(LinkUpdate&&) = delete;
    ~LinkUpdate();
    void keep() { replaced_.clear(); }

  private:
    LinkUpdate() = default;

    struct Replaced {
        UniqueFd link;
        UniqueFd program;  // the old one
    };
    std::vector<Replaced> replaced_;
};

// Whether the pinned links of a directory are all there and attached to this cgroup.
bool are_attached_to(const std::string& directory, const UniqueFd& cgroup);

}  // namespace zdr::loader
