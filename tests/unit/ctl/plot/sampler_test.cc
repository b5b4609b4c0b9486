// The thread that asks HAProxys: those that answer, that do not, and that go away.
#include "ctl/plot/sampler.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <memory>

#include "support/deadline.h"
#include "unit/haproxy/fake_haproxy.h"
#include "zdr/base/boot_clock.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;
using ctl::PlottedLine;
using ctl::RecordedLine;
using ctl::SampledHaproxy;
using ctl::Sampler;

SampledHaproxy sampled(const std::string& place) {
    RecordedLine line{.line = {.name = "srvs/webA"}, .of = {{"srvs", "webA"}}};
    return {.endpoint = *parse_haproxy_endpoint(place), .backends = {"srvs"}, .lines = {std::move(line)}};
}

// Ten requests more at each question.
FakeHaproxy::Serve counting(std::atomic<int>& questions) {
    return [&questions](int connection) {
        FakeHaproxy::read_question(connection);
        const int count = 10 * ++questions;
        (void)FakeHaproxy::send_text(
            connection, "# pxname,svname,stot,status,req_tot,\nsrvs,webA,0,UP," + std::to_string(count) + ",\n\n");
    };
}

TEST(Sampler, SeesWhatIsServedUntilItEnds) {
    std::atomic<int> questions{0};
    const FakeHaproxy haproxy(FakeHaproxy::On::kUnix, counting(questions), FakeHaproxy::Connections::kMany);
    auto sampler = Sampler::start({sampled(haproxy.place())}, boot_now());
    ASSERT_TRUE(sampler) << sampler.error().text;
    ASSERT_TRUE(eventually([&] { return questions >= 3; }));

    const auto lines = sampler->finish();

    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].counts.size(), static_cast<std::size_t>(questions));
    EXPECT_EQ(lines[0].counts.back().total, 10U * static_cast<unsigned>(questions - 1));
    EXPECT_EQ(lines[0].statuses.size(), 1U);
}

TEST(Sampler, OneThatDoesNotAnswerHidesNoOther) {
    std::atomic<int> questions{0};
    const FakeHaproxy silent(FakeHaproxy::On::kUnix, FakeHaproxy::wait_for_end, FakeHaproxy::Connections::kMany);
    const FakeHaproxy haproxy(FakeHaproxy::On::kUnix, counting(questions), FakeHaproxy::Connections::kMany);
    auto sampler =
        Sampler::start({sampled(silent.place()), sampled("/nobody/is/here"), sampled(haproxy.place())}, boot_now());
    ASSERT_TRUE(sampler) << sampler.error().text;
    ASSERT_TRUE(eventually([&] { return questions >= 2; }));

    const auto lines = sampler->finish();

    ASSERT_EQ(lines.size(), 3U);
    EXPECT_TRUE(lines[0].counts.empty());
    EXPECT_TRUE(lines[1].counts.empty());
    EXPECT_GE(lines[2].counts.size(), 2U);
}

TEST(Sampler, IsGoneWithItsOwner) {
    std::atomic<int> questions{0};
    const FakeHaproxy haproxy(FakeHaproxy::On::kUnix, counting(questions), FakeHaproxy::Connections::kMany);

    { const auto sampler = Sampler::start({sampled(haproxy.place())}, boot_now()); }

    EXPECT_GE(questions, 2);  // at its beginning, and once more at its end
}

// Whoever waits for a signal gets it.
TEST(Sampler, TakesNoSignal) {
    std::atomic<int> questions{0};
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &interrupt, nullptr);
    const FakeHaproxy haproxy(FakeHaproxy::On::kUnix, counting(questions), FakeHaproxy::Connections::kMany);
    pthread_sigmask(SIG_UNBLOCK, &interrupt, nullptr);
    auto sampler = Sampler::start({sampled(haproxy.place())}, boot_now());
    ASSERT_TRUE(sampler) << sampler.error().text;
    pthread_sigmask(SIG_BLOCK, &interrupt, nullptr);

    kill(getpid(), SIGUSR2);

    const timespec longest{.tv_sec = 10, .tv_nsec = 0};
    EXPECT_EQ(sigtimedwait(&interrupt, nullptr, &longest), SIGUSR2);
    pthread_sigmask(SIG_UNBLOCK, &interrupt, nullptr);
    EXPECT_EQ(sampler->finish().size(), 1U);
}

}  // namespace
}  // namespace zdr::test
