// The last flips of servers whose `start` is `last`, in files that outlive the kernel's memory: each flip of such a
// server writes its own, so that a power cut loses none.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "zdr/base/durable_file.h"
#include "zdr/base/error.h"
#include "zdr/model/flip.h"

namespace zdr {

class LastFlips {
  public:
    // Of the servers of a state directory (an absolute path); nothing is read yet.
    explicit LastFlips(const std::string& state_dir);

    const std::string& directory() const { return directory_; }

    // For root: makes the directory, which the group may write in. Errors: of the system's calls.
    Result<void> make(gid_t group) const;

    // The file of a server for a flip, not in its place yet. Errors: of PendingFile::write().
    Result<PendingFile> write(const std::string& server, const Flip& flip) const;

    struct Found {
        std::map<std::string, Flip> flips;  // by server, as of now; whose time was over meanwhile are left out
        std::vector<std::string> broken;    // a sentence for each file that cannot be understood
    };
    // What is there of these servers; whoever may write there may have put many others there. A file that cannot be
    // understood is set aside, so that the next load finds nothing of it.
    Found read(const std::set<std::string>& servers) const;

    // Removes the files of all servers but these; best effort.
    void keep_only(const std::set<std::string>& servers) const;

  private:
    std::string directory_;
};

// A file's text. The times in it are those of CLOCK_REALTIME: no other clock goes on over a boot.
std::string format_last_flip(const Flip& flip, std::chrono::nanoseconds now_boot, std::chrono::nanoseconds now_unix);

// The reverse; a flip of which the time is over is ready. Where the clock has gone back behind the flip, nobody knows
// how long ago it was, and it gets its whole time again. Errors: what is wrong with the text.
Result<Flip> parse_last_flip(const std::string& text, std::chrono::nanoseconds now_boot,
                             std::chrono::nanoseconds now_unix);

// Paths as names of files: "/run/zdr-a" and "/run/zdr/a" differ.
std::string escape_path(const std::string& path);

}  // namespace zdr
