#include "zdr/base/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "zdr/base/unique_fd.h"

namespace zdr {

Result<std::string> read_text_file(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return fail_errno("open " + path);
    return read_text(fd.get(), path);
}

Result<std::string> read_text(int fd, const std::string& name) {
    constexpr std::size_t kLargestFile = std::size_t{64} << 20;
    std::string text;
    std::array<char, 65536> piece;
    for (;;) {
        const ssize_t got = ::read(fd, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno("read " + name);
        if (got == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(got));
        if (text.size() > kLargestFile) return fail(Errc::kUsage, "read " + name + ": it is larger than 64 MiB");
    }
}

}  // namespace zdr
