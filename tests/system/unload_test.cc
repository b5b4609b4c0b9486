// unload: nothing of zdr's is left, and nothing of anybody else's is gone.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/app.h"
#include "support/deadline.h"
#include "support/kernel_objects.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using UnloadTest = SystemTest;

std::string mounts() {
    std::ifstream file("/proc/self/mounts");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST_F(UnloadTest, LeavesNothingInTheKernelTheMountsAndTheFiles) {
    const std::string mounts_before = mounts();
    ASSERT_TRUE(kernel_objects(sandbox()).empty());
    load(kWebA);
    const PinnedObjects pinned(sandbox());
    // Links (one more with tcx), programs; eight maps, the redirects and the constants.
    EXPECT_GE(pinned.count(), 7U + 8U + 10U);
    EXPECT_FALSE(kernel_objects(sandbox()).empty());

    unload();

    expect_nothing_left();
    EXPECT_TRUE(eventually([&] { return pinned.remaining().empty(); }));
    EXPECT_EQ(mounts(), mounts_before);
}

TEST_F(UnloadTest, LeavesNothingAfterManyLoadsAndFlips) {
    for (int i = 0; i < 5; ++i) {
        load(kWebA);
        flip(i % 2 == 0 ? "drain" : "ready", "webA");
    }
    const PinnedObjects pinned(sandbox());

    unload();

    expect_nothing_left();
    EXPECT_TRUE(eventually([&] { return pinned.remaining().empty(); }));
}

TEST_F(UnloadTest, OpensTheStatusPortAndEndsTheRedirect) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);
    flip("drain", "webA");

    unload();

    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");  // nobody listens
    const App own("own", "127.0.0.1", 2000);
    EXPECT_EQ(ask("127.0.0.1", 2000), "own");
}

TEST_F(UnloadTest, KeepsOpenConnections) {
    load(kWebA);
    const Attempt listener = listen_on("127.0.0.1", 1000);
    const Attempt connection = connect_to("127.0.0.1", 2000);
    ASSERT_EQ(connection.error, 0);
    const UniqueFd accepted(accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));

    unload();

    ASSERT_EQ(send(accepted.get(), "still", 5, MSG_NOSIGNAL), 5);
    ASSERT_EQ(shutdown(accepted.get(), SHUT_WR), 0);
    EXPECT_EQ(read_all(connection.fd), "still");
}

TEST_F(UnloadTest, TwiceIsDoneToo) {
    load(kWebA);
    unload();

    unload();

    expect_nothing_left();
}

TEST_F(UnloadTest, WithoutALoadIsDoneToo) {
    unload();

    expect_nothing_left();
}

TEST_F(UnloadTest, NeedsNoConfiguration) {
    load(kWebA);
    std::filesystem::remove(zdr().config());

    unload();

    expect_nothing_left();
}

TEST_F(UnloadTest, KeepsADirectoryThatHoldsAForeignPin) {
    load(kWebA);
    const std::string foreign = sandbox().state_dir() + "/foreign";
    ASSERT_EQ(run({"bpftool", "map", "create", foreign, "type", "array", "key", "4", "value", "4", "entries", "1",
                   "name", "foreign"})
                  .status,
              0);
    const std::string before = zdr().status();

    expect_refusal(zdr().unload(), 1);

    EXPECT_EQ(zdr().status(), before);
    std::filesystem::remove(foreign);
    unload();
    expect_nothing_left();
}

}  // namespace
}  // namespace zdr::test
