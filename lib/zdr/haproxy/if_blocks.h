// Which lines of a HAProxy configuration count: ".if", ".elif", ".else" and ".endif", nested.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "zdr/base/error.h"

namespace zdr {

class HaproxyIfBlocks {
  public:
    // Whether lines count here.
    bool are_taken() const { return open_.empty() || open_.back().is_taken; }
    // Whether lines that count here count for HAProxy, too: no condition around them is one that is not known.
    bool are_certain() const { return open_.empty() || open_.back().is_certain; }
    bool is_open() const { return !open_.empty(); }

    // Whether the next ".if" or ".elif" depends on its condition.
    bool asks_if() const { return are_taken(); }
    bool asks_elif() const;

    // None: the condition is not known, so its branch is taken, and those after it may be. Errors: a directive where
    // none can be, nesting deeper than 1024.
    Result<void> begin_if(std::optional<bool> condition);
    Result<void> begin_elif(std::optional<bool> condition);
    Result<void> begin_else();
    Result<void> end_if();

  private:
    struct Branch {
        bool is_outer_taken;  // the lines around it count
        bool is_decided;      // an earlier branch, or this, is certainly the one
        bool is_taken;
        bool is_certain;
        bool is_outer_certain;
        bool had_unknown;      // a condition of this or an earlier branch
        bool is_else = false;  // it is the last
    };
    std::vector<Branch> open_;
};

}  // namespace zdr
