// System calls that fail from now on, in this process and what it starts, as a container's filter or a broken disk has
// it. For a child: there is no way back.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <span>

namespace zdr::test {

// A program of seccomp(2). False where the kernel does not take it.
bool filter_calls(std::span<sock_filter> program);

// This call fails with that errno; where a first argument is given, only with that one.
bool deny_call(long number, int error, std::optional<std::uint32_t> first_argument = std::nullopt);

}  // namespace zdr::test
