// Completion as people meet it: real bash, zsh and fish on a terminal, a line that is begun, the tabulator key, and
// Enter. What the line has become is what a stand-in for zdrctl is then run with.
#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "child.h"
#include "table_test.h"

namespace zdr::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBash = "bash";
constexpr const char* kZsh = "zsh";
constexpr const char* kFish = "fish";

// A shell that runs on a terminal of its own until this dies.
class Terminal {
  public:
    explicit Terminal(const std::vector<std::string>& command) {
        std::vector<char*> args;
        for (const std::string& one : command) args.push_back(const_cast<char*>(one.c_str()));
        args.push_back(nullptr);
        int end = -1;
        pid_ = forkpty(&end, nullptr, nullptr, nullptr);
        if (pid_ == 0) {
            execvp(args.front(), args.data());
            _exit(127);
        }
        end_ = UniqueFd(end);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal() {
        if (pid_ <= 0) return;
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }

    void type(const std::string& keys) const {
        EXPECT_EQ(write(end_.get(), keys.data(), keys.size()), std::ssize(keys));
    }
    // Waits until the text is on the terminal, after the last one that was waited for.
    bool shows(const std::string& text) {
        const bool is_shown = eventually([&] {
            read_more();
            return screen_.find(text) != std::string::npos;
        });
        EXPECT_TRUE(is_shown) << "'" << text << "' is not in: " << screen_;
        if (is_shown) screen_.erase(0, screen_.find(text) + text.size());
        return is_shown;
    }

  private:
    void read_more() {
        pollfd input{.fd = end_.get(), .events = POLLIN, .revents = 0};
        char text[4096];
        while (poll(&input, 1, 0) == 1 && (input.revents & POLLIN) != 0) {
            const ssize_t size = read(end_.get(), text, sizeof text);
            if (size <= 0) return;
            screen_.append(text, static_cast<std::size_t>(size));
        }
    }

    pid_t pid_ = -1;
    UniqueFd end_;
    std::string screen_;
};

class ShellsTest : public TableTest, public testing::WithParamInterface<const char*> {
  protected:
    void SetUp() override {
        TableTest::SetUp();
        if (!table) return;
        add_three();
        char name[] = "/tmp/zdr-shells-XXXXXX";
        ASSERT_NE(mkdtemp(name), nullptr);
        directory_ = name;
        // It asks the real zdrctl what may stand there, and shows what else it is run with.
        write("zdrctl", "#!/bin/sh\n[ \"$1\" != complete ] || exec " ZDR_ZDRCTL
                        " \"$@\"\nprintf '[%s]' \"$@\"\nprintf '\\n<done>\\n'\n");
        fs::permissions(directory_ / "zdrctl", fs::perms::owner_all);
        write("haproxy.cfg", "");
        fs::create_directory(directory_ / "states");
        fs::copy(fs::path(ZDR_COMPLETION).parent_path() / "_zdr", directory_ / "_zdr");
        setenv("PATH", (directory_.string() + ":" + getenv("PATH")).c_str(), 1);
        setenv("ZDR_STATE_DIR", table->path().c_str(), 1);
        setenv("HOME", directory_.c_str(), 1);
        setenv("TERM", "dumb", 1);
        setenv("PS1", "<prompt>", 1);
        unsetenv("XDG_CONFIG_HOME");
        if (GetParam() == std::string(kFish)) {
            write("init", "function fish_prompt; echo '<prompt>'; end\n");
            // Where this is missing, a process makes it from all manual pages, and outlives the shell and the test.
            fs::create_directories(directory_ / ".local/share/fish/generated_completions");
        }
        if (GetParam() == std::string(kZsh))
            write(".zshrc", "PS1='<prompt>'\nfpath=(~ $fpath)\nautoload -U compinit\ncompinit -u -D\n");
    }
    void TearDown() override {
        if (!directory_.empty()) fs::remove_all(directory_);
    }

    // What zdrctl is run with when the line is typed, then tabulator and Enter.
    void expect(const std::string& line, const std::string& ran) {
        Terminal shell(command());
        if (!shell.shows("<prompt>")) return;
        if (GetParam() == std::string(kBash)) prepare_bash(shell);
        shell.type("cd " + directory_.string() + "; echo '<'here'>'\r");
        if (!shell.shows("<here>") || !shell.shows("<prompt>")) return;

        shell.type(line + "\t\r");

        EXPECT_TRUE(shell.shows(ran + "\r\n<done>")) << line;
    }

  private:
    void write(const char* name, const std::string& text) const { std::ofstream(directory_ / name) << text; }
    static std::vector<std::string> command() {
        if (GetParam() == std::string(kBash)) return {"bash", "--norc", "--noprofile", "-i"};
        if (GetParam() == std::string(kZsh)) return {"zsh", "-i"};
        return {"fish", "--private", "-i", "-C",
                "source " + (fs::path(ZDR_COMPLETION).parent_path() / "zdr.fish").string() + "; source ~/init"};
    }
    static void prepare_bash(Terminal& shell) {
        shell.type("source " ZDR_COMPLETION "; echo '<'sourced'>'\r");
        if (shell.shows("<sourced>")) shell.shows("<prompt>");
    }

    fs::path directory_;
};

TEST_P(ShellsTest, CompleteCommandsOptionsAndServers) {
    expect("zdrctl dra", "[drain]");
    expect("zdrctl drain lo", "[drain][lone]");
    expect("zdrctl drain webA --unc", "[drain][webA][--unchecked]");
}

TEST_P(ShellsTest, CompleteValues) {
    expect("zdrctl wait webA --for id", "[wait][webA][--for][idle]");
    expect("zdrctl wait webA --for=id", "[wait][webA][--for=idle]");
    expect("zdrctl restart webA --batch 5", "[restart][webA][--batch][50%]");
}

TEST_P(ShellsTest, CompleteFilesOnlyWhereFilesBelong) {
    expect("zdrctl import hapr", "[import][haproxy.cfg]");
    expect("zdrctl --haproxy=hapr", "[--haproxy=haproxy.cfg]");
    // zsh takes away the slash that it has put there.
    expect("zdrctl --state-dir stat",
           GetParam() == std::string(kZsh) ? "[--state-dir][states]" : "[--state-dir][states/]");
    expect("zdrctl restart webA -- cat hapr", "[restart][webA][--][cat][haproxy.cfg]");
    expect("zdrctl drain hapr", "[drain][hapr]");
    expect("zdrctl drain --reason hapr", "[drain][--reason][hapr]");
}

INSTANTIATE_TEST_SUITE_P(Of, ShellsTest, testing::Values(kBash, kZsh, kFish),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace zdr::test
