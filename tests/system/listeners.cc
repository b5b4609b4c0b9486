#include "listeners.h"

#include <bpf/bpf.h>

#include <stdexcept>

#include "zdr/base/unique_fd.h"

namespace zdr::test {

std::string name_of(When when) {
    if (when == When::kBeforeTheLoad) return "BeforeTheLoad";
    return when == When::kBeforeItIsAdded ? "BeforeItIsAdded" : "AfterTheLoad";
}

void PrintTo(When when, std::ostream* out) {
    *out << name_of(when);
}

void ListenersTest::load_around(When when, const std::function<void()>& listen) const {
    if (when == When::kBeforeTheLoad) listen();
    load(when == When::kBeforeItIsAdded ? kAnotherServer : kRemoteEverywhere);
    if (when == When::kBeforeTheLoad) return;
    listen();
    if (when == When::kAfterTheLoad) return;
    const Output added =
        run(zdr().ctl({"add", "webA", "--port", "1000", "--status-port", "2000", "--backup-status-port", "3000"}));
    ASSERT_EQ(added.status, 0) << added.err;
}

std::size_t ListenersTest::registered() const {
    const UniqueFd map(bpf_obj_get((sandbox().state_dir() + "/live/zdr_listeners").c_str()));
    bpf_map_info info{};
    __u32 size = sizeof info;
    if (!map || bpf_obj_get_info_by_fd(map.get(), &info, &size) != 0)
        throw std::runtime_error("there is no table of listening sockets");
    std::vector<char> key(info.key_size);
    std::vector<char> next(info.key_size);
    std::size_t count = 0;
    for (const char* from = nullptr; bpf_map_get_next_key(map.get(), from, next.data()) == 0; from = key.data()) {
        key = next;
        ++count;
    }
    return count;
}

void ListenersTest::expect_connects(const std::string& address) const {
    EXPECT_EQ(connect_client(address, 2000).refusal(), "") << address;
    EXPECT_EQ(connect_to(address, 2000).refusal(), "") << address;
}

bool took_connection(const UniqueFd& listener) {
    return static_cast<bool>(UniqueFd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)));
}

std::vector<UniqueFd> listen_together(int count, const std::string& address) {
    std::vector<UniqueFd> out;
    for (int i = 0; i < count; ++i) {
        Attempt listening =
            listen_on(address, 1000, {.type = SOCK_STREAM | SOCK_NONBLOCK, .reuse_address = true, .reuse_port = true});
        if (listening.error != 0) throw std::runtime_error("listen on port 1000: " + listening.refusal());
        out.push_back(std::move(listening.fd));
    }
    return out;
}

}  // namespace zdr::test
