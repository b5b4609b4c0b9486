#include "zdr/control/restart/command.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "zdr/base/run_tool.h"
#include "zdr/base/text.h"

namespace zdr {
namespace {

constexpr const char* kShell = "/bin/sh";
constexpr const char* kDefaultPath = "/bin:/usr/bin";  // of posix_spawnp(), where PATH is not set

void replace_all(std::string& text, std::string_view from, const std::string& to) {
    for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

enum class Program { kFound, kMissing, kNotExecutable };

Program look_at(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) return Program::kMissing;
    return S_ISREG(info.st_mode) && access(path.c_str(), X_OK) == 0 ? Program::kFound : Program::kNotExecutable;
}

std::string search_path() {
    const char* path = std::getenv("PATH");
    return path == nullptr ? kDefaultPath : path;
}

Program look_in(std::string_view path, const std::string& name) {
    auto out = Program::kMissing;
    for (;;) {
        const auto end = path.find(':');
        const std::string_view directory = path.substr(0, end);
        const auto found = look_at(fmt::format("{}/{}", directory.empty() ? "." : directory, name));
        if (found == Program::kFound) return found;
        if (found == Program::kNotExecutable) out = found;
        if (end == path.npos) return out;
        path.remove_prefix(end + 1);
    }
}

// The first word, where that is what sh takes it for: no quotes, no variable, no assignment.
std::string plain_word(std::string_view line) {
    constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+:@,%";
    const auto begin = line.find_first_not_of(" \t");
    if (begin == line.npos) return "";
    line.remove_prefix(begin);
    const auto end = line.find_first_not_of(kPlain);
    const bool is_whole = end == line.npos || std::string_view(" \t;&|\n").find(line[end]) != line.npos;
    return is_whole && line.front() != '-' ? std::string(line.substr(0, end)) : "";
}

}  // namespace

std::string expand_placeholders(std::string_view text, const Server& server) {
    std::string out(text);
    replace_all(out, "{name}", server.name);
    replace_all(out, "{port}", fmt::format("{}", server.app_port.host()));
    const std::string address = server.addresses.empty() ? "127.0.0.1" : server.addresses.front().to_string();
    replace_all(out, "{address}", address.find(':') == address.npos ? address : fmt::format("[{}]", address));
    return out;
}

std::vector<std::string> expand_command(const std::vector<std::string>& command, const Server& server) {
    std::vector<std::string> out;
    out.reserve(command.size());
    for (const std::string& part : command) out.push_back(expand_placeholders(part, server));
    return out;
}

std::vector<std::string> shell_command(std::string_view line, const Server& server) {
    return {kShell, "-c", expand_placeholders(line, server)};
}

std::string format_command(const std::vector<std::string>& command) {
    std::string out;
    for (const std::string& one : command) out += (out.empty() ? "" : " ") + one;
    return printable(out);
}

Result<void> check_program(const std::string& word) {
    const bool is_path = word.find('/') != word.npos;
    const auto found = is_path ? look_at(word) : look_in(search_path(), word);
    const std::string where = is_path ? "" : fmt::format(" in PATH ({})", printable(search_path()));
    switch (found) {
        case Program::kFound:
            return {};
        case Program::kMissing:
            return fail(Errc::kFailed, fmt::format("run {}: No such file{}", printable(word), where));
        case Program::kNotExecutable:
            return fail(Errc::kFailed, fmt::format("run {}: not an executable file{}", printable(word), where));
    }
    return {};
}

Result<void> check_shell_line(std::string_view line, const Server& server) {
    const std::string word = plain_word(expand_placeholders(line, server));
    if (word.empty() || check_program(word)) return {};
    // It may be a word of sh itself: if, cd, exec.
    if (word.find('/') == word.npos && run_tool({kShell, "-c", "command -v \"$0\"", word})) return {};
    return check_program(word);
}

}  // namespace zdr
