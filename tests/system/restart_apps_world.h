// Real app servers from Debian's packages, and the ways in which each is restarted.
#pragma once

#include <string>

#include "restart_world.h"

namespace zdr::test {

// Lines of sh, run in the server's own directory, where the file "version" is; $PORT is its app port. What they start
// is a daemon.
struct AppServer {
    std::string files;  // that are written first
    std::string start;
};

// Each answers "NAME VERSION" to every GET.
AppServer gunicorn();
AppServer uwsgi(const std::string& options = "");
AppServer puma(const std::string& options = "");
AppServer unicorn();
AppServer apache();
AppServer nginx();
AppServer caddy();  // a Go program
AppServer node_cluster();
AppServer haproxy_app(const std::string& options);

// webA and webB are two of them, and HAProxy checks both.
class AppServerTest : public RestartTest {
  protected:
    void start_apps(const AppServer& app);

    // zdrctl restart webA webB with these options, and a line of sh in the server's directory.
    Command roll(const std::string& line, const Command& options = {}) const;
    std::string directory_of(const std::string& name) const { return sandbox().directory() + "/" + name; }
    // The version that is started next.
    void release(const std::string& version) const;
    // What a server answers.
    std::string answer(int port) const;
    void expect_version(const std::string& version) const;

  private:
    std::string in_directory(const std::string& line, const std::string& name, const std::string& port) const;
};

// Waits, in sh, until the process whose pid is in that file has ended.
inline const std::string kUntilGone = "while kill -0 $old 2>/dev/null; do sleep 0.02; done; ";

}  // namespace zdr::test
