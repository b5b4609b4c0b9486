// Listening sockets that were made in another cgroup: outside of zdr's (socket activation), and below it.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>

#include "listeners.h"
#include "listeners_cgroup_bpf.skel.h"
#include "support/require.h"

namespace zdr::test {
namespace {

void join(const std::string& cgroup) {
    std::ofstream file(cgroup + "/cgroup.procs");
    file << "0" << std::flush;
    require(static_cast<bool>(file), "join " + cgroup);
}

// A cgroup below zdr's, with somebody else's programs.
class ChildCgroup {
  public:
    explicit ChildCgroup(const std::string& parent)
        : path_(parent + "/child"), programs_(listeners_cgroup_bpf::open_and_load()) {
        require(programs_ != nullptr, "load the child's programs");
        require(mkdir(path_.c_str(), 0755) == 0, "make " + path_);
        const UniqueFd cgroup(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
        require(bpf_prog_attach(bpf_program__fd(programs_->progs.other_sock_ops), cgroup.get(), BPF_CGROUP_SOCK_OPS,
                                0) == 0 &&
                    bpf_prog_attach(bpf_program__fd(programs_->progs.child_connect4), cgroup.get(),
                                    BPF_CGROUP_INET4_CONNECT, 0) == 0,
                "attach the child's programs");
    }
    ChildCgroup(const ChildCgroup&) = delete;
    ChildCgroup& operator=(const ChildCgroup&) = delete;
    ~ChildCgroup() {
        rmdir(path_.c_str());  // its programs go with it
        listeners_cgroup_bpf::destroy(programs_);
    }

    const std::string& path() const { return path_; }
    std::uint64_t sock_ops_calls() const { return programs_->bss->sock_ops_calls; }
    std::uint64_t connect4_calls() const { return programs_->bss->connect4_calls; }

  private:
    std::string path_;
    listeners_cgroup_bpf* programs_;
};

class ListenersCgroupTest : public ListenersTest, public testing::WithParamInterface<When> {
  protected:
    // Does this as a process in another cgroup would: a socket stays that of the cgroup where it was made.
    template <class Function>
    auto as_member_of(const std::string& cgroup, Function&& function) const {
        join(cgroup);
        auto out = function();
        join(sandbox().cgroup());
        return out;
    }
    UniqueFd listen_in(const std::string& cgroup) const {
        return as_member_of(cgroup, [] {
            Attempt listening = listen_on("::", 1000, {.type = SOCK_STREAM | SOCK_NONBLOCK, .reuse_address = true});
            require(listening.error == 0, "listen");
            return std::move(listening.fd);
        });
    }
    void expect_flips_seen() const {
        for (const char* state : {"ready", "drain", "ready"}) {
            flip(state, "webA");
            const char* refusal = std::string_view(state) == "ready" ? "" : "ECONNREFUSED";
            for (const char* address : kServerAddresses) {
                EXPECT_EQ(connect_client(address, 2000).refusal(), refusal) << state << " " << address;
                EXPECT_EQ(connect_to(address, 2000).refusal(), refusal) << state << " " << address;
            }
        }
    }
};

// As systemd listens for a service, which it starts with the descriptor. After the load zdr is not told of it, so the
// flip to ready finds it.
TEST_P(ListenersCgroupTest, OneFromOutsideIsReached) {
    UniqueFd listener;

    load_around(GetParam(), [&] { listener = listen_in(cgroup_root()); });

    expect_flips_seen();
    EXPECT_TRUE(took_connection(listener));
}

TEST_P(ListenersCgroupTest, OneFromBelowWithProgramsOfItsOwnIsReached) {
    const ChildCgroup child(sandbox().cgroup());
    UniqueFd listener;

    load_around(GetParam(), [&] { listener = listen_in(child.path()); });

    for (const char* address : kServerAddresses) expect_connects(address);
    expect_flips_seen();
    EXPECT_GT(child.sock_ops_calls(), 0U);
    const Attempt local = as_member_of(child.path(), [] { return connect_to("10.9.0.1", 2000); });
    EXPECT_EQ(local.refusal(), "");
    EXPECT_EQ(child.connect4_calls(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Listens, ListenersCgroupTest, testing::ValuesIn(kAllTimes),
                         [](const auto& when) { return name_of(when.param); });

}  // namespace
}  // namespace zdr::test
