// zdr-loader check: what this host offers, found out without leaving a trace.
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "support/namespace.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using CheckTest = SystemTest;

TEST_F(CheckTest, FindsEverythingHere) {
    const Output output = run(zdr().loader({"check"}));

    EXPECT_EQ(output.status, 0) << output.out << output.err;
    EXPECT_EQ(output.err, "");
    std::istringstream lines(output.out);
    int found = 0;
    for (std::string line; std::getline(lines, line);) {
        // A host may lack the group zdr, and Linux before 6.5 cannot end connections (RemoteKeptTest knows).
        EXPECT_TRUE(line.starts_with("ok ") || line.starts_with("note     group zdr") ||
                    line.starts_with("note     kept connections"))
            << line;
        ++found;
    }
    EXPECT_GE(found, 10);
    expect_nothing_left();
}

TEST_F(CheckTest, LeavesWhatIsLoadedAlone) {
    load(kWebA);
    flip("drain", "webA");
    const std::string before = zdr().status();

    EXPECT_EQ(run(zdr().loader({"check"})).status, 0);

    EXPECT_EQ(zdr().status(), before);
    unload();
    expect_nothing_left();
}

TEST_F(CheckTest, SaysWhatIsMissing) {
    ip({"link", "set", "lo", "down"});

    const Output output = run(zdr().loader({"check"}));

    EXPECT_EQ(output.status, 1);
    EXPECT_NE(output.out.find("missing  redirect"), std::string::npos) << output.out;
    expect_nothing_left();
}

// As systemd mounts it.
TEST_F(CheckTest, FindsThatTheGroupMayUseBpfWhereTheBpffsIsRootsAlone) {
    std::vector<std::string> command = {"unshare",
                                        "--mount",
                                        "--propagation",
                                        "private",
                                        "sh",
                                        "-c",
                                        "mount -t bpf -o mode=700 bpf /sys/fs/bpf && exec \"$@\"",
                                        "-"};
    for (std::string& argument : zdr().loader({"check"})) command.push_back(std::move(argument));

    const Output output = run(command);

    EXPECT_NE(output.out.find("ok       bpf() for others"), std::string::npos) << output.out << output.err;
}

TEST_F(CheckTest, LeavesNoFiles) {
    const auto count = [] {
        int found = 0;
        for (const auto& entry : std::filesystem::directory_iterator("/tmp"))
            found += entry.path().filename().string().starts_with("zdr-check-") ? 1 : 0;
        return found;
    };

    EXPECT_EQ(run(zdr().loader({"check"})).status, 0);

    EXPECT_TRUE(eventually([&] { return count() == 0; }));  // others may be checking at this moment
}

}  // namespace
}  // namespace zdr::test
