// Waiting for events in tests, with deadlines instead of guessed times.
#pragma once

#include <chrono>
#include <functional>

namespace zdr::test {

// How long a test waits for what should happen soon, on a machine as it comes.
inline constexpr std::chrono::milliseconds kPatience = std::chrono::seconds(30);

// A time stretched by ZDR_TEST_SLOW, a factor (1 where it is not set), for slow machines.
std::chrono::milliseconds stretched(std::chrono::milliseconds time);

// How long the processors worked on a function: what else the machine does meanwhile does not count.
std::chrono::milliseconds processor_time(const std::function<void()>& function);

// Looks again and again until it has happened; false when that takes longer than the stretched time.
bool eventually(const std::function<bool()>& has_happened, std::chrono::milliseconds within = kPatience);

}  // namespace zdr::test
