// What parse_haproxy_config() owes to every text, however hostile. The fuzzer and the mutation test ask the same.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "zdr/haproxy/config_file.h"

namespace zdr::test {

inline std::size_t count_lines(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
}

// An error is "h.cfg:LINE: sentence" on one short line, with a line that the text has, but where the whole file is
// wrong. The answer says what is wrong with it; empty: nothing.
inline std::string haproxy_complaint(const std::string& error, std::string_view text) {
    if (error.size() > 400 || error.find_first_of("\n\r\x1b") != std::string::npos)
        return "not one short line: " + error;
    if (error == "h.cfg: the last .if has no .endif") return "";
    const std::size_t line = error.starts_with("h.cfg:") ? std::strtoul(error.c_str() + 6, nullptr, 10) : 0;
    return line >= 1 && line <= count_lines(text) ? "" : "names no line: " + error;
}

// What is in a configuration is in the file's order and has lines of it.
inline std::string haproxy_complaint(const HaproxyConfig& config, std::string_view text) {
    const std::size_t lines = count_lines(text);
    const auto is_there = [&](std::size_t line) { return line >= 1 && line <= lines; };
    std::size_t before = 0;
    for (const HaproxyRemark& note : config.notes) {
        if (!is_there(note.line) || note.line < before) return "a note out of order: " + note.text;
        before = note.line;
    }
    std::size_t last = 0;  // line that was seen
    const auto comes_next = [&](std::size_t line) { return is_there(line) && line > std::exchange(last, line); };
    for (std::size_t i = 0; i < config.proxies.size(); ++i) {
        const HaproxyProxy& proxy = config.proxies[i];
        if (!comes_next(proxy.line)) return "a proxy out of order: " + proxy.name;
        if (proxy.defaults && *proxy.defaults >= i) return "defaults that come later: " + proxy.name;
        for (const HaproxyLine& line : proxy.lines)
            if (line.words.empty() || !is_there(line.number) || line.number < proxy.line) return "a bad line";
        for (const HaproxyServerLine& server : proxy.servers)
            if (!comes_next(server.line)) return "a server out of order: " + server.name;
    }
    return "";
}

}  // namespace zdr::test
