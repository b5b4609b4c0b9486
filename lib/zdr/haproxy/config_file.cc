#include "zdr/haproxy/config_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "zdr/base/text.h"
#include "zdr/haproxy/if_blocks.h"
#include "zdr/haproxy/if_condition.h"

namespace zdr {
namespace {

using ProxyKind = HaproxyProxy::Kind;

// The words that begin a section that is no proxy, of HAProxy 2.6 and later.
constexpr auto kOtherSections = std::to_array<std::string_view>(
    {"acme", "cache", "crt-store", "fcgi-app", "global", "healthcheck", "http-errors", "log-forward", "log-profile",
     "mailers", "namespace_list", "peers", "program", "resolvers", "ring", "traces", "userlist"});

std::optional<ProxyKind> proxy_kind(std::string_view word) {
    if (word == "defaults") return ProxyKind::kDefaults;
    if (word == "frontend") return ProxyKind::kFrontend;
    if (word == "backend") return ProxyKind::kBackend;
    if (word == "listen") return ProxyKind::kListen;
    return std::nullopt;
}

// The environment as the file's setenv, presetenv, unsetenv and resetenv leave it.
class Environment {
  public:
    explicit Environment(const HaproxyVariables& outside) : outside_(outside) {}

    std::optional<std::string> get(const std::string& name) const {
        const auto found = changed_.find(name);
        if (found != changed_.end()) return found->second;
        return is_reset_ ? std::nullopt : outside_(name);
    }

    void take(const std::vector<std::string>& words) {
        if ((words[0] == "setenv" || words[0] == "presetenv") && words.size() >= 3) {
            if (words[0] == "setenv" || !get(words[1])) changed_[words[1]] = words[2];
        } else if (words[0] == "unsetenv") {
            for (std::size_t i = 1; i < words.size(); ++i) changed_[words[i]] = std::nullopt;
        } else if (words[0] == "resetenv") {
            std::map<std::string, std::optional<std::string>> kept;
            for (std::size_t i = 1; i < words.size(); ++i) kept[words[i]] = get(words[i]);
            changed_ = std::move(kept);
            is_reset_ = true;
        }
    }

  private:
    const HaproxyVariables& outside_;
    std::map<std::string, std::optional<std::string>> changed_;
    bool is_reset_ = false;
};

class ConfigReader {
  public:
    ConfigReader(std::string_view file, const HaproxyVariables& variables) : file_(file), environment_(variables) {}

    Result<HaproxyConfig> read(std::string_view text) && {
        while (!text.empty()) {
            const std::size_t end = text.find('\n');
            ++number_;
            if (auto taken = take(text.substr(0, end)); !taken)
                return fail_with(fmt::format("{}:{}", file_, number_), std::move(taken));
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        }
        if (branches_.is_open()) return fail(Errc::kFailed, fmt::format("{}: the last .if has no .endif", file_));
        return std::move(config_);
    }

  private:
    Result<void> take(std::string_view line) {
        if (line.find('\0') != std::string_view::npos)
            return fail(Errc::kFailed, "the line has a NUL byte; this is not a text file");
        line.remove_prefix(std::min(line.find_first_not_of(" \t\v\f\r"), line.size()));
        if (line.starts_with('[')) return {};  // a scope: for HAProxy, too, the line is without effect
        auto split = split_haproxy_line(line, variables_);
        if (!split) return tl::unexpected(std::move(split.error()));
        unset_ = std::move(split->unset);
        std::vector<std::string>& words = split->words;
        if (words.empty() || words[0].empty()) return {};
        if (words[0] == ".if" || words[0] == ".elif" || words[0] == ".else" || words[0] == ".endif")
            return take_directive(words);
        if (!branches_.are_taken() || words[0].starts_with('.')) return {};
        take_words(std::move(words));
        return {};
    }

    Result<void> take_directive(const std::vector<std::string>& words) {
        if (words[0] == ".else") return branches_.begin_else();
        if (words[0] == ".endif") return branches_.end_if();
        const bool asks = words[0] == ".if" ? branches_.asks_if() : branches_.asks_elif();
        std::string condition;
        for (std::size_t i = 1; i < words.size(); ++i) condition += (i == 1 ? "" : " ") + words[i];
        const auto holds = asks ? evaluate_haproxy_condition(condition, variables_) : false;
        return words[0] == ".if" ? branches_.begin_if(holds) : branches_.begin_elif(holds);
    }

    void take_words(std::vector<std::string> words) {
        if (const auto kind = proxy_kind(words[0])) {
            begin_proxy(*kind, words);
        } else if (std::find(kOtherSections.begin(), kOtherSections.end(), words[0]) != kOtherSections.end()) {
            proxy_.reset();
            in_global_ = words[0] == "global";
            section_ = words.size() > 1 ? words[1] : words[0];
        } else if (in_global_) {
            environment_.take(words);
            if (words[0] == "stats" && words.size() > 2 && words[1] == "socket") add_bind(words[2]);
            config_.globals.push_back({number_, std::move(words)});
        } else if (words[0] == "bind" && !proxy_) {
            if (words.size() > 1) add_bind(words[1]);
        } else if (proxy_) {
            take_line(config_.proxies[*proxy_], std::move(words));
        }
    }

