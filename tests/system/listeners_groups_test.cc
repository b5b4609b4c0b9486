// Groups of sockets that share the app's port, more than zdr notes of one port: members go and others come, and a check
// is right at every moment.
#include <algorithm>
#include <atomic>

#include "listeners.h"
#include "support/deadline.h"

namespace zdr::test {
namespace {

constexpr int kMembers = 64;

// Checks from the client, until it is stopped or one fails.
class Checking {
  public:
    explicit Checking(const NetNamespace& client)
        : thread_([this, &client] { client.run([this] { check_until_stopped(); }); }) {}
    Checking(const Checking&) = delete;
    Checking& operator=(const Checking&) = delete;
    ~Checking() { stop(); }

    int done() const { return done_; }
    // "", or what became of the first check that failed.
    std::string stop() {
        is_stopped_ = true;
        if (thread_.joinable()) thread_.join();
        return failure_;
    }

  private:
    void check_until_stopped() {
        while (!is_stopped_ && failure_.empty()) {
            failure_ = connect_to(kServerAddresses[done_ % 2], 2000).refusal();
            // Accepted by the kernel, and then reset with all that waits in the queue of a listener that closes.
            if (failure_ == "ECONNRESET") failure_.clear();
            ++done_;
        }
    }

    std::atomic<bool> is_stopped_{false};
    std::atomic<int> done_{0};
    std::string failure_;
    std::thread thread_;
};

int take_all(const std::vector<UniqueFd>& listeners) {
    int members = 0;
    for (const UniqueFd& one : listeners) {
        bool is_asked = false;
        while (took_connection(one)) is_asked = true;
        members += is_asked ? 1 : 0;
    }
    return members;
}

class ListenersGroupsTest : public ListenersTest, public testing::WithParamInterface<When> {
  protected:
    void check(int times) const {
        for (int i = 0; i < times; ++i) ASSERT_EQ(connect_client(kServerAddresses[i % 2], 2000).refusal(), "") << i;
    }
};

TEST_P(ListenersGroupsTest, ChecksAreSpreadOverAll) {
    std::vector<UniqueFd> group;
    load_around(GetParam(), [&] { group = listen_together(kMembers); });

    check(20 * kMembers);

    EXPECT_GT(take_all(group), kMembers / 2);
}

TEST_P(ListenersGroupsTest, HalfOfThemClose) {
    std::vector<UniqueFd> group;
    load_around(GetParam(), [&] { group = listen_together(kMembers); });
    check(100);

    for (int round = 0; round < 2; ++round) {
        Checking checking(client());
        for (std::size_t i = 0; i < group.size(); i += 2) group[i].reset();
        std::erase_if(group, [](const UniqueFd& one) { return !one; });
        const int before = checking.done();
        ASSERT_TRUE(eventually([&] { return checking.done() > before + 200; })) << checking.stop();
        EXPECT_EQ(checking.stop(), "") << group.size();
    }
}

// The kernel shows the sockets of a group newest first, or oldest first.
TEST_P(ListenersGroupsTest, OneEndOfThemCloses) {
    for (const bool newest : {false, true})
        for (const char* address : {"::", "0.0.0.0"}) {
            SCOPED_TRACE(testing::Message() << address << (newest ? ", the newest" : ", the oldest"));
            std::vector<UniqueFd> group;
            load_around(GetParam(), [&] { group = listen_together(kMembers, address); });
            const auto middle = group.begin() + kMembers / 2;
            group.erase(newest ? middle : group.begin(), newest ? group.end() : middle);

            for (int i = 0; i < 5; ++i) ASSERT_EQ(connect_client("10.9.0.1", 2000).refusal(), "") << i;

            group.clear();
            unload();
        }
}

TEST_P(ListenersGroupsTest, MoreThanAnyHostHasAreReplaced) {
    std::vector<UniqueFd> group;
    load_around(GetParam(), [&] { group = listen_together(5 * kMembers); });  // more than have entries
    std::vector<UniqueFd> next = listen_together(kMembers);

    group.clear();

    for (int i = 0; i < 5; ++i) EXPECT_EQ(connect_client("10.9.0.1", 2000).refusal(), "") << i;
}

TEST_P(ListenersGroupsTest, AllOfThemAreReplaced) {
    std::vector<UniqueFd> group;
    load_around(GetParam(), [&] { group = listen_together(kMembers); });
    Checking checking(client());

    for (int i = 0; i < 5; ++i) {
        std::vector<UniqueFd> next = listen_together(kMembers);
        group = std::move(next);
        const int before = checking.done();
        ASSERT_TRUE(eventually([&] { return checking.done() > before + 100; })) << checking.stop();
    }

    EXPECT_EQ(checking.stop(), "");
    group.clear();
    EXPECT_EQ(connect_client("10.9.0.1", 2000).refusal(), "ECONNREFUSED");
    EXPECT_TRUE(eventually([&] { return registered() == 0; })) << registered();
}

INSTANTIATE_TEST_SUITE_P(Listen, ListenersGroupsTest, testing::ValuesIn(kAllTimes),
                         [](const auto& when) { return name_of(when.param); });

}  // namespace
}  // namespace zdr::test
