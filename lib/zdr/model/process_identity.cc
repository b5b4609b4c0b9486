#include "zdr/model/process_identity.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "zdr/base/unique_fd.h"

namespace zdr {
namespace {

constexpr int kFieldsBeforeBirth = 19;  // of /proc/PID/stat after the name, which may hold anything (proc(5))

// None where there is no such process.
std::optional<std::uint64_t> birth_of(const std::string& process) {
    const UniqueFd file(open(("/proc/" + process + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
    char buffer[1024];
    const ssize_t size = file ? read(file.get(), buffer, sizeof buffer) : -1;
    if (size <= 0) return std::nullopt;
    std::string_view text(buffer, static_cast<std::size_t>(size));
    const auto name_end = text.rfind(')');
    if (name_end == text.npos) return std::nullopt;
    text.remove_prefix(name_end + 1);
    for (int i = 0; i <= kFieldsBeforeBirth; ++i) text.remove_prefix(std::min(text.find(' ') + 1, text.size()));
    std::uint64_t birth = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), birth).ec != std::errc()) return std::nullopt;
    return birth;
}

std::uint32_t own_pid_ns() {
    struct stat info {};
    if (stat("/proc/self/ns/pid", &info) != 0) return 0;
    return static_cast<std::uint32_t>(info.st_ino);
}

}  // namespace

Result<Holder> this_process() {
    const auto birth = birth_of("self");
    if (!birth) return fail_errno("read /proc/self/stat");
    return Holder{static_cast<std::uint32_t>(getpid()), own_pid_ns(), *birth};
}

bool is_running(const Holder& holder) {
    if (holder.pid_ns != own_pid_ns()) return true;
    return birth_of(fmt::format("{}", holder.pid)) == holder.birth;
}

}  // namespace zdr
