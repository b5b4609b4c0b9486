// The command report: what a bug report has to say, in one text without secrets.
#include <fmt/core.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/program.h"
#include "ctl/command_table.h"
#include "ctl/run.h"
#include "zdr/base/run_tool.h"
#include "zdr/base/text.h"
#include "zdr/base/text_file.h"

namespace zdr::ctl {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kHead =
    "zdr report. Reasons and users of flips are left out; names and addresses of servers are in it, so read\n"
    "it before it is sent.\n";
constexpr const char* kLeftOut = "(left out)";
constexpr std::array kPrivateKeys = {"reason", "by", "by_uid"};

// The real environment, but what a command writes is kept, nobody is asked, and no terminal is there.
class KeepingEnv final : public Env {
  public:
    explicit KeepingEnv(Env& real) : real_(real) {}

    const std::string& out_text() const { return out_text_; }
    const std::string& err_text() const { return err_text_; }

    void journal(std::string_view) override {}
    bool out_is_terminal() const override { return false; }
    bool err_is_terminal() const override { return false; }
    Window window() const override { return real_.window(); }
    std::optional<std::string> variable(const char* name) const override { return real_.variable(name); }
    User user() const override { return real_.user(); }
    Now now() const override { return real_.now(); }
    void stop_on_interrupt() override { real_.stop_on_interrupt(); }
    bool pause(std::chrono::milliseconds time) override { return real_.pause(time); }
    int stop_signal() const override { return real_.stop_signal(); }
    std::optional<std::string> ask(std::string_view) override { return std::nullopt; }
    bool can_ask() const override { return false; }

  private:
    Result<void> write_out(std::string_view text) override {
        out_text_ += text;
        return {};
    }
    void write_err(std::string_view text) override { err_text_ += text; }

    Env& real_;
    std::string out_text_;
    std::string err_text_;
};

void leave_out_private(Json& document) {
    if (!document.is_structured()) return;
    for (auto& item : document.items()) {
        const std::string& key = item.key();
        Json& value = item.value();
        const bool is_private = std::any_of(kPrivateKeys.begin(), kPrivateKeys.end(),
                                            [&](const char* one) { return document.is_object() && key == one; });
        if (!is_private)
            leave_out_private(value);
        else  // what is no text has no place for these words
            value = value.is_string() ? Json(kLeftOut) : Json();
    }
}

std::string without_private(const std::string& text) {
    Json document = Json::parse(text, nullptr, false);
    if (document.is_discarded()) return text;
    leave_out_private(document);
    return document.dump(2) + '\n';
}

std::string printable_lines(const std::string& text) {
    std::istringstream lines(text);
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        std::replace(line.begin(), line.end(), '\t', ' ');
        out += printable(line) + '\n';
    }
    return out;
}

std::string section(std::string_view title, std::string_view text) {
    return fmt::format("\n## {}\n{}{}", title, text, text.empty() || text.ends_with('\n') ? "" : "\n");
}

// What another command of zdrctl says.
std::string said_by(const std::vector<std::string>& command, const CommonOptions& common, Env& env) {
    std::vector<std::string> args = command;
    args.insert(args.end(), {"--state-dir", common.state_dir});
    for (const HaproxyEndpoint& one : common.haproxy) args.insert(args.end(), {"--haproxy", one.text});
    KeepingEnv keeping(env);
    const int exit_status = run(args, keeping);
    std::string title = "zdrctl";
    for (const std::string& word : command) title += " " + word;
    return section(fmt::format("{} (exit status {})", title, exit_status),
                   without_private(keeping.out_text()) + keeping.err_text());
}

// What a tool of the system says, or why it says nothing.
std::string said_by_tool(const char* name, const char* argument) {
    const auto path = find_tool(name);
    if (!path) return section(fmt::format("{} {}", name, argument), "not installed");
    const auto text = run_tool({*path, argument});
    return section(fmt::format("{} {}", name, argument), printable_lines(text ? *text : text.error().text));
}

std::string text_of(const std::string& path) {
    const auto text = read_text_file(path);
    return printable_lines(text ? *text : text.error().text + "\n");
}

std::string mounts_of_cgroups_and_bpf() {
    std::istringstream mounts(text_of("/proc/self/mounts"));
    std::string out;
    for (std::string line; std::getline(mounts, line);)
        if (line.find(" cgroup") != line.npos || line.find(" bpf ") != line.npos) out += line + '\n';
    return out;
}

std::string versions(const Env& env) {
    utsname kernel{};
    (void)uname(&kernel);
    return fmt::format("zdrctl {}\n{} {} {} {}\nrun by {}\n", program().version, kernel.sysname, kernel.release,
                       kernel.version, kernel.machine, env.user().uid == 0 ? "root" : "another user");
}

}  // namespace

Result<void> report(const cli::Parsed&, const CommonOptions& common, Env& env) {
    std::string text(kHead);
    text += section("versions", versions(env));
    text += section("/etc/os-release", text_of("/etc/os-release"));
    text += said_by_tool("haproxy", "-v");
    text += said_by({"status", "--json"}, common, env);
    text += said_by({"doctor"}, common, env);
    text += said_by({"metrics"}, common, env);
    text += said_by_tool("zdr-loader", "check");
    text += section("mounts", mounts_of_cgroups_and_bpf());
    for (const char* path : {"/proc/sys/kernel/unprivileged_bpf_disabled", "/proc/sys/net/core/bpf_jit_enable",
                             "/proc/sys/net/ipv4/ip_local_port_range", "/sys/kernel/security/lockdown"})
        text += section(path, text_of(path));
    return unless_reader_left(env.out(text));
}

}  // namespace zdr::ctl
