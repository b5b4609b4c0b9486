// Who is new behind a port and who is old, for the ways in which app servers restart.
#include "zdr/control/restart/app_renewal.h"

#include <gtest/gtest.h>

namespace zdr {
namespace {

constexpr std::uint64_t kBegan = 1000;
constexpr pid_t kSelf = 900;

// A host's processes at one moment. 1 is init, 900 the one that looks, under 800.
class Host {
  public:
    Host() {
        runs(1, 0, 1);
        runs(800, 1, 5);
        runs(kSelf, 800, 990);
    }
    Host& runs(pid_t pid, pid_t parent, std::uint64_t birth, std::uint64_t image = 7, std::string name = "app") {
        now_.running[pid] = {pid, parent, birth, image, std::move(name)};
        return *this;
    }
    Host& ends(pid_t pid) {
        now_.running.erase(pid);
        now_.holders.erase(pid);
        return *this;
    }
    Host& listens(pid_t pid) {
        now_.holders.insert(pid);
        return *this;
    }
    Host& closes(pid_t pid) {
        now_.holders.erase(pid);
        return *this;
    }
    Host& socket(std::uint64_t cookie) {
        now_.sockets.emplace_back().cookie = cookie;
        return *this;
    }
    Host& whole(bool is_whole) {
        now_.is_whole = is_whole;
        return *this;
    }
    AppSnapshot snapshot() const {
        AppSnapshot out = now_;
        out.family.clear();
        add_family(out, kSelf);
        return out;
    }

