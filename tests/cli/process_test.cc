// The program itself, where its streams and signals count.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "child.h"
#include "table_test.h"

namespace zdr::test {
namespace {

class ProcessTest : public TableTest {
  protected:
    void SetUp() override {
        TableTest::SetUp();
        if (table) add_three();
    }
    // Becomes the program, its standard streams being these; never returns.
    int become(const std::vector<std::string>& args, int out, int err) const {
        std::vector<char*> argv = {const_cast<char*>(ZDR_ZDRCTL)};
        for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
        argv.push_back(nullptr);
        setenv("ZDR_STATE_DIR", table->path().c_str(), 1);
        if (dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0) return 99;
        execv(ZDR_ZDRCTL, argv.data());
        return 99;
    }
    // Runs the program to its end, standard output being out; its exit status. What it said on standard error is in
    // said.
    int run_program(const std::vector<std::string>& args, int out) {
        UniqueFd err(open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
        Child child([&] { return become(args, out, err.get()); });
        const int exit_status = child.wait();
        char text[4096];
        const ssize_t size = pread(err.get(), text, sizeof text, 0);
        said = std::string(text, static_cast<std::size_t>(size < 0 ? 0 : size));
        return exit_status;
    }
    // Reads until the pipe has given that many lines, its end, or the deadline.
    static std::string read_lines(int fd, int lines) {
        std::string out;
        pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
        while (std::count(out.begin(), out.end(), '\n') < lines && poll(&readable, 1, 20'000) == 1) {
            char text[4096];
            const ssize_t size = read(fd, text, sizeof text);
            if (size <= 0) break;
            out.append(text, static_cast<std::size_t>(size));
        }
        return out;
    }
    std::string said;
};

TEST_F(ProcessTest, AFullDiskUnderStandardOutputExits1) {
    UniqueFd full(open("/dev/full", O_WRONLY | O_CLOEXEC));

    for (const std::vector<std::string>& args :
         {std::vector<std::string>{"status"}, {"status", "--json"}, {"status", "--watch"}, {"help"}, {"--version"}}) {
        EXPECT_EQ(run_program(args, full.get()), 1) << args[0];
        EXPECT_NE(said.find("write to standard output: No space left on device\n"), std::string::npos) << said;
    }
}

TEST_F(ProcessTest, AReaderThatWentAwayHasSeenEnough) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    UniqueFd writer(ends[1]);
    close(ends[0]);

    for (const std::vector<std::string>& args :
         {std::vector<std::string>{"status"}, {"status", "--json"}, {"metrics"}, {"help"}, {"--version"}}) {
        EXPECT_EQ(run_program(args, writer.get()), 0) << args[0];
        EXPECT_EQ(said.find("zdrctl: "), std::string::npos) << said;
    }
}

TEST_F(ProcessTest, AFlipNeedsNoStandardOutput) {
    UniqueFd full(open("/dev/full", O_WRONLY | O_CLOEXEC));

    EXPECT_EQ(run_program({"drain", "webA", "--no-wait"}, full.get()), 0);
    EXPECT_EQ(state_of(0), "drain");
}

TEST_F(ProcessTest, AReaderThatHasSeenEnoughEndsAWatchWithoutAWord) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    UniqueFd err(open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    Child child([&] { return become({"status", "--watch", "--json"}, writer.get(), err.get()); });
    writer.reset();

    EXPECT_EQ(std::ranges::count(read_lines(reader.get(), 1), '\n'), 1);
    reader.reset();

    EXPECT_EQ(child.wait(), 0);
    char text;
    EXPECT_EQ(pread(err.get(), &text, 1, 0), 0) << "it says nothing";
}

TEST_F(ProcessTest, AnInterruptEndsAWatchWithOneLine) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    UniqueFd err(open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    Child child([&] { return become({"status", "--watch", "--json"}, writer.get(), err.get()); });
    writer.reset();

    const std::string shown = read_lines(reader.get(), 2);
    kill(child.pid(), SIGINT);

    EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 2) << shown;
    EXPECT_EQ(child.wait(), 130);
    char text[100];
    const ssize_t size = pread(err.get(), text, sizeof text, 0);
    EXPECT_EQ(std::string(text, static_cast<std::size_t>(std::max<ssize_t>(size, 0))), "zdrctl: status: interrupted\n");
}

TEST_F(ProcessTest, AWatchSeesAFlip) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    Child child([&] { return become({"status", "webA", "--watch", "--json"}, writer.get(), STDERR_FILENO); });
    writer.reset();

    const std::string before = read_lines(reader.get(), 1);
    ASSERT_EQ(flip({"drain", "webA"}), 0);
    std::string after;
    for (int i = 0; i < 3 && after.find("\"drain\"") == std::string::npos; ++i) after = read_lines(reader.get(), 1);

    EXPECT_NE(before.find("\"ready\""), std::string::npos) << before;
    EXPECT_NE(after.find("\"drain\""), std::string::npos) << after;
}

TEST_F(ProcessTest, ItWorksWithoutAnyStandardStream) {
    Child child([&] {
        close(STDIN_FILENO);
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        setenv("ZDR_STATE_DIR", table->path().c_str(), 1);
        execl(ZDR_ZDRCTL, ZDR_ZDRCTL, "drain", "webA", "--no-wait", nullptr);
        return 99;
    });

    EXPECT_EQ(child.wait(), 0);
    EXPECT_EQ(state_of(0), "drain");
}

}  // namespace
}  // namespace zdr::test
