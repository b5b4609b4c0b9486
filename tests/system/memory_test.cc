// What zdr takes of the kernel's memory, by the kernel's own account: for itself, and for each server, once its
// checkers have asked it.
#include <string>

#include "support/app.h"
#include "support/kernel_objects.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

constexpr int kMany = 1000;
constexpr std::uint16_t kAppPort = 1000;  // of all: only a check that succeeds is noted
constexpr std::uint64_t kMostWithoutServers = 6'000'000;
constexpr std::uint64_t kMostForAServer = 512;
constexpr std::uint64_t kMostForAListener = 100;

class MemoryTest : public SystemTest {
  protected:
    std::uint64_t memory() const { return PinnedObjects(sandbox()).memory(); }
};

std::string servers(bool has_backup_status_port) {
    std::string out;
    for (int i = 0; i < kMany; ++i) {
        out += "[server.web" + std::to_string(i) + "]\naddress = 127.0.0.1\nbackend = backend" + std::to_string(i) +
               "\nport = " + std::to_string(kAppPort) + "\nstatus-port = " + std::to_string(20000 + i) + "\n";
        if (has_backup_status_port) out += "backup-status-port = " + std::to_string(30000 + i) + "\n";
    }
    return out;
}

void ask_each(int first_port) {
    for (int i = 0; i < kMany; ++i) connect_to("127.0.0.1", static_cast<std::uint16_t>(first_port + i));
}

TEST_F(MemoryTest, WithoutServersItIsLittle) {
    load("");

    EXPECT_LT(memory(), kMostWithoutServers);
}

TEST_F(MemoryTest, AServerWithItsCountersTakesLittle) {
    load("");
    const std::uint64_t before = memory();
    const App app("app", "127.0.0.1", kAppPort);
    load(servers(false));
    const std::uint64_t configured = memory();

    ask_each(20000);

    EXPECT_GT(configured, before) << "does this kernel count the entries of maps?";
    EXPECT_GT(memory(), configured) << "the checks have been noted";
    EXPECT_LE(memory() - before, kMany * kMostForAServer + kMostForAListener);
    RecordProperty("bytes_a_server", static_cast<int>((memory() - before) / kMany));
}

TEST_F(MemoryTest, ABackupStatusPortDoesNotMakeItTooMuch) {
    load("");
    const std::uint64_t before = memory();
    const App app("app", "127.0.0.1", kAppPort);
    load(servers(true));

    ask_each(20000);
    ask_each(30000);

    EXPECT_LE(memory() - before, kMany * kMostForAServer + kMostForAListener);
    RecordProperty("bytes_a_server", static_cast<int>((memory() - before) / kMany));
}

}  // namespace
}  // namespace zdr::test
