#include "zdr/config_lines.h"

#include <fmt/core.h>

#include <boost/program_options/detail/config_file.hpp>
#include <boost/program_options/errors.hpp>
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

using Take = std::function<Result<void>(const ConfigSection&)>;

// Boost's reader of INI files over lines that this class hands it, as its own parse_config_file() is. That function
// gives no line numbers and copies every token: measured with 65,536 servers it takes at least four times as long. The
// headers stay here, since Boost does not show a section without options.
class Reader final : private boost::program_options::detail::common_config_file_iterator {
  public:
    Reader(std::string_view text, std::string_view file, const Take& take)
        : common_config_file_iterator(std::set<std::string>(), /*allow_unregistered=*/true),
          rest_(text),
          file_(file),
          take_(take) {
        if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
    }

    Result<void> read() {
        try {
            for (get(); !at_end_; get())
                section_.entries.push_back({line_, std::move(value().string_key), std::move(value().value.front())});
        } catch (const boost::program_options::error&) {
            return fail_at(file_, line_, in_quotes(shown_) + " is neither [section] nor key = value");
        }
        return state_ ? take_(section_) : state_;
    }

  private:
    bool getline(std::string& out) override {
        while (state_ && !rest_.empty()) {
            const std::string_view line = next_line();
            state_ = check(line);
            shown_ = without_comment(line);
            if (!state_ || shown_.empty()) continue;
            if (shown_.front() != '[') {
                out = shown_;
                return true;
            }
            state_ = begin_section();
        }
        at_end_ = true;
        return false;
    }

    std::string_view next_line() {
        const std::size_t end = rest_.find('\n');
        const std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        ++line_;
        return line;
    }

    Result<void> check(std::string_view line) const {
        if (line.size() > kLongestLine)
            return fail_at(file_, line_,
                           fmt::format("the line has {} bytes; at most {} are read", line.size(), kLongestLine));
        if (line.find('\0') != std::string_view::npos)
            return fail_at(file_, line_, "the line has a NUL byte; this is no text file");
        return {};
    }

    Result<void> begin_section() {
        if (shown_.back() != ']')
            return fail_at(file_, line_, "section header " + in_quotes(shown_) + " does not end in ]");
        auto taken = take_(section_);
        section_.entries.clear();
        section_.line = line_;
        section_.name = shown_.substr(1, shown_.size() - 2);
        return taken;
    }

    std::string_view rest_;
    std::string_view file_;
    const Take& take_;
    ConfigSection section_;
    std::string_view shown_;  // the line, for errors
    std::size_t line_ = 0;
    bool at_end_ = false;
    Result<void> state_;
};

}  // namespace

tl::unexpected<Error> fail_at(std::string_view file, std::size_t line, std::string_view sentence) {
    return fail(Errc::kUsage, fmt::format("{}:{}: {}", file, line, sentence));
}

Result<void> read_config_lines(std::string_view text, std::string_view file, const Take& take) {
    return Reader(text, file, take).read();
}

}  // namespace zdr
