// Configurations of HAProxy that are almost right: mutations of a good one, the same at every run.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace zdr::test {

inline const std::string kGoodHaproxyConfig =
    "global\n"
    "    setenv PORT 1000\n"
    "defaults one\n"
    "    mode http\n"
    "    timeout connect 5s\n"
    "    timeout client 30s\n"
    "    timeout server 30s\n"
    "    default-server inter 1s\n"
    "defaults two from one\n"
    "    default-server fall 2 rise 1\n"
    "frontend f from one\n"
    "    bind 127.0.0.1:8080\n"
    "    default_backend b\n"
    "backend b from one\n"
    "    cookie SRV insert indirect nocache\n"
    "    server webA 127.0.0.1:1000 cookie A check port 2000 inter 2000\n"
    "    server \"webB\\x31\" 127.0.0.1:\"$PORT\" cookie B check port 2001\n"
    "    server bkpA 127.0.0.1:1000 cookie A check port 3000 backup\n"
    "backend c from two\n"
    "    default-server check port 2100\n"
    "    server x [::1]:1100\n"
    "    server-template t 1-2 127.0.0.1:1200 disabled\n"
    ".if defined(NO)\n"
    "    server never 127.0.0.1:1300\n"
    ".else\n"
    "    server always 127.0.0.1:1400 addr 127.0.0.2 # a comment\n"
    ".endif\n";

class HaproxyMutator {
  public:
    std::string next() {
        std::string text = kGoodHaproxyConfig;
        for (std::size_t times = 1 + below(3); times > 0; --times) mutate(text);
        return text;
    }

  private:
    std::size_t below(std::size_t limit) { return random_() % limit; }

    void mutate(std::string& text) {
        const std::vector<std::string>& pieces = this->pieces();
        const std::size_t at = below(text.size() + 1);
        switch (below(8)) {
            case 0:
                if (at < text.size()) text[at] = static_cast<char>(below(256));
                break;
            case 1:
                text.erase(at, below(30));
                break;
            case 2:
                text.insert(at, text.substr(below(text.size() + 1), below(60)));
                break;
            default:
                text.insert(at_a_word(text, at), pieces[below(pieces.size())]);
        }
    }

    // Between words more often than within them: more of that is valid.
    std::size_t at_a_word(const std::string& text, std::size_t at) {
        if (below(4) == 0) return at;
        const std::size_t space = text.find_first_of(" \n", at);
        return space == std::string::npos ? text.size() : space;
    }

    static const std::vector<std::string>& pieces() {
        static const std::vector<std::string> kPieces = {" check",
                                                         " no-check",
                                                         " backup",
                                                         " port 2200",
                                                         " port 0",
                                                         " addr 127.0.0.3",
                                                         " disabled",
                                                         " cookie 'a b'",
                                                         " cookie \"$PORT\"",
                                                         " cookie a\\ b",
                                                         " weight 5",
                                                         " maxconn 3",
                                                         " source 0.0.0.0",
                                                         " inter 3s",
                                                         " fastinter 500ms",
                                                         " inter 1",
                                                         " inter 30us",
                                                         " fall 9",
                                                         " rise 9",
                                                         " slowstart 5s",
                                                         " init-addr none",
                                                         " ssl verify none",
                                                         " check-ssl",
                                                         " downinter 5",
                                                         " init-state down",
                                                         " track b/webA",
                                                         " on-marked-down shutdown-sessions",
                                                         " send-proxy",
                                                         " \"\"",
                                                         " ''",
                                                         " \"${PORT}\"",
                                                         " \"${NO-check}\"",
                                                         " \"${NO[*]}\"",
                                                         " \"${PORT[*]}\"",
                                                         " \"$NO\"",
                                                         " \\#",
                                                         " # x",
                                                         "\\x20",
                                                         "\\",
                                                         "\"",
                                                         "'",
                                                         "$",
                                                         "\r",
                                                         "\t",
                                                         std::string(1, '\0'),
                                                         "\xff",
                                                         "\n.if 1\n",
                                                         "\n.if 0\n",
                                                         "\n.elif 1\n",
                                                         "\n.else\n",
                                                         "\n.endif\n",
                                                         "\n.if streq(\"$PORT\",1000)\n",
                                                         "\n.if version_atleast(2.4)\n",
                                                         "\n.if feature(OPENSSL)\n .endif\n",
                                                         "\n.notice hello\n",
                                                         "\nserver n1 127.0.0.1:1\n",
                                                         "\nserver n2 localhost:1 check\n",
                                                         "\nserver n3 /tmp/x.sock check\n",
                                                         "\nserver n4 127.0.0.1 check port 7\n",
                                                         "\nserver n5 127.0.0.1:+1 check port 7\n",
                                                         "\nserver n6 *:1 check port 7\n",
                                                         "\nserver n7 ::1:80 check port 81\n",
                                                         "\nserver n8 ipv4@127.0.0.1:80 check port 81\n",
                                                         "\nserver-template u 3 127.0.0.1:9 check port 10\n",
                                                         "\ndefault-server check\n",
                                                         "\ndefault-server port 9000\n",
                                                         "\nbackend d\n",
                                                         "\nbackend e from one\n",
                                                         "\nlisten l from two\n bind 127.0.0.1:8082\n",
                                                         "\ndefaults\n",
                                                         "\npeers p\n",
                                                         "\nglobal\n unsetenv PORT\n",
                                                         "\n[scope]\n",
                                                         "\noption redispatch\n",
                                                         "\noption httpchk\n",
                                                         "\nhttp-check connect port 9\n",
                                                         "\noption httpchk GET /\n",
                                                         "\nhttp-check send meth GET uri /a hdr b c\n",
                                                         "\nhttp-check expect ! status 500-\n",
                                                         "\noption tcp-check\n",
                                                         "\ntcp-check connect port env(P) ssl\n",
                                                         "\noption external-check\n",
                                                         "\nbind 127.0.0.1:2000-2001,:3000,[::1]:-1\n",
                                                         "\nserver-template v 2 _srv._tcp.x check port 9\n",
                                                         "65536",
                                                         "-1",
                                                         "99999999999999999999"};
        return kPieces;
    }

    std::mt19937_64 random_{1};  // its sequence is fixed by the standard
};

}  // namespace zdr::test
