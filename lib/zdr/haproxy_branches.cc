#include "zdr/haproxy_branches.h"

namespace zdr {

bool HaproxyBranches::asks_elif() const {
    return !open_.empty() && open_.back().is_outer_taken && !open_.back().is_decided && !open_.back().is_else;
}

Result<void> HaproxyBranches::begin_if(std::optional<bool> condition) {
    constexpr std::size_t kDeepest = 1024;
    if (open_.size() >= kDeepest) return fail(Errc::kFailed, ".if is nested too deeply");
    const bool outer = are_taken();
    open_.push_back({outer, condition == true, outer && condition != false});
    return {};
}

Result<void> HaproxyBranches::begin_elif(std::optional<bool> condition) {
    if (open_.empty()) return fail(Errc::kFailed, ".elif has no .if");
    Branch& branch = open_.back();
    if (branch.is_else) return fail(Errc::kFailed, ".elif follows .else");
    branch.is_taken = branch.is_outer_taken && !branch.is_decided && condition != false;
    branch.is_decided = branch.is_decided || condition == true;
    return {};
}

Result<void> HaproxyBranches::begin_else() {
    if (open_.empty()) return fail(Errc::kFailed, ".else has no .if");
    Branch& branch = open_.back();
    if (branch.is_else) return fail(Errc::kFailed, ".else follows .else");
    branch.is_taken = branch.is_outer_taken && !branch.is_decided;
    branch.is_else = true;
    return {};
}

Result<void> HaproxyBranches::end_if() {
    if (open_.empty()) return fail(Errc::kFailed, ".endif has no .if");
    open_.pop_back();
    return {};
}

}  // namespace zdr
