// Not a HAProxy: whoever listens where one is expected, for what a real one does not do (silence, half an answer, an
// endless one). On a thread of its own; a Unix socket in a directory of its own, or a TCP port that the kernel chose.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

#include "zdr/base/unique_fd.h"

namespace zdr::test {

class FakeHaproxy {
  public:
    enum class On { kUnix, kTcp };
    // Serves one connection with this; none: it never accepts one, and few can wait.
    using Serve = std::function<void(int connection)>;

    enum class Connections { kOne, kMany };

    FakeHaproxy(On on, Serve serve, Connections connections = Connections::kOne)
        : on_(on), connections_(connections), listener_(socket(on == On::kUnix ? AF_UNIX : AF_INET, SOCK_STREAM, 0)) {
        char name[] = "/tmp/zdr-fake-haproxy-XXXXXX";
        if (mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp");
        directory_ = name;
        if (!bind_it() || listen(listener_.get(), 0) != 0) throw std::runtime_error("listen");
        if (serve) thread_ = std::thread([this, serve = std::move(serve)] { run(serve); });
    }
    FakeHaproxy(const FakeHaproxy&) = delete;
    FakeHaproxy& operator=(const FakeHaproxy&) = delete;
    ~FakeHaproxy() {
        shutdown(listener_.get(), SHUT_RDWR);
        if (thread_.joinable()) thread_.join();
        std::filesystem::remove_all(directory_);
    }

    // As --haproxy takes it.
    std::string place() const { return place_; }

    // Reads until the question's end; everything sent reaches the other side or nobody.
    static void read_question(int connection) {
        char byte = 0;
        while (recv(connection, &byte, 1, 0) == 1 && byte != '\n') continue;
    }
    static bool send_text(int connection, const std::string& text) {
        return send(connection, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
    }
    // Until the other side has gone.
    static void wait_for_end(int connection) {
        char byte = 0;
        while (recv(connection, &byte, 1, 0) > 0) continue;
    }

  private:
    bool bind_it() {
        if (on_ == On::kUnix) {
            sockaddr_un address{};
            address.sun_family = AF_UNIX;
            place_ = directory_ + "/socket";
            place_.copy(address.sun_path, sizeof address.sun_path - 1);
            return bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        }
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return false;
        if (getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return false;
        place_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
        return true;
    }
    // One after the other; until the listener is shut down, if many.
    void run(const Serve& serve) {
        for (;;) {
            const UniqueFd connection(accept(listener_.get(), nullptr, nullptr));
            if (!connection) return;
            serve(connection.get());
            if (connections_ == Connections::kOne) return;
        }
    }

    On on_;
    Connections connections_;
    UniqueFd listener_;
    std::string directory_;
    std::string place_;
    std::thread thread_;
};

}  // namespace zdr::test
