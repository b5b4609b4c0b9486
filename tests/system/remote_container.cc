#include "remote_container.h"

#include <bpf/bpf.h>

#include <fstream>
#include <stdexcept>

#include "zdr/base/unique_fd.h"
#include "zdr_abi.h"

namespace zdr::test {
namespace {

// As container engines publish a port.
constexpr const char* kPublish =
    "table ip nat {\n"
    "    chain pre {\n"
    "        type nat hook prerouting priority -100\n"
    "        fib daddr type local tcp dport 1000 dnat to 10.8.0.2:1000\n"
    "    }\n"
    "}\n"
    "table ip6 nat {\n"
    "    chain pre {\n"
    "        type nat hook prerouting priority -100\n"
    "        fib daddr type local tcp dport 1000 dnat to [fd08::2]:1000\n"
    "    }\n"
    "}\n";

}  // namespace

void RemoteContainerTest::SetUp() {
    RemoteTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    container_ = std::make_unique<NetNamespace>();
    connect_behind(*container_);
    const std::string rules = sandbox().directory() + "/publish.nft";
    std::ofstream(rules) << kPublish;
    const Output output = run({"nft", "-f", rules});
    ASSERT_EQ(output.status, 0) << output.err;
    load(kRemoteEverywhere);
}

std::size_t RemoteContainerTest::flows() const {
    const UniqueFd map(bpf_obj_get((sandbox().state_dir() + "/live/" ZDR_MAP_FLOWS).c_str()));
    if (!map) throw std::runtime_error("open zdr_flows");
    std::size_t count = 0;
    zdr_flow_key key{};
    zdr_flow_key next{};
    for (const zdr_flow_key* from = nullptr; bpf_map_get_next_key(map.get(), from, &next) == 0; from = &key) {
        key = next;
        ++count;
    }
    return count;
}

}  // namespace zdr::test
