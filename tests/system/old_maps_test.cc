// Maps that another build has left: nothing is taken over that would be read wrong.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/app.h"
#include "support/deadline.h"
#include "support/kernel_objects.h"
#include "support/net.h"
#include "support/process.h"
#include "support/system_test.h"
#include "zdr/base/boot_clock.h"
#include "zdr/base/unique_fd.h"
#include "zdr/kernel/hook_pins.h"
#include "zdr/kernel/map_table.h"

namespace zdr::test {
namespace {

using OldMapsTest = SystemTest;

// Puts a map with values of another size in the place of a pinned one, as another build would have left it.
void change_size(const std::string& pin, const MapSpec& map) {
    const UniqueFd other(bpf_map_create(BPF_MAP_TYPE_HASH, map.name, map.key_size, map.value_size + 8, 16, nullptr));
    ASSERT_TRUE(other) << errno;
    ASSERT_EQ(unlink(pin.c_str()), 0);
    ASSERT_EQ(bpf_obj_pin(other.get(), pin.c_str()), 0);
}

TEST_F(OldMapsTest, OfOtherSizesAreNotTakenOver) {
    for (const MapSpec& map : {MapSpec(kFlowsMap), MapSpec(kServersMap)}) {
        load(kWebA);
        const App app("app", "127.0.0.1", 1000);
        const std::string pin = sandbox().state_dir() + "/live/" + map.name;
        change_size(pin, map);
        const std::vector<std::string> before = kernel_objects(sandbox());
        zdr().configure("# no servers\n");

        const Output output = zdr().load();

        expect_refusal(output, 1);
        EXPECT_NE(output.err.find(pin + " is another build's map (keys of"), std::string::npos) << output.err;
        EXPECT_NE(output.err.find("run zdr-loader unload, then zdr-loader load"), std::string::npos) << output.err;
        EXPECT_TRUE(eventually([&] { return kernel_objects(sandbox()) == before; }));
        EXPECT_EQ(ask("127.0.0.1", 2000), "app") << "what was loaded goes on";
        unload();
        expect_nothing_left();
    }
}

// Their sizes are not those of the map that is pinned.
TEST_F(OldMapsTest, RedirectsOfOtherSizesAreNotTakenOver) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);
    bpf_map_create_opts options{};
    options.sz = sizeof options;
    options.map_flags = BPF_F_NO_PREALLOC;
    const UniqueFd trie(bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, kRedirectTrie.name, kRedirectTrie.key_size,
                                       kRedirectTrie.value_size + 4, 16, &options));
    ASSERT_TRUE(trie) << errno;
    options.map_flags = 0;
    options.inner_map_fd = static_cast<__u32>(trie.get());
    const UniqueFd tries(bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, kRedirectsMap.name, 4, 4, 1, &options));
    ASSERT_TRUE(tries) << errno;
    const __u32 first = 0;
    const __u32 fd = options.inner_map_fd;
    ASSERT_EQ(bpf_map_update_elem(tries.get(), &first, &fd, BPF_ANY), 0);
    const std::string pin = sandbox().state_dir() + "/live/" + kRedirectsMap.name;
    ASSERT_EQ(unlink(pin.c_str()), 0);
    ASSERT_EQ(bpf_obj_pin(tries.get(), pin.c_str()), 0);

    const Output output = zdr().load();

    expect_refusal(output, 1);
    EXPECT_TRUE(contains(output.err, pin + " is another build's map (keys of")) << output.err;
    EXPECT_EQ(ask("127.0.0.1", 2000), "app") << "what was loaded goes on";
    unload();
    expect_nothing_left();
}

void set_abi(const std::string& pin, __u32 abi) {
    const UniqueFd map(bpf_obj_get(pin.c_str()));
    const __u32 first = 0;
    zdr_meta meta{};
    ASSERT_EQ(bpf_map_lookup_elem(map.get(), &first, &meta), 0);
    meta.abi = abi;
    ASSERT_EQ(bpf_map_update_elem(map.get(), &first, &meta, BPF_ANY), 0);
}

TEST_F(OldMapsTest, OfAnAbiThatThisBuildDoesNotKnowNothingIsTakenOver) {
    for (const __u32 abi : {__u32{ZDR_ABI_VERSION + 1}, __u32{0}}) {
        load(kWebA);
        const App app("app", "127.0.0.1", 1000);
        set_abi(sandbox().state_dir() + "/live/" ZDR_MAP_META, abi);

        const Output output = zdr().load();

        expect_refusal(output, 1);
        EXPECT_TRUE(contains(output.err, " has ABI " + std::to_string(abi) + ", and this build takes over "))
            << output.err;
        EXPECT_EQ(run(zdr().ctl({"status"})).status, 3) << "programs of one version";
        EXPECT_EQ(ask("127.0.0.1", 2000), "app") << "what was loaded goes on";
        unload();
        expect_nothing_left();
    }
}

