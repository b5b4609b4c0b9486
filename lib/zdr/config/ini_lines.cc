#include "zdr/config/ini_lines.h"

#include <fmt/core.h>

#include <utility>

#include "zdr/base/text.h"

namespace zdr {
namespace {

constexpr std::size_t kLongestLine = 4096;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

using Take = std::function<Result<void>(const ConfigSection&)>;

// Boost.Program_options reads such files too, but hides line numbers, and headers without keys.
class Reader final {
  public:
    Reader(std::string_view text, std::string_view file, const Take& take) : rest_(text), file_(file), take_(take) {
        if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
    }

    Result<void> read() {
        while (!rest_.empty())
            if (auto done = read_line(next_line()); !done) return done;
        return take_(section_);
    }

  private:
    std::string_view next_line() {
        const std::size_t end = rest_.find('\n');
        const std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        ++line_;
        return line;
    }

    Result<void> read_line(std::string_view line) {
        if (line.size() > kLongestLine)
            return fail_at(file_, line_,
                           fmt::format("the line has {} bytes; at most {} are read", line.size(), kLongestLine));
        if (line.find('\0') != std::string_view::npos)
            return fail_at(file_, line_, "the line has a NUL byte; this is not a text file");
        const std::string_view content = trimmed(line.substr(0, line.find('#')));
        if (content.empty()) return {};
        return content.front() == '[' ? begin_section(content) : assign(content);
    }

    Result<void> begin_section(std::string_view content) {
        if (content.back() != ']')
            return fail_at(file_, line_, "section header " + in_quotes(content) + " does not end in ]");
        auto taken = take_(section_);
        section_.entries.clear();
        section_.line = line_;
        section_.name = content.substr(1, content.size() - 2);
        return taken;
    }

    Result<void> assign(std::string_view content) {
        const std::size_t equals = content.find('=');
        if (equals == std::string_view::npos)
            return fail_at(file_, line_, in_quotes(content) + " is neither [section] nor key = value");
        section_.entries.push_back(
            {line_, std::string(trimmed(content.substr(0, equals))), std::string(trimmed(content.substr(equals + 1)))});
        return {};
    }

    std::string_view rest_;
    std::string_view file_;
    const Take& take_;
    ConfigSection section_;
    std::size_t line_ = 0;
};

}  // namespace

tl::unexpected<Error> fail_at(std::string_view file, std::size_t line, std::string_view sentence) {
    return fail(Errc::kUsage, fmt::format("{}:{}: {}", file, line, sentence));
}

Result<void> read_config_lines(std::string_view text, std::string_view file, const Take& take) {
    return Reader(text, file, take).read();
}

}  // namespace zdr
