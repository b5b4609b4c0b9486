// The attachment of all programs to all hooks as one transaction: made beside or in place of what an earlier load
// attached, proved by the caller, and then committed. An unpinned link detaches when its last fd is closed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hooks.h"
#include "programs.h"
#include "zdr/base/error.h"
#include "zdr/base/unique_fd.h"

namespace zdr::loader {

// A link of one program to one hook, beside whatever others have attached there.
Result<UniqueFd> attach_hook(const Programs& programs, const Hook& hook);

class Attachments {
  public:
    // Every hook runs the new programs after this: what `live` (the directory of an earlier load) has pinned for it is
    // updated in one atomic step, the rest is attached and pinned in `staging`. Updates are undone when this dies
    // before commit(); what is in staging is the caller's to remove.
    static Result<Attachments> attach(const Programs& programs, const Hooks& hooks, const std::string& staging,
                                      const std::optional<std::string>& live);
    Attachments(Attachments&& other) noexcept
        : updated_(std::exchange(other.updated_, {})), pins_(std::move(other.pins_)) {}
    Attachments& operator=(Attachments&&) = delete;
    ~Attachments();

    // Moves the new pins from staging to live, and detaches what is pinned there for hooks that are no more.
    Result<void> commit(const std::string& staging, const std::string& live);
    // Keeps everything where it is pinned.
    void keep() { updated_.clear(); }

  private:
    Attachments() = default;
    Result<void> attach_one(const Programs& programs, const Hook& hook, const std::string& staging,
                            const std::optional<std::string>& live);
    Result<bool> update_link(const Hook& hook, int program, const std::string& path);
    Result<bool> update_filter(const Hook& hook, int program, const std::string& live, const std::string& staging);

    struct Updated {
        UniqueFd link;  // none: a tc filter
        Hook hook;
        UniqueFd old_program;
    };
    std::vector<Updated> updated_;
    std::vector<std::string> pins_;  // names of all pins that stand for hooks now
};

}  // namespace zdr::loader
