// The proof that redirects work: one real connect() through the hooks to a throw-away listener.
#pragma once

#include <string>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/kernel/redirects.h"

namespace zdr::loader {

// Adds a redirect on loopback beside the given ones, connects through it from a scratch cgroup below `cgroup`, and puts
// the given ones back. Errors name the step that failed; the redirects are put back then, too. One that is killed
// leaves its redirect, until the next change, at an address of its own.
Result<void> prove_redirect(const Redirects& redirects, const std::vector<Redirect>& others, const std::string& cgroup);

}  // namespace zdr::loader
