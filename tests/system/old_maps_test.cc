// Maps that another build has left: nothing is taken over that would be read wrong.
#include <bpf/bpf.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "support/app.h"
#include "support/deadline.h"
#include "support/kernel_objects.h"
#include "support/net.h"
#include "support/system_test.h"
#include "zdr/base/unique_fd.h"
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

TEST_F(OldMapsTest, OneThatIsMissingMeansAnotherBuild) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);
    const std::string pin = sandbox().state_dir() + "/live/" + kSocketsMap.name;
    ASSERT_EQ(unlink(pin.c_str()), 0);

    const Output output = zdr().load();

    expect_refusal(output, 1);
    EXPECT_NE(output.err.find(pin + " is not there"), std::string::npos) << output.err;
    EXPECT_NE(output.err.find("run zdr-loader unload, then zdr-loader load"), std::string::npos) << output.err;
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
}

TEST_F(OldMapsTest, OfOtherSizesAreNotReadByZdrctl) {
    load(kWebA);
    const std::string pin = sandbox().state_dir() + "/live/" + kStatesMap.name;
    change_size(pin, kStatesMap);

    const Output output = run(zdr().ctl({"status"}));

    expect_refusal(output, 3);
    EXPECT_NE(output.err.find(pin + " is another build's map"), std::string::npos) << output.err;
}

}  // namespace
}  // namespace zdr::test
