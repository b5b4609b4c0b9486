// The waiting logic, with a made-up clock and made-up checkers that ask as real ones do, through the code that notes
// them in the kernel.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "check_records.h"
#include "support/decide.h"
#include "zdr/model/acknowledgement.h"

namespace zdr {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;
using Verdict = Acknowledgement::Verdict;

inline constexpr std::string_view kHaproxy = "haproxy";

class WaitingTest : public testing::Test {
  protected:
    WaitingTest() {
        server_.name = "webA";
        server_.backup_status_port = Port(3000);
    }

    void flip(State state) {
        state_ = state;
        since_ = now_;
    }
    void pass(milliseconds time) { now_ += time; }

    void ask(std::string_view who, __u8 role = ZDR_STATUS_PORT, __u32 pid = 0) {
        zdr_check check{};
        check.port_or_pid = pid;
        std::memcpy(check.from, who.data(), std::min(who.size(), sizeof check.from));
        check.role = role;
        zdr_state state{};
        state.state = static_cast<__u8>(state_);
        const __u32 verdict = test::verdict_on(role, &state, 1);
        const bool is_softened = responds_ && state_ == State::kDrain && verdict == ZDR_REFUSE;
        records_.note(check, is_softened ? ZDR_SOFTEN : verdict, static_cast<__u64>(now_.count()));
    }
    // So many rounds of one ask each; time passes before each of them.
    void rounds(int count, milliseconds inter = 2000ms, std::string_view who = kHaproxy) {
        for (int i = 0; i < count; ++i) {
            pass(inter);
            ask(who);
        }
    }

    // HAProxy's asks of one port, or of one process of it, every 2 s.
    void ask_often(int count, __u8 role, __u32 pid = 0) {
        for (int i = 0; i < count; ++i) {
            pass(2000ms);
            ask(kHaproxy, role, pid);
        }
    }
    // Rounds of several processes of it, one ask each.
    void rounds_of(const std::vector<__u32>& pids, int count) {
        for (int i = 0; i < count; ++i) {
            pass(2000ms);
            for (const __u32 pid : pids) ask(kHaproxy, ZDR_STATUS_PORT, pid);
        }
    }
    // HAProxy's rounds of both ports.
    void rounds_of_both(int count) {
        for (int i = 0; i < count; ++i) {
            rounds(1);
            ask(kHaproxy, ZDR_BACKUP_STATUS_PORT);
        }
    }

    Acknowledgement drained() const { return judge(Goal::kDrained, server_, sight(), now_); }
    Acknowledgement ready() const { return judge(Goal::kReady, server_, sight(), now_); }
    Server& server() { return server_; }
    // Whoever asks seldom is taken to send traffic, too.
    void with_sessions() { has_sessions_ = true; }
    // That process is no more.
    void end(__u32 pid) {
        ended_.insert(pid);
        started_.erase(pid);
        replaced_.erase(pid);
    }
    // That process started now, and was told to take over from some.
    void start(__u32 pid, std::vector<__u32> replaced = {}) {
        started_[pid] = now_;
        replaced_[pid] = std::move(replaced);
    }
    // Whether something listens on the drain port.
    void with_responder(bool responds) { responds_ = responds; }
    // Every checker is a HAProxy that is asked itself.
    void with_answers() { answers_ = true; }

  private:
    Snapshot sight() const {
        Snapshot out{state_, since_, records_.checks()};
        for (Checker& checker : out.checks.checkers) {
            checker.has_sessions = has_sessions_;
            checker.answers = answers_;
            if (const auto found = started_.find(checker.pid); found != started_.end())
                checker.started_boot = found->second;
            if (const auto found = replaced_.find(checker.pid); found != replaced_.end())
                checker.told_to_replace = found->second;
            checker.has_ended = ended_.contains(checker.pid);
        }
        return out;
    }

    Server server_;
    State state_ = State::kReady;
    CheckRecords records_;
    nanoseconds since_{1h};
    nanoseconds now_{1h};
    bool has_sessions_ = false;
    bool answers_ = false;
    bool responds_ = false;
    std::set<__u32> ended_;
    std::map<__u32, nanoseconds> started_;
    std::map<__u32, std::vector<__u32>> replaced_;
};

}  // namespace zdr
