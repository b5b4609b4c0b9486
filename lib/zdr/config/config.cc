#include "zdr/config/config.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <span>
#include <unordered_map>

#include "zdr/base/group.h"
#include "zdr/base/text.h"
#include "zdr/base/text_file.h"
#include "zdr/config/ini_lines.h"
#include "zdr/config/server_keys.h"
#include "zdr/haproxy/runtime_socket.h"
#include "zdr_abi.h"

namespace zdr {
namespace {

constexpr std::string_view kServerPrefix = "server.";
constexpr std::string_view kSpace = " \t\n\v\f\r";

Result<void> set_cgroup(Config& config, const std::string& value) {
    if (value != "auto" && !value.starts_with('/'))
        return fail(Errc::kUsage, in_quotes(value) + " is neither auto nor an absolute path");
    if (value.size() >= ZDR_PATH_SIZE)
        return fail(Errc::kUsage,
                    fmt::format("the path has {} bytes; at most {} fit", value.size(), ZDR_PATH_SIZE - 1));
    config.cgroup = value;
    return {};
}

// The kernel's own rule for the names of interfaces.
bool is_interface(const std::string& name) {
    return !name.empty() && name.size() <= 15 && name != "." && name != ".." &&
           name.find_first_of("/:") == std::string::npos && name.find_first_of(kSpace) == std::string::npos;
}

Result<void> add_interface(Config& config, const std::string& value) {
    auto& names = config.interfaces;
    if (!is_interface(value))
        return fail(Errc::kUsage,
                    in_quotes(value) + " is not an interface name (1 to 15 bytes without space, / and :)");
    if (std::find(names.begin(), names.end(), value) != names.end())
        return fail(Errc::kUsage, in_quotes(value) + " is there twice");
    names.push_back(value);
    if (names.size() > 1 && (value == "auto" || names.front() == "auto"))
        return fail(Errc::kUsage, "auto means every interface; it stands alone");
    return {};
}

Result<void> set_rewriting(Config& config, const std::string& value) {
    if (value != "auto" && value != "off") return fail(Errc::kUsage, in_quotes(value) + " is neither auto nor off");
    config.rewriting = value == "auto";
    return {};
}

Result<void> set_group(Config& config, const std::string& value) {
    constexpr std::string_view kNever = ":,/\\\"'";
    const auto odd = [&](unsigned char byte) {
        return byte <= ' ' || byte >= 0x7f || kNever.find(static_cast<char>(byte)) != kNever.npos;
    };
    if (value.empty() || value.size() > 64 || value.front() == '-' || std::any_of(value.begin(), value.end(), odd))
        return fail(Errc::kUsage, in_quotes(value) + " is not the name of a group");
    config.group = value;
    config.group_is_named = true;
    return {};
}

Result<void> add_haproxy(Config& config, const std::string& value) {
    if (auto endpoint = parse_haproxy_endpoint(value); !endpoint) return tl::unexpected(std::move(endpoint.error()));
    if (std::find(config.haproxy.begin(), config.haproxy.end(), value) != config.haproxy.end())
        return fail(Errc::kUsage, in_quotes(value) + " is there twice");
    config.haproxy.push_back(value);
    std::size_t bytes = 1;
    for (const std::string& one : config.haproxy) bytes += one.size() + 1;
    if (bytes > ZDR_HAPROXY_SIZE)
        return fail(Errc::kUsage, fmt::format("the sockets have more than {} bytes", ZDR_HAPROXY_SIZE - 2));
    return {};
}

constexpr std::array<ConfigKey<Config>, 5> kGlobalKeys = {{
    {"cgroup", KeyTimes::kOptional, set_cgroup},
    {"rewriting", KeyTimes::kOptional, set_rewriting},
    {"interface", KeyTimes::kMany, add_interface},
    {"group", KeyTimes::kOptional, set_group},
    {"haproxy", KeyTimes::kMany, add_haproxy},
}};

template <class T>
std::string names_of(std::span<const ConfigKey<T>> keys) {
    std::string out;
    for (const auto& key : keys) out.append(out.empty() ? "" : ", ").append(key.name);
    return out;
}

// where tells people which section this is.
template <class T>
Result<void> read_section(const ConfigSection& section, std::span<const ConfigKey<T>> keys, std::string_view where,
                          std::string_view file, T& into) {
    std::vector<std::size_t> lines(keys.size());
    for (const ConfigEntry& entry : section.entries) {
        const auto key = std::find_if(keys.begin(), keys.end(), [&](const auto& one) { return one.name == entry.key; });
        if (key == keys.end())
            return fail_at(file, entry.line,
                           fmt::format("unknown key {} {}; it may be {}", in_quotes(entry.key), where, names_of(keys)));
        std::size_t& line = lines[static_cast<std::size_t>(key - keys.begin())];
        if (line != 0 && key->times != KeyTimes::kMany)
            return fail_at(file, entry.line,
                           fmt::format("key {} is there twice (the earlier is at line {})", key->name, line));
        line = entry.line;
        if (auto set = key->set(into, entry.value); !set)
            return fail_at(file, entry.line, fmt::format("{}: {}", key->name, set.error().text));
    }
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (keys[i].times == KeyTimes::kRequired && lines[i] == 0)
            return fail_at(file, section.line, fmt::format("key {} is missing {}", keys[i].name, where));
    return {};
}

// Takes the sections of one file, in its order.
class Builder {
  public:
    explicit Builder(std::string_view file) : file_(file) { config_.interfaces.clear(); }

