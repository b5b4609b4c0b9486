#include "support/deadline.h"

#include <cstdlib>
#include <ctime>
#include <thread>

namespace zdr::test {

std::chrono::milliseconds stretched(std::chrono::milliseconds time) {
    const char* text = std::getenv("ZDR_TEST_SLOW");
    const double factor = text == nullptr ? 1.0 : std::strtod(text, nullptr);
    if (factor <= 1.0) return time;
    return std::chrono::milliseconds(static_cast<long>(static_cast<double>(time.count()) * factor));
}

std::chrono::milliseconds processor_time(const std::function<void()>& function) {
    const std::clock_t begin = std::clock();
    function();
    return std::chrono::milliseconds((std::clock() - begin) * 1000 / CLOCKS_PER_SEC);
}

bool eventually(const std::function<bool()>& has_happened, std::chrono::milliseconds within) {
    const auto deadline = std::chrono::steady_clock::now() + stretched(within);
    while (!has_happened()) {
        if (std::chrono::steady_clock::now() >= deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

}  // namespace zdr::test