TEST_F(OldMapsTest, OneThatNoProgramHasMeansAnotherBuild) {
    load(kWebA);
    const std::string live = sandbox().state_dir() + "/live/";
    for (const char* hook : kHooksOfEveryLoad) ASSERT_EQ(unlink((live + hook).c_str()), 0);
    ASSERT_EQ(unlink((live + kSocketsMap.name).c_str()), 0);

    const Output output = zdr().load();

    expect_refusal(output, 1);
    EXPECT_NE(output.err.find(live + kSocketsMap.name + " is not there"), std::string::npos) << output.err;
    EXPECT_NE(output.err.find("run zdr-loader unload, then zdr-loader load"), std::string::npos) << output.err;
}

TEST_F(OldMapsTest, OfOtherSizesAreNotReadByZdrctl) {
    load(kWebA);
    const std::string pin = sandbox().state_dir() + "/live/" + kStatesMapA.name;
    change_size(pin, kStatesMapA);

    const Output output = run(zdr().ctl({"status"}));

    expect_refusal(output, 3);
    EXPECT_NE(output.err.find(pin + " is another build's map"), std::string::npos) << output.err;
}

// Before ABI 3 (its values in the order of the record).
struct OldState {
    __u32 state;
    __u32 uid;
    __u64 expires_boot_ns;
    __u64 since_boot_ns;
    __u64 since_unix_ns;
    __u32 holder_pid;
    __u32 holder_pid_ns;
    __u64 holder_birth;
    char by[32];
    char reason[112];
};

// A fake: the maps of an older ABI with one server's state, in the place of those that this build's load has pinned.
void make_older(const std::string& live, __u32 abi, const OldState& record) {
    const auto unpin = [&](std::initializer_list<const char*> maps) {
        for (const char* map : maps) ASSERT_EQ(unlink((live + "/" + map).c_str()), 0) << map;
    };
    unpin({ZDR_MAP_STATES_A, ZDR_MAP_STATES_B, ZDR_MAP_FLIPS_A, ZDR_MAP_FLIPS_B});
    if (abi == 1) unpin({ZDR_MAP_SETTINGS, ZDR_MAP_SOCKETS, ZDR_MAP_LISTENERS, ZDR_MAP_LISTENING, ZDR_MAP_ACTIVITY});
    bpf_map_create_opts options{};
    options.sz = sizeof options;
    options.map_flags = BPF_F_NO_PREALLOC;
    const UniqueFd states(
        bpf_map_create(BPF_MAP_TYPE_HASH, "zdr_states", sizeof(__u32), sizeof record, ZDR_MAX_SERVERS, &options));
    const __u32 first = 0;
    ASSERT_EQ(bpf_map_update_elem(states.get(), &first, &record, BPF_ANY), 0);
    ASSERT_EQ(bpf_obj_pin(states.get(), (live + "/zdr_states").c_str()), 0);
    const UniqueFd meta_map(bpf_obj_get((live + "/" + ZDR_MAP_META).c_str()));
    zdr_meta meta{};
    ASSERT_EQ(bpf_map_lookup_elem(meta_map.get(), &first, &meta), 0);
    meta.abi = abi;
    meta.side = abi == 1 ? 1 : 0;  // where ABI 1 counted rewritten connections
    ASSERT_EQ(bpf_map_update_elem(meta_map.get(), &first, &meta, BPF_ANY), 0);
}

// How many connections were rewritten, as it is counted.
__u64 rewritten(const std::string& live) {
    const UniqueFd map(bpf_obj_get((live + "/" ZDR_MAP_ACTIVITY).c_str()));
    const __u32 first = 0;
    zdr_activity activity{};
    return bpf_map_lookup_elem(map.get(), &first, &activity) == 0 ? __u64{activity.flows_created} : ~__u64{0};
}

