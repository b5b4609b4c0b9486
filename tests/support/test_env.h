// A world for zdrctl inside the test's own process: what it writes is kept, and the test says who runs it and when.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/env.h"
#include "ctl/run.h"
#include "zdr/model/flip.h"

namespace zdr::test {

class TestEnv final : public ctl::Env {
  public:
    void journal(std::string_view line) override { journal_lines.emplace_back(line); }
    bool out_is_terminal() const override { return is_terminal; }
    bool err_is_terminal() const override { return is_terminal; }
    zdr::Window window() const override { return size; }
    std::optional<std::string> variable(const char* name) const override {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    }
    zdr::User user() const override { return who; }
    zdr::Now now() const override { return when.value_or(ctl::ProcessEnv().now()); }
    void stop_on_interrupt() override {}
    // Time passes only here, where the test says when it is.
    bool pause(std::chrono::milliseconds time) override {
        if (when) when = zdr::Now{when->boot + time, when->wall + time};
        if (while_paused) while_paused();
        return --frames > 0;
    }

    std::optional<std::string> ask(std::string_view question) override {
        questions.emplace_back(question);
        return typed;
    }
    bool can_ask() const override { return is_terminal; }

    // Runs zdrctl; its exit status. What the last run wrote is forgotten.
    int run(const std::vector<std::string>& args) {
        out_text.clear();
        err_text.clear();
        journal_lines.clear();
        return ctl::run(args, *this);
    }
    // The same with --no-wait at the end: a flip (`drain webA`) without its wait for checkers.
    int flip(std::vector<std::string> args) {
        args.emplace_back("--no-wait");
        return run(args);
    }

    std::string out_text;
    std::string err_text;
    std::vector<std::string> journal_lines;
    bool is_terminal = false;
    zdr::Window size;
    std::vector<std::string> questions;
    std::optional<std::string> typed;  // the answer to each
    std::map<std::string, std::string> variables{{"TERM", "xterm"}};
    zdr::User who{1000, "deploy"};
    std::optional<zdr::Now> when;  // none: the real clocks
    int frames = 1;                // that a watch draws, or looks of a wait
    std::function<void()> while_paused;

  private:
    Result<void> write_out(std::string_view text) override {
        out_text += text;
        return {};
    }
    void write_err(std::string_view text) override { err_text += text; }
};

}  // namespace zdr::test