    void begin_proxy(ProxyKind kind, const std::vector<std::string>& words) {
        note_doubts();
        HaproxyProxy proxy;
        proxy.kind = kind;
        proxy.line = number_;
        const bool is_named =
            words.size() > 1 && !(kind == ProxyKind::kDefaults && words.size() == 3 && words[1] == "from");
        if (is_named) proxy.name = words[1];
        const std::size_t from = is_named ? 2 : 1;
        if (words.size() > from + 1 && words[from] == "from") {
            const auto found = named_defaults_.find(words[from + 1]);
            if (found == named_defaults_.end())
                note(fmt::format("there is no defaults section {} above", in_quotes(words[from + 1])));
            else
                proxy.defaults = found->second;
        } else if (kind != ProxyKind::kDefaults) {
            proxy.defaults = last_defaults_;
        }
        if (proxy.defaults) proxy.server_settings = config_.proxies[*proxy.defaults].server_settings;

        proxy_ = config_.proxies.size();
        if (kind == ProxyKind::kDefaults) last_defaults_ = proxy_;
        if (kind == ProxyKind::kDefaults && is_named) named_defaults_[proxy.name] = *proxy_;
        in_global_ = false;
        section_ = is_named ? proxy.name : words[0];
        config_.proxies.push_back(std::move(proxy));
    }

    void take_line(HaproxyProxy& proxy, std::vector<std::string> words) {
        const bool is_server = words[0] == "server" || words[0] == "server-template";
        if (words[0] == "bind" && words.size() > 1) add_bind(words[1]);
        if (!is_server && words[0] != "default-server") {
            proxy.lines.push_back({number_, std::move(words)});
            return;
        }
        note_doubts();
        if (is_server && (proxy.kind == ProxyKind::kDefaults || proxy.kind == ProxyKind::kFrontend)) {
            note("a server stands in a backend or listen section");
            return;
        }
        HaproxyComplaints complaints;
        if (is_server) {
            auto server = parse_haproxy_server(words, variables_, proxy.server_settings, complaints);
            if (server) server->line = number_;
            if (server) proxy.servers.push_back(std::move(*server));
        } else {
            apply_haproxy_settings(std::span(words).subspan(1), variables_, proxy.server_settings, complaints);
        }
        for (std::string& complaint : complaints) note(std::move(complaint));
    }

    void add_bind(const std::string& addresses) {
        config_.binds.push_back({number_, expand_haproxy_address(addresses, variables_, unset_)});
        unset_.clear();
    }

    void note(std::string text) { config_.notes.push_back({number_, std::move(text)}); }
    // What a line that matters may lack.
    void note_doubts() {
        if (!branches_.are_certain())
            note("only HAProxy knows whether the .if around this holds; it is read as if it did");
        for (const std::string& name : unset_) note("variable " + in_quotes(name) + " is not set here");
        unset_.clear();
    }

    std::optional<std::string> variable(const std::string& name) const {
        if (name == ".LINE") return std::to_string(number_);
        if (name == ".FILE") return std::string(file_);
        if (name == ".SECTION") return section_;
        return name.starts_with('.') ? std::nullopt : environment_.get(name);
    }

    std::string_view file_;
    Environment environment_;
    HaproxyVariables variables_ = [this](const std::string& name) { return variable(name); };
    HaproxyIfBlocks branches_;
    HaproxyConfig config_;
    std::size_t number_ = 0;
    std::string section_;
    bool in_global_ = false;
    std::optional<std::size_t> proxy_;  // the one that is being read
    std::optional<std::size_t> last_defaults_;
    std::unordered_map<std::string, std::size_t> named_defaults_;
    std::vector<std::string> unset_;  // variables of the line that is being read
};

}  // namespace

Result<HaproxyConfig> parse_haproxy_config(std::string_view text, std::string_view name,
                                           const HaproxyVariables& variables) {
    return ConfigReader(name, variables).read(text);
}

const HaproxyLine* find_haproxy_line(const HaproxyConfig& config, const HaproxyProxy& proxy,
                                     std::initializer_list<std::string_view> words) {
    for (const HaproxyProxy* one = &proxy; one != nullptr;
         one = one->defaults ? &config.proxies[*one->defaults] : nullptr) {
        const auto found = std::find_if(one->lines.rbegin(), one->lines.rend(), [&](const HaproxyLine& line) {
            return line.words.size() >= words.size() && std::equal(words.begin(), words.end(), line.words.begin());
        });
        if (found != one->lines.rend()) return &*found;
    }
    return nullptr;
}

}  // namespace zdr
