#include "zdr/config_lines.h"

#include <fmt/core.h>

#include <boost/program_options/detail/config_file.hpp>
#include <boost/program_options/errors.hpp>
#include <optional>
#include <set>
#include <utility>

#include "zdr/text.h"

namespace zdr {
namespace {

constexpr std::size_t kLongestLine = 4096;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kBlank = " \t\r";

std::string_view without_comment(std::string_view line) {
    line = line.substr(0, line.find('#'));
    const std::size_t first = line.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

// Boost's reader of INI files over lines that this class hands it, as its own parse_config_file() is. That function
// gives no line numbers and keeps six strings for each option, which makes 65,536 servers six times as slow. The
// headers stay here: Boost does not show a section without options, and reads out of bounds at "[]".
class Reader final : private boost::program_options::detail::common_config_file_iterator {
  public:
    Reader(std::string_view text, std::string_view file)
        : common_config_file_iterator(std::set<std::string>(), /*allow_unregistered=*/true), rest_(text), file_(file) {
        if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
        sections_.push_back({});
    }

    Result<std::vector<ConfigSection>> read() {
        try {
            for (get(); !at_end_; get())
                sections_.back().entries.push_back(
                    {line_, std::move(value().string_key), std::move(value().value.front())});
        } catch (const boost::program_options::error&) {
            return fail_at(file_, line_, quoted(shown_) + " is neither [section] nor key = value");
        }
        if (error_) return fail_at(file_, line_, *error_);
        return std::move(sections_);
    }

  private:
    bool getline(std::string& out) override {
        while (!rest_.empty()) {
            shown_ = without_comment(next_line());
            if (error_) break;
            if (shown_.empty()) continue;
            if (shown_.front() != '[') {
                out = shown_;
                return true;
            }
            if (shown_.back() != ']') {
                error_ = "section header " + quoted(shown_) + " does not end in ]";
                break;
            }
            sections_.push_back({line_, shown_.substr(1, shown_.size() - 2), {}});
        }
        at_end_ = true;
        return false;
    }

    std::string_view next_line() {
        const std::size_t end = rest_.find('\n');
        const std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        ++line_;
        if (line.size() > kLongestLine)
            error_ = fmt::format("the line has {} bytes; at most {} are read", line.size(), kLongestLine);
        else if (line.find('\0') != std::string_view::npos)
            error_ = "the line has a NUL byte; this is no text file";
        return line;
    }

    std::string_view rest_;
    std::string_view file_;
    std::string_view shown_;
    std::size_t line_ = 0;
    bool at_end_ = false;
    std::optional<std::string> error_;
    std::vector<ConfigSection> sections_;
};

}  // namespace

tl::unexpected<Error> fail_at(std::string_view file, std::size_t line, std::string_view sentence) {
    return fail(Errc::kUsage, fmt::format("{}:{}: {}", file, line, sentence));
}

Result<std::vector<ConfigSection>> read_config_lines(std::string_view text, std::string_view file) {
    return Reader(text, file).read();
}

}  // namespace zdr
