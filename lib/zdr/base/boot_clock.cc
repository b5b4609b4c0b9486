#include "zdr/base/boot_clock.h"

#include <unistd.h>

#include <ctime>
#include <fstream>
#include <iterator>
#include <ratio>
#include <sstream>
#include <string>

namespace zdr {
namespace {

// Nearly every process is in the first namespace, which has no offset, and whose number is the same on every host.
bool is_in_first_namespace() {
    constexpr std::string_view kFirst = "time:[4026531834]";
    char target[64];
    const ssize_t length = readlink("/proc/self/ns/time", target, sizeof target);
    return length < 0 || std::string_view(target, static_cast<std::size_t>(length)) == kFirst;
}

std::int64_t length_of_tick() {
    static const std::int64_t length = std::nano::den / sysconf(_SC_CLK_TCK);
    return length;
}

std::chrono::nanoseconds read_offset() {
    if (is_in_first_namespace()) return {};
    std::ifstream file("/proc/self/timens_offsets");
    return parse_boot_offset(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace

std::chrono::nanoseconds boot_offset() {
    static const std::chrono::nanoseconds offset = read_offset();
    return offset;
}

std::chrono::nanoseconds parse_boot_offset(std::string_view text) {
    std::istringstream lines{std::string(text)};
    std::string clock;
    long long seconds = 0;
    long long nanoseconds = 0;
    while (lines >> clock >> seconds >> nanoseconds)
        if (clock == "boottime") return std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds);
    return {};
}

std::int64_t clock_ticks(std::chrono::nanoseconds time) {
    return time.count() / length_of_tick();
}

std::chrono::nanoseconds from_clock_ticks(std::int64_t ticks) {
    return std::chrono::nanoseconds(ticks * length_of_tick());
}

std::chrono::nanoseconds boot_now() {
    timespec time{};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec) - boot_offset();
}

}  // namespace zdr
