#include "zdr/haproxy/answer/answer_table.h"

#include <fmt/core.h>

#include <algorithm>

#include "zdr/base/text.h"

namespace zdr::haproxy_answer {

tl::unexpected<Error> cut(std::string_view command) {
    return fail(Errc::kFailed, fmt::format("the answer to \"{}\" is cut", command));
}

tl::unexpected<Error> refused(std::string_view command, std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
    if (text.empty()) return cut(command);
    const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
    return fail(Errc::kFailed, fmt::format("the answer to \"{}\" is {}", command, in_quotes(line)));
}

std::optional<std::string_view> take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

bool take_record(std::string_view& text, std::vector<std::string_view>& fields) {
    fields.clear();
    std::size_t begin = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') quoted = !quoted;
        if (quoted || (text[i] != ',' && text[i] != '\n')) continue;
        fields.push_back(text.substr(begin, i - begin));
        begin = i + 1;
        if (text[i] != '\n') continue;
        text.remove_prefix(begin);
        return true;
    }
    return false;
}

std::string unquoted(std::string_view field) {
    if (field.size() < 2 || field.front() != '"' || field.back() != '"') return std::string(field);
    field = field.substr(1, field.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < field.size(); ++i) {
        if (field[i] == '"' && i + 1 < field.size() && field[i + 1] == '"') ++i;
        out += field[i];
    }
    return out;
}

void split(std::string_view line, char separator, std::vector<std::string_view>& out) {
    out.clear();
    for (;;) {
        const std::size_t end = line.find(separator);
        out.push_back(line.substr(0, end));
        if (end == std::string_view::npos) return;
        line.remove_prefix(end + 1);
    }
}

Columns::Columns(std::string_view line, char separator) {
    std::vector<std::string_view> names;
    split(line, separator, names);
    for (std::size_t i = 0; i < names.size(); ++i) positions_.try_emplace(names[i], i);
}

std::size_t Columns::operator[](std::string_view name) const {
    const auto found = positions_.find(name);
    return found == positions_.end() ? kNone : found->second;
}

tl::unexpected<Error> Row::odd(std::size_t column, std::string_view what) const {
    return fail(Errc::kFailed,
                fmt::format("the answer to \"{}\" has {} as {}", command_, in_quotes((*this)[column]), what));
}

Result<std::string> Row::name(std::size_t column, std::string_view what) const {
    const auto is_odd = [](unsigned char byte) { return byte <= ' ' || byte >= 127; };
    const std::string_view text = (*this)[column];
    if (text.empty() || std::any_of(text.begin(), text.end(), is_odd)) return odd(column, what);
    return std::string(text);
}

std::optional<Address> Row::address(std::size_t column) const {
    const auto parsed = Address::parse((*this)[column]);
    return parsed ? std::optional(*parsed) : std::nullopt;
}

}  // namespace zdr::haproxy_answer
