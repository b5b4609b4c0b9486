// haproxy_say SOCKET WORDS: says one line to HAProxy's runtime socket and passes the answer on. The least that a
// process can do for a flip in HAProxy itself, beside which socat is a large program.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

int main(int argc, char** argv) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (argc != 3 || std::strlen(argv[1]) >= sizeof address.sun_path) return 2;
    std::strcpy(address.sun_path, argv[1]);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 1;
    const std::size_t length = std::strlen(argv[2]);
    argv[2][length] = '\n';  // in place of the final NUL
    if (send(fd, argv[2], length + 1, MSG_NOSIGNAL) != static_cast<ssize_t>(length + 1)) return 1;
    char answer[4096];
    ssize_t got = 0;
    while ((got = read(fd, answer, sizeof answer)) > 0)
        if (write(STDOUT_FILENO, answer, static_cast<std::size_t>(got)) != got) return 1;
    return got == 0 ? 0 : 1;
}
