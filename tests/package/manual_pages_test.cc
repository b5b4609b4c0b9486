// The manual pages say what the programs do: each command, option and key of the configuration has its place in its
// page, and mandoc finds nothing to say against them.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/program.h"
#include "ctl/command_table.h"
#include "options.h"
#include "zdr/config/config.h"
#include "zdr/config/server_keys.h"

namespace zdr::test {
namespace {

constexpr std::array kPages = {"zdrctl.8", "zdr-loader.8", "zdr.conf.5", "zdr-haproxy.7"};

std::string path_of(std::string_view page) {
    return std::string(ZDR_PAGES) + "/" + std::string(page);
}

std::string source_of(std::string_view page) {
    std::ifstream file(path_of(page));
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string output_of(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "re"), pclose);
    std::string out;
    char text[4096];
    while (pipe && fgets(text, sizeof text, pipe.get()) != nullptr) out += text;
    return out;
}

// As people read it, each run of space as one.
std::string shown(std::string_view page) {
    const std::string text = output_of("mandoc -T ascii " + path_of(page) + " | col -b");
    std::string out;
    for (const char one : text) {
        const bool is_space = one == ' ' || one == '\n' || one == '\t';
        if (!is_space)
            out += one;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    return out;
}

std::string usage_of(const cli::Option& option) {
    const std::string letter = option.letter == '\0' ? "" : std::string("-") + option.letter + ", ";
    const std::string argument = option.is_switch() ? "" : " " + std::string(option.argument);
    return " " + letter + "--" + std::string(option.name) + argument + " ";
}

void expect_whole(const cli::Program& program, std::string_view page) {
    const std::string text = shown(page);
    for (const cli::Command* command : cli::commands_of(program)) {
        const std::string usage = std::string(program.name) + " " + std::string(command->name);
        EXPECT_NE(text.find(" " + usage), std::string::npos) << page << " lacks the command " << usage;
        for (const cli::Option& option : command->options)
            EXPECT_NE(text.find(usage_of(option)), std::string::npos) << page << " lacks" << usage_of(option);
    }
    for (const cli::Option* option : cli::common_options_of(program))
        EXPECT_NE(text.find(usage_of(*option)), std::string::npos) << page << " lacks" << usage_of(*option);
}

// Each key of the page's lists, from "It Cm KEY".
std::multiset<std::string> keys_in_page() {
    std::multiset<std::string> out;
    std::ifstream file(path_of("zdr.conf.5"));
    constexpr std::string_view kItem = ".It Cm ";
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(kItem)) out.insert(line.substr(kItem.size()));
    return out;
}

// The parser names the keys that it knows when it meets another one: "...; it may be cgroup, rewriting".
std::multiset<std::string> keys_of_parser(std::string_view text) {
    const auto config = parse_config(text, "zdr.conf");
    EXPECT_FALSE(config);
    std::multiset<std::string> out;
    constexpr std::string_view kBefore = "it may be ";
    const std::string error = config ? "" : config.error().text;
    for (std::size_t at = error.find(kBefore) + kBefore.size(); at < error.size();) {
        const std::size_t end = std::min(error.find(", ", at), error.size());
        out.insert(error.substr(at, end - at));
        at = end + 2;
    }
    return out;
}

TEST(ManualPagesTest, HaveEachCommandAndOption) {
    expect_whole(ctl::program(), "zdrctl.8");
    expect_whole(loader::program(), "zdr-loader.8");
}

TEST(ManualPagesTest, HaveEachKeyOfTheConfigurationOnce) {
    auto keys = keys_of_parser("frob = 1\n");
    keys.merge(keys_of_parser("[server.a]\nfrob = 1\n"));
    ASSERT_GT(keys.size(), server_keys().size());

    EXPECT_EQ(keys_in_page(), keys);
}

TEST(ManualPagesTest, HaveEachExitStatus) {
    const std::string source = source_of("zdrctl.8");

    for (const char* status : {"0", "1", "2", "3", "4", "5", "6", "7", "130"})
        EXPECT_NE(source.find(std::string(".It ") + status + "\n"), std::string::npos) << status;
}

// What mandoc finds, but pages of other packages that are not installed here, or not in its database.
std::string lint(std::string_view page) {
    std::istringstream lines(output_of("mandoc -T lint " + path_of(page) + " 2>&1"));
    std::string out;
    for (std::string line; std::getline(lines, line);)
        if (line.find("referenced manual not found") == line.npos && line.find("outdated mandoc.db") == line.npos)
            out += line + "\n";
    return out;
}

TEST(ManualPagesTest, AreWhatMandocWants) {
    ASSERT_NE(output_of("command -v mandoc"), "") << "mandoc is missing; scripts/install-deps package installs it";
    for (const char* page : kPages) {
        ASSERT_NE(source_of(page), "") << page;
        EXPECT_EQ(lint(page), "");
    }
}

TEST(ManualPagesTest, HaveTheSameSections) {
    for (const char* page : kPages)
        for (const char* section : {"NAME", "DESCRIPTION", "FILES", "EXAMPLES", "SEE ALSO"})
            EXPECT_NE(source_of(page).find(std::string(".Sh ") + section + "\n"), std::string::npos) << page << section;
}

}  // namespace
}  // namespace zdr::test