    Result<void> take(const ConfigSection& section) {
        if (section.line == 0)
            return read_section<Config>(section, kGlobalKeys, "above the first section", file_, config_);
        if (auto checked = check_header(section); !checked) return checked;
        ServerDraft draft;
        draft.server.name = section.name.substr(kServerPrefix.size());
        const std::string where = fmt::format("in [{}]", section.name);
        if (auto read = read_section(section, server_keys(), where, file_, draft); !read) return read;
        if (auto checked = check_ways(draft.server); !checked)
            return fail_at(file_, section.line, checked.error().text);
        config_.servers.push_back(std::move(draft.server));
        lines_.push_back(section.line);
        return {};
    }

    Result<Config> finish() && {
        if (const auto clash = find_clash(config_.servers)) {
            const std::size_t earlier = lines_[clash->earlier];
            const std::size_t later = lines_[clash->later];
            return fail_at(
                file_, later,
                clash->text + (earlier == later ? "" : fmt::format(" (the earlier is at line {})", earlier)));
        }
        if (config_.interfaces.empty()) config_.interfaces = {"auto"};
        return std::move(config_);
    }

  private:
    Result<void> check_header(const ConfigSection& section) {
        if (!section.name.starts_with(kServerPrefix))
            return fail_at(file_, section.line,
                           fmt::format("unknown section {}; write [server.NAME]", in_quotes(section.name)));
        if (auto checked = check_name(section.name.substr(kServerPrefix.size())); !checked)
            return fail_at(file_, section.line, checked.error().text);
        if (const auto [earlier, is_new] = sections_.try_emplace(section.name, section.line); !is_new)
            return fail_at(
                file_, section.line,
                fmt::format("section [{}] is there twice (the earlier is at line {})", section.name, earlier->second));
        if (sections_.size() > ZDR_MAX_SERVERS)
            return fail_at(file_, section.line,
                           fmt::format("this is server {}; at most {} fit", sections_.size(), ZDR_MAX_SERVERS));
        return {};
    }

    std::string_view file_;
    Config config_;
    std::unordered_map<std::string_view, std::size_t> sections_;
    std::vector<std::size_t> lines_;  // of the servers' sections
};

}  // namespace

Result<Config> parse_config(std::string_view text, std::string_view name) {
    Builder builder(name);
    auto read = read_config_lines(text, name, [&](const ConfigSection& section) { return builder.take(section); });
    if (!read) return tl::unexpected(std::move(read.error()));
    return std::move(builder).finish();
}

Result<Config> read_config(const std::string& path) {
    const auto text = read_text_file(path);
    if (!text) return tl::unexpected(text.error());
    return parse_config(*text, path);
}

Result<std::optional<gid_t>> group_of(const Config& config) {
    const auto found = find_group(config.group);
    if (found || !config.group_is_named) return found;
    return fail(Errc::kFailed, fmt::format("there is no group {}; groupadd --system {}", config.group, config.group));
}

}  // namespace zdr
