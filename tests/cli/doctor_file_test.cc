// zdrctl doctor on a file alone: each finding by the line that causes it, and no false alarm on healthy files. Whether
// HAProxy takes these files is asked in tests/system.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "ctl/doctor/haproxy_findings.h"
#include "golden.h"
#include "support/haproxy_mutations.h"
#include "support/test_env.h"
#include "table_test.h"

namespace zdr::test {
namespace {

const std::string kHealthy =
    "defaults\n"
    "    mode http\n"
    "    option redispatch 1\n"
    "backend srvs\n"
    "    cookie SRV insert indirect nocache\n"
    "    server webA 127.0.0.1:1000 cookie A check port 2000\n"
    "    server webB 127.0.0.1:1001 cookie B check port 2001\n"
    "    server bkpA 127.0.0.1:1000 cookie A check port 3000 backup\n"
    "    server bkpB 127.0.0.1:1001 cookie B check port 3001 backup\n"
    "    load-server-state-from-file local\n";

class DoctorFile : public ::testing::Test {
  protected:
    void SetUp() override {
        char name[] = "/tmp/zdr-doctor-XXXXXX";
        ASSERT_NE(mkdtemp(name), nullptr);
        directory_ = name;
        env.variables["ZDR_STATE_DIR"] = directory_ + "/none";
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    std::string written(const std::string& text) const {
        const std::string path = directory_ + "/h.cfg";
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }
    // "problem webA:6 has ..." for each finding, those of one kind together.
    std::vector<std::string> found(const std::string& text) {
        const std::string path = written(text);
        status_ = env.run({"doctor", path, "--json"});
        std::vector<std::string> out;
        const auto document = nlohmann::json::parse(env.out_text);
        for (const auto& one : document["findings"]) {
            const auto add = [&](const nlohmann::json& finding) {
                std::string place = finding["place"].is_null() ? "" : std::string(finding["place"]);
                place.erase(0, place.rfind(':'));
                out.push_back(std::string(one["kind"]) + " " + std::string(finding["subject"]) + place + " " +
                              std::string(finding["what"]));
                EXPECT_NE(finding["do"], "");
            };
            add(one);
            for (const auto& other : one["others"]) add(other);
            EXPECT_EQ(one["count"], one["others"].size() + 1);
            EXPECT_NE(one["why"], "");
            EXPECT_NE(one["id"], "");
        }
        return out;
    }
    // kHealthy with something else in the place of a text.
    static std::string changed(const std::string& from, const std::string& to) {
        std::string out = kHealthy;
        return out.replace(out.find(from), from.size(), to);
    }

    TestEnv env;
    int status_ = 0;

  private:
    std::string directory_;
};

using Texts = std::vector<std::string>;

TEST_F(DoctorFile, OfAHealthyFileSaysWhatWasLookedAt) {
    const std::string path = written(kHealthy);

    EXPECT_EQ(env.run({"doctor", path}), 0);

    EXPECT_EQ(env.err_text, "");
    EXPECT_EQ(env.out_text, "no problems found\nlooked at: " + path +
                                " (4 servers, 2 for zdr)\nnot looked at: this host: zdr is not loaded at " +
                                env.variables["ZDR_STATE_DIR"] + "; run zdr-loader load --state-dir " +
                                env.variables["ZDR_STATE_DIR"] + "\n");
}

TEST_F(DoctorFile, OfABadOneIsTheGoldenText) {
    std::ifstream file(ZDR_GOLDEN_DIR "/doctor.cfg");
    const std::string path = written({std::istreambuf_iterator<char>(file), {}});

    EXPECT_EQ(env.run({"doctor", path}), 1);

    std::string text = env.out_text + env.err_text;
    const std::string directory = path.substr(0, path.rfind('/') + 1);
    for (auto at = text.find(directory); at != text.npos; at = text.find(directory)) text.erase(at, directory.size());
    expect_golden("doctor.txt", text);
}

// Those that HAProxy's package brings: no server of theirs is checked on a port of its own.
TEST_F(DoctorFile, OfHaproxysOwnExamplesFindsNothing) {
    std::error_code none;
    bool has_any = false;
    for (const auto& entry : std::filesystem::directory_iterator("/usr/share/doc/haproxy/examples", none)) {
        if (entry.path().extension() != ".cfg") continue;
        has_any = true;

        EXPECT_EQ(env.run({"doctor", entry.path()}), 0) << env.err_text;

        EXPECT_TRUE(env.out_text.starts_with("no problems found\n")) << env.out_text;
    }
    EXPECT_TRUE(has_any || !is_strict()) << "no example is here";
}

TEST_F(DoctorFile, OfTheDemoIsANoteOnReloads) {
    env.variables["APP_HOST"] = "127.0.0.1";
    env.variables["HAPROXY_SOCKET"] = "/run/haproxy.sock";

    EXPECT_EQ(env.run({"doctor", ZDR_SOURCE_DIR "/scripts/demo.d/haproxy.cfg"}), 0);

    EXPECT_TRUE(env.out_text.starts_with("note: backend ")) << env.out_text;
    EXPECT_NE(env.out_text.find("  id:  reload-forgets\n\nno problems found\n"), std::string::npos) << env.out_text;
}

TEST_F(DoctorFile, OfTheClassicBackendIsOneNote) {
    EXPECT_EQ(found("backend srvs\n load-server-state-from-file local\n"
                    "    cookie SRV insert indirect nocache\n"
                    "    server webA 127.0.0.1:1000 cookie A check port 2000 inter 2000\n"
                    "    server webB 127.0.0.1:1001 cookie B check port 2001 inter 2000\n"
                    "    server bkpA 127.0.0.1:1000 cookie A check port 1000 inter 2000 backup\n"
                    "    server bkpB 127.0.0.1:1001 cookie B check port 1001 inter 2000 backup\n"),
              Texts{"note backend srvs:1 has cookies, but no \"option redispatch\""});
    EXPECT_EQ(status_, 0);
}

TEST_F(DoctorFile, WhatHasNothingToDoWithZdrIsNotLookedAt) {
    EXPECT_EQ(found("backend b\n cookie S insert\n default-server on-marked-down shutdown-sessions\n"
                    " server a 10.0.0.1:80 cookie A check\n server b 10.0.0.1:80 check disabled backup\n"),
              Texts{});
}

TEST_F(DoctorFile, NoRedispatchIsANoteThatDoesNotFail) {
    const std::string note = "note backend srvs:4 has cookies, but no \"option redispatch\"";
    for (const char* line : {"no option redispatch", "default option redispatch", "option redispatch 0", "retries 3"}) {
        EXPECT_EQ(found(changed("option redispatch 1", line)), Texts{note}) << line;
        EXPECT_EQ(status_, 0) << env.err_text;
    }
    EXPECT_EQ(found(changed("    cookie SRV", "    no option redispatch\n    cookie SRV")), Texts{note});
    EXPECT_EQ(found(changed("    cookie SRV insert indirect nocache", "    no option redispatch")).size(), 0U)
        << "without cookies nobody is stuck to a server";
    EXPECT_EQ(found(changed("option redispatch 1", "mode tcp")), Texts{}) << "HAProxy ignores the cookies";
    EXPECT_EQ(found(changed("redispatch 1", "redispatch 0\n    option redispatch -1")), Texts{});
}

TEST_F(DoctorFile, WhatCutsSessionsIsFoundWhereverItComesFrom) {
    const std::string down = " has \"on-marked-down shutdown-sessions\"";
    const std::string up = " has \"on-marked-up shutdown-backup-sessions\"";

    EXPECT_EQ(found(changed("port 2001", "port 2001 on-marked-down shutdown-sessions")),
              Texts{"problem webB:7" + down});
    EXPECT_EQ(status_, 1);
    EXPECT_EQ(found(changed("port 3001", "port 3001 on-marked-down shutdown-sessions")),
              Texts{"problem bkpB:9" + down});
    EXPECT_EQ(found(changed("    mode http", "    default-server on-marked-up shutdown-backup-sessions")),
              (Texts{"problem webA:6" + up, "problem webB:7" + up}));
}

TEST_F(DoctorFile, ATwinHasTheCookieOfItsPrimary) {
    EXPECT_EQ(found(changed("cookie A check port 3000", "cookie B check port 3000")),
              Texts{"problem bkpA:8 has another cookie than its primary webA"});
    EXPECT_EQ(found(changed("cookie A check port 3000", "check port 3000")),
              Texts{"problem bkpA:8 has no cookie, and its primary webA has"});
    EXPECT_EQ(found(changed("cookie SRV insert", "dynamic-cookie-key K\n    cookie SRV dynamic insert")), Texts{})
        << "HAProxy makes it of the address";
}

TEST_F(DoctorFile, APrimaryWithoutATwinIsANote) {
    EXPECT_EQ(found(changed("    server bkpB", "    # server bkpB")), Texts{"note webB:7 has no backup twin"});
    EXPECT_EQ(status_, 0);
    EXPECT_EQ(found(changed("127.0.0.1:1001 cookie B check port 3001", "127.0.0.1:1009 cookie B check port 3001")),
              Texts{"note webB:7 has no backup twin"});
}

TEST_F(DoctorFile, ATwinThatGoesDownWithItsPrimaryIsFound) {
    const Texts expected = {"problem bkpA:8 goes down together with its primary webA"};

    EXPECT_EQ(found(changed("check port 3000", "check port 2000")), expected);
    EXPECT_EQ(found(changed("check port 3000", "track srvs/webA")), expected);
    EXPECT_EQ(found(changed("check port 3000", "check port 1000")), Texts{}) << "the classic twin";
}

TEST_F(DoctorFile, PersistenceOnDownServersIsFoundWhereMaintIsToMoveClients) {
    EXPECT_EQ(found(changed("    mode http", "    option persist")),
              Texts{"problem backend srvs:4 has \"option persist\""});
    EXPECT_EQ(found(changed("    cookie SRV", "    no option persist\n    cookie SRV")), Texts{});
}

TEST_F(DoctorFile, TheOnlyPrimaryIsFoundWhereItsTwinWouldTakeNewClients) {
    const Texts expected = {"problem webA:6 is the only server of its backend that is no backup"};
    const std::string webB = "    server webB 127.0.0.1:1001 cookie B check port 2001\n";

    EXPECT_EQ(found(changed(webB, "")), expected);
    std::string sorry = changed(webB, "    server sorry 127.0.0.1:9 backup\n");
    EXPECT_EQ(found(sorry), Texts{}) << "the first backup takes them";
    EXPECT_EQ(found(sorry + "    option allbackups\n"), expected);
}

TEST_F(DoctorFile, ChecksThatZdrDoesNotSeeAreFound) {
    EXPECT_EQ(found(changed("check port 2001", "port 2001")),
              Texts{"problem webB:7 has a check port, but no \"check\""});
    EXPECT_EQ(found(changed("check port 2001", "check check-reuse-pool port 2001")),
              Texts{"problem webB:7 has \"check-reuse-pool\""});
    EXPECT_EQ(found(changed("check port 2001", "check check-reuse-pool no-check-reuse-pool port 2001")), Texts{});
    EXPECT_EQ(found(changed("    cookie SRV", "    option tcp-check\n    tcp-check connect port 2001\n    cookie SRV")),
              (Texts{"problem webA:8 has a check port, but line 6 says where checks go",
                     "problem bkpA:10 has a check port, but line 6 says where checks go",
                     "problem bkpB:11 has a check port, but line 6 says where checks go",
                     "problem bkpA:10 goes down together with its primary webA",
                     "problem bkpB:11 goes down together with its primary webB"}));
    EXPECT_EQ(found(changed("    cookie SRV", "    option tcp-check\n    tcp-check connect default\n    cookie SRV")),
              Texts{});
    EXPECT_EQ(found(changed("check port 2001", "check port 2001 disabled")),
              Texts{"note webB:7 is disabled in HAProxy"});
}

TEST_F(DoctorFile, WhatImportWouldSayIsNoFinding) {
    EXPECT_EQ(found(changed("port 2001", "port 2001 inter 1s downinter 40s fastinter 100 slowstart 60s fall 70000")),
              Texts{});
}

TEST_F(DoctorFile, AReloadThatForgetsWhichServersAreDownIsANote) {
    const auto note = [](int line) {
        return "note backend srvs:" + std::to_string(line) + " forgets at a reload which servers are down";
    };
    EXPECT_EQ(found(changed("    load-server-state-from-file local\n", "")), Texts{note(4)});
    EXPECT_EQ(status_, 0);
    EXPECT_EQ(found(changed("-file local", "-file none")), Texts{note(4)});
    EXPECT_EQ(found(changed("-file local", "-file global")), Texts{note(4)}) << "no file is named";
    EXPECT_EQ(found("global\n server-state-file /run/states\n" + changed("-file local", "-file global")), Texts{});
    EXPECT_EQ(found(changed("    mode http", "    load-server-state-from-file local\n    mode http")), Texts{});
    const std::string none = changed("-file local", "-file none");
    EXPECT_EQ(found(none + "    load-server-state-from-file local\n"), Texts{});
    for (const char* state : {"down", "fully-down", "up"}) {
        std::string text = none;
        text.insert(text.find("    server webA"), "    default-server init-state " + std::string(state) + "\n");
        EXPECT_EQ(found(text).empty(), state != std::string("up")) << state;
    }
}

TEST_F(DoctorFile, ChecksInTheClearOfEncryptedTrafficAreFound) {
    const std::string clear = "problem webB:7 is checked in the clear, though its traffic is encrypted";
    const auto with = [](const std::string& setting, const std::string& lines) {
        std::string out = kHealthy + lines;
        return out.replace(out.find("port 2001"), 9, "port 2001 " + setting);
    };
    EXPECT_EQ(found(with("ssl verify none", "    option httpchk GET /\n")), Texts{clear});
    EXPECT_EQ(found(with("ssl verify none check-ssl", "    option httpchk GET /\n")), Texts{});
    EXPECT_EQ(found(with("ssl verify none check-ssl", "    option httpchk\n    http-check connect\n")), Texts{clear})
        << "the rule decides";
    EXPECT_EQ(found(with("ssl verify none", "    option httpchk\n    http-check connect ssl\n")), Texts{});
    EXPECT_EQ(found(with("ssl verify none", "    option ssl-hello-chk\n")), Texts{})
        << "HAProxy says hello as TLS does, and the app answers";
    EXPECT_EQ(found(with("ssl verify none", "")),
              Texts{"note webB:7 is checked by a connection alone, though its traffic is encrypted"});
}

TEST_F(DoctorFile, ChecksByACommandAndRulesWithoutForceAreFound) {
    const std::string by = " is checked by a command (line 11), not on its check port ";
    EXPECT_EQ(found(kHealthy + "    option external-check\n"),
              (Texts{"problem webA:6" + by + "2000", "problem webB:7" + by + "2001", "problem bkpA:8" + by + "3000",
                     "problem bkpB:9" + by + "3001"}));
    EXPECT_EQ(found(kHealthy + "    tcp-check connect port 9999\n"),
              Texts{"note backend srvs:11 has a rule \"tcp-check connect\" that HAProxy ignores"});
    EXPECT_EQ(found(kHealthy + "    option tcp-check\n    tcp-check connect\n"), Texts{});
    EXPECT_EQ(found(kHealthy + "    option httpchk\n    http-check send meth GET uri /\n"), Texts{});
}

TEST_F(DoctorFile, ACheckPortThatCarriesTrafficIsNotForZdr) {
    EXPECT_EQ(found("frontend f\n bind :2000\nbackend b\n server a 127.0.0.1:1000 check port 2000 disabled\n"),
              Texts{});
    EXPECT_EQ(found("backend b\n server a 10.0.0.1:1000 check port 2000 disabled\n server c 10.0.0.1:2000\n"), Texts{});
}

TEST_F(DoctorFile, WhatCannotBeReadIsANoteAndAWrongFileAnError) {
    EXPECT_EQ(found(changed("port 2001", "port 2001 frobnicate")),
              Texts{"note " + written("") + ":7 \"frobnicate\" is no setting that zdr knows"});
    EXPECT_EQ(status_, 0);

    EXPECT_EQ(env.run({"doctor", written("backend \"b\n")}), 1);
    EXPECT_EQ(env.out_text, "");
    EXPECT_NE(env.err_text.find("h.cfg:1: a quote has no end"), std::string::npos) << env.err_text;
    EXPECT_EQ(env.run({"doctor", "/nowhere/h.cfg"}), 1);
    EXPECT_EQ(env.run({"doctor"}), 3) << "nothing is loaded, and there is no file";
    EXPECT_EQ(env.out_text, "");
}

TEST_F(DoctorFile, MutatedFilesNeverCrashItAndItsTextIsFitForATerminal) {
    HaproxyMutator mutator;
    for (int i = 0; i < 300; ++i) {
        const auto config =
            parse_haproxy_config(mutator.next(), "h.cfg", [](const std::string&) { return std::nullopt; });
        if (!config) continue;

        const auto findings = ctl::find_in_haproxy_config(
            *config, "h.cfg", [&](const HaproxyProxy& proxy, const HaproxyServerLine& line) {
                return ctl::has_own_check_port(line, health_checks_of(*config, proxy));
            });

        const std::string text = ctl::format_diagnosis({.findings = findings, .looked_at = {}, .not_inspected = {}});
        EXPECT_EQ(text.find_first_of("\r\x1b\t\x7f"), std::string::npos) << text;
    }
}

}  // namespace
}  // namespace zdr::test
