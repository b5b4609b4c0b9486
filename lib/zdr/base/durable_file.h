// Small files that a power cut leaves whole: each has its old text or its new one.
#pragma once

#include <string>
#include <string_view>

#include "zdr/base/error.h"
#include "zdr/base/unique_fd.h"

namespace zdr {

// A file's new text: on the disk beside it, and in its place once it is committed. What is not committed goes.
class PendingFile {
  public:
    // Of the file of that name in a directory. It has the directory's group, which may read and write it. Directories
    // that somebody has put in its way are moved aside.
    // Errors: of the system's calls, with the path; then nothing has changed.
    static Result<PendingFile> write(const std::string& directory, const std::string& name, std::string_view text);

    PendingFile(PendingFile&& other) noexcept;
    PendingFile& operator=(PendingFile&&) = delete;
    ~PendingFile();

    // In place at once for who reads it, and for good when the call returns.
    Result<void> commit();

  private:
    PendingFile(UniqueFd directory, std::string path, std::string name)
        : directory_(std::move(directory)), path_(std::move(path)), name_(std::move(name)) {}

    UniqueFd directory_;
    std::string path_;  // of the directory
    std::string name_;  // empty: it is committed
};

// The text of a regular file, which somebody else may have put there. Errors: of open() and read(), with the path; it
// is a link or no regular file, or has more than `most` bytes.
Result<std::string> read_small_file(const std::string& path, std::size_t most);

}  // namespace zdr
