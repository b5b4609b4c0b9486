#include "zdr/haproxy/if_blocks.h"

namespace zdr {

bool HaproxyIfBlocks::asks_elif() const {
    return !open_.empty() && open_.back().is_outer_taken && !open_.back().is_decided && !open_.back().is_else;
}

Result<void> HaproxyIfBlocks::begin_if(std::optional<bool> condition) {
    constexpr std::size_t kDeepest = 1024;
    if (open_.size() >= kDeepest) return fail(Errc::kFailed, ".if is nested too deeply");
    const bool outer = are_taken();
    open_.push_back({.is_outer_taken = outer,
                     .is_decided = condition == true,
                     .is_taken = outer && condition != false,
                     .is_certain = are_certain() && condition.has_value(),
                     .is_outer_certain = are_certain(),
                     .had_unknown = !condition});
    return {};
}

Result<void> HaproxyIfBlocks::begin_elif(std::optional<bool> condition) {
    if (open_.empty()) return fail(Errc::kFailed, ".elif has no .if");
    Branch& branch = open_.back();
    if (branch.is_else) return fail(Errc::kFailed, ".elif follows .else");
    branch.is_taken = branch.is_outer_taken && !branch.is_decided && condition != false;
    if (branch.is_taken) branch.had_unknown = branch.had_unknown || !condition;
    branch.is_decided = branch.is_decided || condition == true;
    branch.is_certain = branch.is_outer_certain && !branch.had_unknown;
    return {};
}

Result<void> HaproxyIfBlocks::begin_else() {
    if (open_.empty()) return fail(Errc::kFailed, ".else has no .if");
    Branch& branch = open_.back();
    if (branch.is_else) return fail(Errc::kFailed, ".else follows .else");
    branch.is_taken = branch.is_outer_taken && !branch.is_decided;
    branch.is_certain = branch.is_outer_certain && !branch.had_unknown;
    branch.is_else = true;
    return {};
}

Result<void> HaproxyIfBlocks::end_if() {
    if (open_.empty()) return fail(Errc::kFailed, ".endif has no .if");
    open_.pop_back();
    return {};
}

}  // namespace zdr