TEST_F(OldMapsTest, StatesOfAnOlderAbiAreCarriedOver) {
    for (const auto& [abi, keeps] : {std::pair(1U, false), {2U, false}, {1U, true}, {2U, true}}) {
        load(kWebA);
        const App app("app", "127.0.0.1", 1000);
        OldState record{};
        record.state = ZDR_DRAIN;
        record.uid = 1000;
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        const std::chrono::seconds since(1'767'261'600);  // 2026-01-01T10:00:00Z
        record.since_unix_ns = static_cast<__u64>(std::chrono::nanoseconds(since).count());
        record.since_boot_ns = static_cast<__u64>((boot_now() - (now - since)).count());
        record.expires_boot_ns = ~__u64{0} >> 1;
        std::memcpy(record.by, "deploy", 6);
        std::memcpy(record.reason, "release 42", 10);
        make_older(sandbox().state_dir() + "/live", abi, record);
        EXPECT_EQ(run(zdr().ctl({"status"})).status, 3) << "programs of one version";

        if (keeps)
            ASSERT_EQ(run({ZdrPrograms::loader_path(), "load", "--keep", "--state-dir", sandbox().state_dir()}).status,
                      0);
        else
            load(kWebA);

        const std::string status = zdr().status();
        for (const char* part : {"\"state\": \"drain\"", "\"by\": \"deploy\"", "\"reason\": \"release 42\"",
                                 "\"since\": \"2026-01-01T10:00:00Z\""})
            EXPECT_TRUE(contains(status, part)) << abi << ": " << status;
        EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED") << abi;
        EXPECT_EQ(rewritten(sandbox().state_dir() + "/live"), abi == 1 ? 1U : 0U) << "as ABI 1 counted them";
        flip("ready", "webA");
        EXPECT_EQ(ask("127.0.0.1", 2000), "app") << abi;
        load(kWebA);
        EXPECT_EQ(ask("127.0.0.1", 2000), "app") << abi;
        EXPECT_NE(access((sandbox().state_dir() + "/live/zdr_states").c_str(), F_OK), 0) << "nothing is left of it";
        unload();
        expect_nothing_left();
    }
}

// Of ABI 3: 16 bits of state, and the time in nanoseconds.
struct SideState {
    __u32 lock;
    __u16 state;
    __u16 flip;
    __u64 expires_boot_ns;
};

// A fake as above, of ABI 3: whoever flipped the server and why stays where this build has it.
void make_third(const std::string& live, const SideState& state) {
    for (const char* map : {ZDR_MAP_STATES_A, ZDR_MAP_STATES_B, ZDR_MAP_WAYS, ZDR_MAP_INSTANCES, ZDR_MAP_INSTANCE})
        ASSERT_EQ(unlink((live + "/" + map).c_str()), 0) << map;
    const __u32 first = 0;
    const std::unique_ptr<btf, decltype(&btf__free)> types{btf__new_empty(), btf__free};
    bpf_map_create_opts options{};
    options.sz = sizeof options;
    options.btf_key_type_id = static_cast<__u32>(btf__add_int(types.get(), "unsigned int", sizeof first, 0));
    const int lock = btf__add_struct(types.get(), "bpf_spin_lock", sizeof state.lock);
    btf__add_field(types.get(), "val", static_cast<int>(options.btf_key_type_id), 0, 0);
    options.btf_value_type_id = static_cast<__u32>(btf__add_struct(types.get(), "zdr_state", sizeof state));
    btf__add_field(types.get(), "lock", lock, 0, 0);
    ASSERT_EQ(btf__load_into_kernel(types.get()), 0);
    options.btf_fd = static_cast<__u32>(btf__fd(types.get()));
    for (const char* name : {"zdr_states_a", "zdr_states_b"}) {
        const UniqueFd map(
            bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof first, sizeof state, ZDR_MAX_SERVERS, &options));
        ASSERT_TRUE(map) << errno;
        ASSERT_EQ(bpf_map_update_elem(map.get(), &first, &state, BPF_F_LOCK), 0);
        ASSERT_EQ(bpf_obj_pin(map.get(), (live + "/" + name).c_str()), 0);
    }
    set_abi(live + "/" ZDR_MAP_META, 3);
}

TEST_F(OldMapsTest, StatesOfTheThirdAbiAreCarriedOver) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);
    flip("drain", "webA", {"--reason", "release 42"});
    const std::string live = sandbox().state_dir() + "/live";
    SideState record{};
    record.state = ZDR_DRAIN;
    record.flip = 1;
    record.expires_boot_ns = static_cast<__u64>((boot_now() + std::chrono::seconds(90)).count());
    make_third(live, record);
    EXPECT_EQ(run(zdr().ctl({"status"})).status, 3) << "programs of one version";
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED") << "what was loaded goes on";

    load(kWebA);

    const std::string status = zdr().status();
    for (const char* part :
         {"\"state\": \"drain\"", "\"by\": \"root\"", "\"reason\": \"release 42\"", "\"active_port\": 1000"})
        EXPECT_TRUE(contains(status, part)) << status;
    EXPECT_FALSE(contains(status, "\"expires\": null")) << status;
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    flip("ready", "webA");
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
    for (const char* name : {"/zdr_states_a", "/zdr_states_b"})
        EXPECT_NE(access((live + name).c_str(), F_OK), 0) << "nothing is left of it";
    unload();
    expect_nothing_left();
}

}  // namespace
}  // namespace zdr::test