  private:
    AppSnapshot now_;
};

Renewal judge(const Host& before, const Host& now, Kept kept = {.listener = true}) {
    return judge_renewal(before.snapshot(), now.snapshot(), kept, kBegan);
}

std::vector<pid_t> old_of(const Renewal& renewal) {
    std::vector<pid_t> out;
    for (const ProcessStat& one : renewal.old) out.push_back(one.pid);
    return out;
}

// A master and two workers, all with the listening socket.
Host prefork() {
    return Host().socket(1).runs(10, 1, 100).runs(11, 10, 101).runs(12, 10, 102).listens(10).listens(11).listens(12);
}

TEST(AppRenewal, StopAndStartIsANewSocketOfANewProcess) {
    const Host before = Host().socket(1).runs(10, 1, 100).listens(10);
    const Host now = Host().socket(2).runs(20, 1, 1005).listens(20);

    EXPECT_EQ(judge(before, now, {}).verdict, Renewal::Verdict::kRenewed);
}

TEST(AppRenewal, NothingListensAfterAStartThatFailed) {
    const Host before = Host().socket(1).runs(10, 1, 100).listens(10);

    EXPECT_EQ(judge(before, Host(), {}).verdict, Renewal::Verdict::kNothingListens);
}

TEST(AppRenewal, OldSocketIsNotNewUnlessItIsKept) {
    EXPECT_EQ(judge(prefork(), prefork(), {}).verdict, Renewal::Verdict::kOldSocket);

    const Renewal kept = judge(prefork(), prefork());
    EXPECT_EQ(kept.verdict, Renewal::Verdict::kNothingNew);
    EXPECT_EQ(old_of(kept), (std::vector<pid_t>{10, 11, 12}));
    EXPECT_EQ(judge(prefork(), prefork(), {.process = true}).verdict, Renewal::Verdict::kRenewed);
}

// gunicorn's HUP, puma's phased restart, a graceful restart of Apache
TEST(AppRenewal, MasterStaysWhenItsWorkersAreNew) {
    Host now = prefork().runs(21, 10, 1001).listens(21);

    const Renewal both = judge(prefork(), now);
    EXPECT_EQ(both.verdict, Renewal::Verdict::kOldListens);
    EXPECT_EQ(old_of(both), (std::vector<pid_t>{11, 12}));

    const Renewal closed = judge(prefork(), now.ends(11).closes(12));
    EXPECT_EQ(closed.verdict, Renewal::Verdict::kOldLingers) << "it answers what it has accepted";
    EXPECT_EQ(old_of(closed), std::vector<pid_t>{12});

    EXPECT_EQ(judge(prefork(), now.ends(12)).verdict, Renewal::Verdict::kRenewed);
}

// node's cluster, as it starts a worker: the fork is the same program, with the same sockets, for a moment.
TEST(AppRenewal, AForkOfAMasterWhoseWorkersHaveNoSocketIsNoneOfThemYet) {
    const Host before = Host().socket(1).runs(10, 1, 100).listens(10).runs(11, 10, 101, 8).runs(12, 10, 102, 9);
    Host now = before;
    now.runs(21, 10, 1001).listens(21);
    EXPECT_EQ(judge(before, now).verdict, Renewal::Verdict::kNothingNew);

    now.closes(21).runs(21, 10, 1001, 10);
    EXPECT_EQ(judge(before, now).verdict, Renewal::Verdict::kOldListens);
    EXPECT_EQ(judge(before, now.ends(11).ends(12)).verdict, Renewal::Verdict::kRenewed);
}

// gunicorn's USR2: the new master is a child of the old one until that ends
TEST(AppRenewal, NewMasterUnderTheOldOne) {
    Host now = prefork().runs(20, 10, 1001).listens(20).runs(21, 20, 1002).listens(21);
    EXPECT_EQ(judge(prefork(), now).verdict, Renewal::Verdict::kOldListens);

    now.ends(11).ends(12);
    EXPECT_EQ(judge(prefork(), now).verdict, Renewal::Verdict::kRenewed);

    now.ends(10).runs(20, 1, 1001);
    EXPECT_EQ(judge(prefork(), now).verdict, Renewal::Verdict::kRenewed);
}

// puma's USR2, HAProxy's master
TEST(AppRenewal, ProcessThatIsAnotherProgramIsNew) {
    const Host before = Host().socket(1).runs(10, 1, 100, 7).listens(10);

    EXPECT_EQ(judge(before, Host().socket(1).runs(10, 1, 100, 8).listens(10)).verdict, Renewal::Verdict::kRenewed);
    EXPECT_EQ(judge(before, Host().socket(1).runs(10, 1, 100, 0).listens(10)).verdict, Renewal::Verdict::kNothingNew)
        << "what may not be seen is not taken for new";
}

// haproxy -sf: another socket by SO_REUSEPORT, until the old process closes its own
TEST(AppRenewal, OldProcessBesideTheNewOneIsWaitedFor) {
    const Host before = Host().socket(1).runs(10, 1, 100).listens(10);
    Host now = Host().socket(1).socket(2).runs(10, 1, 100).listens(10).runs(20, 1, 1001).listens(20);

    EXPECT_EQ(judge(before, now, {}).verdict, Renewal::Verdict::kOldListens);
    EXPECT_EQ(judge(before, now.closes(10), {}).verdict, Renewal::Verdict::kOldLingers);
    EXPECT_EQ(judge(before, now.ends(10), {}).verdict, Renewal::Verdict::kRenewed);
}

TEST(AppRenewal, PidThatIsGivenAgainIsAnotherProcess) {
    const Host before = Host().socket(1).runs(10, 1, 100).listens(10);

    EXPECT_EQ(judge(before, Host().socket(1).runs(10, 1, 1001).listens(10)).verdict, Renewal::Verdict::kRenewed);
}

TEST(AppRenewal, WorkerThatWasThereBeforeTheCommandIsNotNew) {
    EXPECT_EQ(judge(prefork(), prefork().runs(13, 10, 999).listens(13)).verdict, Renewal::Verdict::kNothingNew);
}

// node's cluster: only the primary has the socket
TEST(AppRenewal, WorkersWithoutTheSocketTakeTheirSiblingsPlace) {
    const Host before = Host().socket(1).runs(10, 1, 100).listens(10).runs(11, 10, 101).runs(12, 10, 102);
    Host now = Host(before).runs(21, 10, 1001).runs(22, 10, 1002);

    const Renewal both = judge(before, now);
    EXPECT_EQ(both.verdict, Renewal::Verdict::kOldListens);
    EXPECT_EQ(old_of(both), (std::vector<pid_t>{11, 12}));
    EXPECT_EQ(judge(before, now.ends(11).ends(12)).verdict, Renewal::Verdict::kRenewed);
}

TEST(AppRenewal, ChildThatTakesNobodysPlaceIsNoNewApp) {
    const Host before = Host().socket(1).runs(10, 1, 100).listens(10).runs(11, 10, 101, 7, "logger");

    EXPECT_EQ(judge(before, Host(before).runs(21, 10, 1001, 7, "sh")).verdict, Renewal::Verdict::kNothingNew);
}

// systemd's socket activation: init has the socket, too
TEST(AppRenewal, InitMayKeepTheSocketAndItsChildrenAreNoApp) {
    const Host before = Host().socket(1).listens(1).runs(10, 1, 100).listens(10);

    EXPECT_EQ(judge(before, Host().socket(1).listens(1).runs(20, 1, 1001)).verdict, Renewal::Verdict::kNothingNew);
    EXPECT_EQ(judge(before, Host().socket(1).listens(1).runs(20, 1, 1001).listens(20)).verdict,
              Renewal::Verdict::kRenewed);
}

TEST(AppRenewal, WhereNobodyIsSeenTheSocketsTell) {
    const Host before = Host().socket(1).whole(false);

    EXPECT_EQ(judge(before, Host().socket(1).whole(false), {}).verdict, Renewal::Verdict::kOldSocket);
    EXPECT_EQ(judge(before, Host().socket(2).whole(false), {}).verdict, Renewal::Verdict::kRenewed);
    EXPECT_EQ(judge(before, Host().socket(1).whole(false)).verdict, Renewal::Verdict::kRenewed);
    EXPECT_EQ(judge(prefork(), Host().socket(1).whole(false)).verdict, Renewal::Verdict::kHidden);
}

TEST(AppRenewal, WhereNothingListenedWhateverListensIsNew) {
    EXPECT_EQ(judge(Host(), Host(), {}).verdict, Renewal::Verdict::kRenewed) << "a published port";
    EXPECT_EQ(judge(Host(), Host().socket(2).runs(20, 1, 500).listens(20), {}).verdict, Renewal::Verdict::kRenewed);
}

}  // namespace
}  // namespace zdr
