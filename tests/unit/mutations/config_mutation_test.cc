// parse_config() over texts that are almost right: mutations of a good file, the same at every run.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "support/config_invariants.h"

namespace zdr::test {
namespace {

const std::vector<std::string> kPieces = {"cgroup = auto\n",
                                          "interface = eth0\n",
                                          "interface = auto\n",
                                          "group = zdr\n",
                                          "[server.webA]\n",
                                          "[server.webB]\r\n",
                                          "address = *\n",
                                          "address = 127.0.0.1\n",
                                          "address = 2001:db8::1\n",
                                          "port = 1000\n",
                                          "port = 1001\n",
                                          "status-port = 2000\n",
                                          "status-port = 2001\n",
                                          "backup-status-port = 3000\n",
                                          "backend = srvs\n",
                                          "fall = 3\n",
                                          "rise = 2\n",
                                          "inter = 2s\n",
                                          "start = last\n",
                                          "# comment\n",
                                          "\n",
                                          "[",
                                          "]",
                                          "[]\n",
                                          "=",
                                          "#",
                                          ".",
                                          "\r",
                                          "\t",
                                          std::string(1, '\0'),
                                          "\xff",
                                          "\xef\xbb\xbf",
                                          "\x1b[2J",
                                          "65536",
                                          "99999999999999999999",
                                          "-1",
                                          "[backend.x]\n",
                                          std::string(4097, 'a'),
                                          "server.webA.port = 1\n"};

const std::string kGood =
    "cgroup = auto\ninterface = eth0\ngroup = zdr\n[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = "
    "2000\n"
    "backup-status-port = 3000\nbackend = srvs\nfall = 3\nrise = 2\ninter = 2s\nstart = ready\n"
    "[server.webB]\naddress = ::1\nport = 1001\nstatus-port = 2001\n";

class Mutator {
  public:
    std::string next() {
        std::string text = below(4) == 0 ? "" : kGood;
        for (std::size_t times = below(12); times > 0; --times) mutate(text);
        return text;
    }

  private:
    std::size_t below(std::size_t limit) { return random_() % limit; }

    void mutate(std::string& text) {
        const std::size_t at = below(text.size() + 1);
        switch (below(5)) {
            case 0:
                if (at < text.size()) text[at] = static_cast<char>(below(256));
                break;
            case 1:
                text.erase(at, below(40));
                break;
            case 2:
                text.insert(at, text.substr(below(text.size() + 1), below(60)));
                break;
            default:
                text.insert(at, kPieces[below(kPieces.size())]);
        }
    }

    std::mt19937_64 random_{1};  // its sequence is fixed by the standard
};

TEST(ConfigMutations, NeverCrashAndEachErrorNamesItsLine) {
    constexpr int kMutations = 100'000;  // a second or so
    Mutator mutator;
    std::size_t good = 0;
    std::size_t bad = 0;

    for (int i = 0; i < kMutations; ++i) {
        const std::string text = mutator.next();

        const std::string complaint = config_complaint(text);

        ASSERT_EQ(complaint, "") << text;
        ++(parse_config(text, "zdr.conf") ? good : bad);
    }

    EXPECT_GT(good, 50U);
    EXPECT_GT(bad, 1000U);
}

}  // namespace
}  // namespace zdr::test
