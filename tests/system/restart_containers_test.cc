// zdrctl restart with real containers, as docs/deploy-agents.md has it: replaced and restarted, with published ports
// and on the host's network. No client notices.
#include <filesystem>
#include <fstream>
#include <optional>

#include "restart_world.h"
#include "support/deadline.h"
#include "support/load.h"
#include "support/podman.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

struct Containers {
    const char* name;
    const char* script;  // of docs/deploy-agents.md
    bool is_published;   // else they are on the host's network
};

void PrintTo(const Containers& containers, std::ostream* out) {
    *out << containers.name;
}

// A file of docs/deploy-agents.md.
std::string documented(const std::string& name) {
    std::ifstream file(ZDR_SOURCE_DIR "/docs/deploy-agents.md");
    std::string out;
    bool is_inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("```"))
            is_inside = line == "```sh " + name;
        else if (is_inside)
            out += line + "\n";
    }
    return out;
}

class ContainersTest : public RestartTest, public testing::WithParamInterface<Containers> {
  protected:
    void start() {
        podman_.emplace(sandbox());
        for (const auto& [name, port] : {std::pair("webA", "1000"), {"webB", "1001"}}) {
            if (GetParam().is_published)
                podman_->run_web(name, {std::string("127.0.0.1:") + port + ":80"});
            else
                podman_->run_web_on_host(name, port);
        }
        load(kTwoPortServers);
        start_haproxy();
        write_programs();
    }

    // The script, which finds this podman and this zdrctl.
    Output run_script(const Command& arguments) const {
        return run(Command{"sh", "-c", "PATH=" + sandbox().directory() + ":$PATH; " + documented(GetParam().script),
                           GetParam().script} +
                       arguments,
                   60s);
    }

    // When a container has started; "" where it does not run.
    std::string started(const std::string& name) const {
        return run(podman_->command({"inspect", "--format", "{{if .State.Running}}{{.State.StartedAt}}{{end}}", name}))
            .out;
    }

  private:
    void write_programs() const {
        const std::string directory = sandbox().directory();
        podman_->write_program(directory + "/podman");
        std::ofstream(directory + "/zdrctl") << "#!/bin/sh\nexport ZDR_STATE_DIR=" << sandbox().state_dir() << "\nexec "
                                             << ZdrPrograms::ctl_path() << " \"$@\"\n";
        std::filesystem::permissions(directory + "/zdrctl", std::filesystem::perms::owner_all);
    }

    std::optional<Podman> podman_;
};

TEST_P(ContainersTest, AreRestartedWithoutAFailedRequest) {
    ASSERT_NE(documented(GetParam().script), "");
    start();
    const std::string before[] = {started("webA"), started("webB")};
    const std::string directory = sandbox().directory();
    Load strangers(directory, kBalancer, {.connections = 20, .pause = 5ms, .header = ""});
    Load known(directory, kBalancer, {.connections = 10, .pause = 5ms, .header = "Cookie: SRV=A"});
    const bool takes_image = documented(GetParam().script).find("IMAGE SERVER...") != std::string::npos;

    const Output output = run_script((takes_image ? Command{"zdr-app"} : Command{}) + Command{"webA", "webB"});

    EXPECT_EQ(output.status, 0) << output.err;
    const std::string after[] = {started("webA"), started("webB")};
    for (const int i : {0, 1}) {
        EXPECT_GT(after[i].size(), 1U) << "it does not run";
        EXPECT_NE(after[i], before[i]);
    }
    for (Load* load : {&strangers, &known}) {
        const LoadReport report = load->report();
        EXPECT_GT(report.requests, 100) << report.text;
        EXPECT_EQ(report.socket_errors + report.bad_answers, 0) << report.text << output.err;
    }
}

INSTANTIATE_TEST_SUITE_P(Each, ContainersTest,
                         testing::Values(Containers{"PublishedReplaced", "containers.sh", true},
                                         Containers{"PublishedRestarted", "same-containers.sh", true},
                                         Containers{"OnTheHostReplaced", "host-network.sh", false},
                                         Containers{"OnTheHostRestarted", "same-containers.sh", false}),
                         [](const auto& containers) { return std::string(containers.param.name); });

}  // namespace
}  // namespace zdr::test
