// What a shell is offered for the last word of a line.
#include "cli/complete.h"

#include <gtest/gtest.h>

#include "made_up_program.h"

namespace zdr::test {
namespace {

cli::Completion completion(const Line& words) {
    return cli::complete(kProgram, words, [](const cli::Parsed&) { return Line{"lone", "webA", "webB"}; });
}

Line candidates(const Line& words) {
    const auto out = completion(words);
    EXPECT_EQ(out.shell, cli::Kind::kText) << words.back();
    return out.candidates;
}

// What the shell is asked for, where nothing else is offered.
cli::Kind shell(const Line& words) {
    const auto out = completion(words);
    EXPECT_EQ(out.candidates, Line{}) << words.back();
    return out.shell;
}

TEST(Complete, ACommandWhereNoneIsNamed) {
    EXPECT_EQ(candidates({"d"}), (Line{"drain", "doctor"}));
    EXPECT_EQ(candidates({"-q", "dr"}), Line{"drain"});
    EXPECT_EQ(candidates({"--state-dir", "/x", "dr"}), Line{"drain"});
    EXPECT_EQ(candidates({""}).size(), std::size(kCommands));  // with help, without complete
    EXPECT_EQ(candidates({"help", "sta"}), Line{"status"});
    EXPECT_EQ(candidates({"help", "status", "d"}), Line{});
    EXPECT_EQ(candidates({"x"}), Line{});
}

TEST(Complete, AServerThatIsNotNamedYet) {
    EXPECT_EQ(candidates({"drain", ""}), (Line{"lone", "webA", "webB"}));
    EXPECT_EQ(candidates({"drain", "webA", "--force", "web"}), Line{"webB"});
    EXPECT_EQ(candidates({"drain", "--reason", "webA", "web"}), (Line{"webA", "webB"}));
    EXPECT_EQ(candidates({"drain", "--", "l"}), Line{"lone"});
    EXPECT_EQ(candidates({"drain", "webA", "--", "webB", ""}), Line{"lone"});
    EXPECT_EQ(candidates({"wait", "webA", "--until", "l"}), Line{"lone"});
    EXPECT_EQ(candidates({"wait", "webA", "--until=l"}), Line{"--until=lone"});
}

TEST(Complete, ServersAreAskedForWithTheLineSoFar) {
    std::string state_dir;
    const Line words = {"--state-dir=/x", "drain", "-q", ""};

    cli::complete(kProgram, words, [&](const cli::Parsed& so_far) {
        state_dir = so_far.value("state-dir").value_or("none");
        EXPECT_EQ(so_far.command->name, "drain");
        EXPECT_TRUE(so_far.flag("quiet"));
        return Line{};
    });

    EXPECT_EQ(state_dir, "/x");
}

TEST(Complete, ServersAreAskedForOnlyWhereTheyMayStand) {
    for (const Line& words :
         {Line{"d"}, {"drain", "--f"}, {"add", ""}, {"wait", "--for", ""}, {"drain", "--reason", ""}})
        cli::complete(kProgram, words, [&](const cli::Parsed&) {
            ADD_FAILURE() << words.back();
            return Line{};
        });
}

TEST(Complete, AnOptionThatMayStillBeGiven) {
    EXPECT_EQ(candidates({"drain", "--f"}), Line{"--force"});
    EXPECT_EQ(candidates({"drain", "--force", "--f"}), Line{});
    EXPECT_EQ(candidates({"drain", "-f", "--f"}), Line{});
    EXPECT_EQ(candidates({"status", "--f"}), Line{});
    EXPECT_EQ(candidates({"--st"}), Line{"--state-dir"});
    EXPECT_EQ(candidates({"--haproxy", "x", "--h"}), (Line{"--haproxy", "--help"}));
    EXPECT_EQ(candidates({"add", "-"}).size(), std::size(kAdd) + std::size(kCommon) + 1);  // --haproxy is not read
    EXPECT_EQ(candidates({"drain", "--", "--f"}), Line{});
}

TEST(Complete, OneOfTheValuesOfAnOption) {
    EXPECT_EQ(candidates({"wait", "--for", "dr"}), Line{"drained"});
    EXPECT_EQ(candidates({"wait", "webA", "--for", ""}), (Line{"drained", "idle", "ready"}));
    EXPECT_EQ(candidates({"wait", "--for=dr"}), Line{"--for=drained"});
    EXPECT_EQ(candidates({"restart", "--on-busy", ""}), (Line{"continue", "fail"}));
    EXPECT_EQ(candidates({"wait", "--frob=dr"}), Line{});
    EXPECT_EQ(candidates({"wait", "--quiet=dr"}), Line{});
}

TEST(Complete, FilesAreTheShellsWhereFilesBelong) {
    EXPECT_EQ(shell({"--state-dir", ""}), cli::Kind::kDirectory);
    EXPECT_EQ(shell({"drain", "--state-dir", "/x"}), cli::Kind::kDirectory);
    EXPECT_EQ(shell({"drain", "--state-dir=/x"}), cli::Kind::kDirectory);
    EXPECT_EQ(shell({"--haproxy", ""}), cli::Kind::kFile);
    EXPECT_EQ(shell({"doctor", ""}), cli::Kind::kFile);
    EXPECT_EQ(shell({"doctor", "a.cfg", ""}), cli::Kind::kText);
    EXPECT_EQ(shell({"drain", "--reason", ""}), cli::Kind::kText);
    EXPECT_EQ(shell({"add", ""}), cli::Kind::kText);
    EXPECT_EQ(shell({"metrics", ""}), cli::Kind::kText);
}

TEST(Complete, WhatStandsAfterDashesIsTheShells) {
    EXPECT_EQ(shell({"restart", "webA", "--", ""}), cli::Kind::kCommand);
    EXPECT_EQ(shell({"restart", "webA", "--", "app", ""}), cli::Kind::kFile);
    EXPECT_EQ(shell({"complete", "--", ""}), cli::Kind::kText);
}

TEST(Complete, NothingWhereTheLineCannotBeUnderstood) {
    EXPECT_EQ(candidates({"frobnicate", ""}), Line{});
    EXPECT_EQ(candidates({"frobnicate", "--"}), Line{});
    EXPECT_EQ(candidates({"--", ""}), Line{});
    EXPECT_EQ(completion({}).candidates, Line{});
}

TEST(Complete, AMistakeInFrontDoesNotMatter) {
    EXPECT_EQ(candidates({"drain", "--force=yes", "-x", "--frob", "--rea"}), Line{"--reason"});
    EXPECT_EQ(candidates({"-x", "dr"}), Line{"drain"});
}

}  // namespace
}  // namespace zdr::test
