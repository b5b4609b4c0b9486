// Text files of users: read whole, and replaced whole.
#pragma once

#include <string>
#include <string_view>

#include "zdr/base/error.h"
#include "zdr/base/unique_fd.h"

namespace zdr {

// Errors: of open() and read(), with the path; a usage error where the file has more than 64 MiB.
Result<std::string> read_text_file(const std::string& path);

// The same of what is open already; name stands in the errors.
Result<std::string> read_text(int fd, const std::string& name);

// All of it, onto the disk. Errors: of write() and fsync(), with the name.
Result<void> write_text(int fd, std::string_view text, const std::string& name);

// For a file beside another one: its name, and a number that nobody foresees. Errors: of getrandom().
Result<std::string> unforeseen_name(const std::string& name);

// A file that gets a new text as a whole, or keeps the one it has: written beside it first, under another name.
class ReplacedFile {
  public:
    // There may be no file yet; a link is followed. Errors, with the path: something else than a regular file is there,
    // it may not be written, no file can be made beside it; a link leads to no file, is another user's where all may
    // write, or is what a process has open (/dev/stdout). Nothing is changed.
    static Result<ReplacedFile> open(const std::string& path);

    // Errors: of the system's calls, with the path; then nothing has changed.
    Result<void> replace(std::string_view text) const;

    // As it was given.
    const std::string& path() const { return path_; }

  private:
    ReplacedFile(UniqueFd directory, std::string name, std::string path)
        : directory_(std::move(directory)), name_(std::move(name)), path_(std::move(path)) {}
    Result<UniqueFd> create(const std::string& name) const;

    UniqueFd directory_;
    std::string name_;  // in the directory
    std::string path_;
};

}  // namespace zdr
