// Listening sockets for the tests of those who find them, here and in a process of another name.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "zdr/base/unique_fd.h"
#include "zdr/net/listening_sockets.h"

namespace zdr::test {

// On a port of 127.0.0.1 that the kernel chooses.
inline UniqueFd listen_on_any_port() {
    UniqueFd out(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(out.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place), 0);
    EXPECT_EQ(listen(out.get(), 1), 0);
    return out;
}

// That socket as the kernel lists it.
inline std::optional<ListeningSocket> find_listed(ino_t inode) {
    const auto all = listening_sockets();
    EXPECT_TRUE(all) << (all ? "" : all.error().text);
    for (const ListeningSocket& one : all ? *all : std::vector<ListeningSocket>())
        if (one.inode == inode) return one;
    return std::nullopt;
}

inline ino_t inode_of(const UniqueFd& socket) {
    struct stat info {};
    EXPECT_EQ(fstat(socket.get(), &info), 0);
    return info.st_ino;
}

// A process of that name, which has a listening socket of its own, and all descriptors of the test's. Ends with this.
class ListeningProcess {
  public:
    explicit ListeningProcess(const char* name) {
        int ends[2];
        EXPECT_EQ(pipe(ends), 0);
        const UniqueFd reading(ends[0]);
        UniqueFd writing(ends[1]);
        pid_ = fork();
        if (pid_ == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            prctl(PR_SET_NAME, name);
            const UniqueFd listener = listen_on_any_port();
            const ino_t inode = inode_of(listener);
            (void)!write(writing.get(), &inode, sizeof inode);
            for (;;) pause();
        }
        writing.reset();
        EXPECT_EQ(read(reading.get(), &inode_, sizeof inode_), static_cast<ssize_t>(sizeof inode_));
    }
    ListeningProcess(const ListeningProcess&) = delete;
    ListeningProcess& operator=(const ListeningProcess&) = delete;
    ~ListeningProcess() {
        if (pid_ <= 0) return;
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }

    pid_t pid() const { return pid_; }
    ino_t inode() const { return inode_; }

  private:
    pid_t pid_ = -1;
    ino_t inode_ = 0;
};

}  // namespace zdr::test
