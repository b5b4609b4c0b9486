#include "zdr/haproxy/tokens.h"

#include <fmt/core.h>

#include "zdr/base/text.h"

namespace zdr {
namespace {

bool is_space(char byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}
bool is_letter(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}
bool is_name(char byte) {
    return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '_';
}
int hex_value(char byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
    return -1;
}

class Splitter {
  public:
    Splitter(std::string_view line, const HaproxyVariables& variables) : line_(line), variables_(variables) {}

    Result<HaproxyTokens> split() {
        for (; !at_end(); ++at_) {
            auto taken = take(line_[at_]);
            if (!taken) return tl::unexpected(std::move(taken.error()));
        }
        if (quote_ != 0) return fail(Errc::kFailed, "a quote has no end");
        end_word();
        return std::move(out_);
    }

  private:
    // A carriage return ends the line even within quotes.
    bool at_end() const { return at_ >= line_.size() || line_[at_] == '\r' || (line_[at_] == '#' && quote_ == 0); }
    char peek(std::size_t ahead) const { return at_ + ahead < line_.size() ? line_[at_ + ahead] : '\0'; }

    void put(char byte) {
        word_ += byte;
        in_word_ = true;
    }
    void end_word() {
        if (in_word_) out_.words.push_back(std::move(word_));
        word_.clear();
        in_word_ = false;
    }

    // Takes what begins with this byte; at_ is left at its last one.
    Result<void> take(char byte) {
        if ((byte == '"' || byte == '\'') && (quote_ == 0 || quote_ == byte)) {
            take_quote(byte);
        } else if (byte == '\\' && quote_ != '\'') {
            return take_escape();
        } else if (is_space(byte) && quote_ == 0) {
            end_word();
        } else if (byte == '$' && quote_ == '"') {
            return take_variable();
        } else {
            put(byte);
        }
        return {};
    }

    // Empty quotes are a word, unless there was a "${list[*]}" without elements in them.
    void take_quote(char byte) {
        if (quote_ == 0) {
            quote_ = byte;
            had_list_ = false;
            return;
        }
        quote_ = 0;
        if (!had_list_) in_word_ = true;
    }

    Result<void> take_escape() {
        const char next = peek(1);
        constexpr std::string_view kThemselves = " \\#'\"";
        constexpr std::string_view kNamed = "tnr";
        if (next != '\0' && (kThemselves.find(next) != std::string_view::npos || (next == '$' && quote_ == '"'))) {
            put(next);
        } else if (const auto named = kNamed.find(next); next != '\0' && named != std::string_view::npos) {
            put("\t\n\r"[named]);
        } else if (next == 'x') {
            const int high = hex_value(peek(2));
            const int low = hex_value(peek(3));
            if (high < 0 || low < 0) return fail(Errc::kFailed, "\\x is not followed by two hexadecimal digits");
            put(static_cast<char>(high * 16 + low));
            at_ += 2;
        } else {
            put('\\');  // no escape: the next byte stands for itself
            return {};
        }
        ++at_;
        return {};
    }

    // $NAME, ${NAME}, ${NAME-default} or ${NAME[*]}, which makes a word of each of its own.
    Result<void> take_variable() {
        const bool braced = peek(1) == '{';
        at_ += braced ? 2 : 1;
        const char first = peek(0);
        if (!is_letter(first) && first != '_' && first != '.')
            return fail(Errc::kFailed, "a variable has no name; a dollar sign in double quotes is written \\$");
        std::size_t end = at_ + 1;
        while (end < line_.size() && is_name(line_[end])) ++end;
        const std::string name(line_.substr(at_, end - at_));
        auto value = variables_(name);
        if (name.front() == '.' && !value)
            return fail(Errc::kFailed, in_quotes(name) + " is no variable of HAProxy's own");

        const bool is_list = braced && line_.substr(end).starts_with("[*]");
        if (braced && !is_list && line_.substr(end).starts_with('['))
            return fail(Errc::kFailed, "a variable's [ is not followed by *]");
        if (is_list) end += 3;
        const bool has_default = braced && line_.substr(end).starts_with('-');
        if (braced) {
            const std::size_t brace = has_default ? line_.find('}', end) : end;
            if (brace >= line_.size() || line_[brace] != '}') return fail(Errc::kFailed, "a variable's { has no }");
            if (has_default && !value) value = line_.substr(end + 1, brace - end - 1);
            end = brace + 1;
        }
        at_ = end - 1;
        if (!value && !is_list) out_.unset.push_back(name);
        put_value(value.value_or(""), is_list);
        if (values_size_ > kLongestHaproxyLine)
            return fail(Errc::kFailed, fmt::format("its variables have more than {} bytes", kLongestHaproxyLine));
        return {};
    }

    void put_value(const std::string& value, bool is_list) {
        values_size_ += value.size();
        if (!is_list) {
            word_ += value;
            in_word_ = true;
            return;
        }
        had_list_ = true;
        for (const char byte : value) {
            if (is_space(byte))
                end_word();
            else
                put(byte);
        }
    }

    std::string_view line_;
    const HaproxyVariables& variables_;
    HaproxyTokens out_;
    std::size_t at_ = 0;
    char quote_ = 0;
    bool had_list_ = false;
    std::size_t values_size_ = 0;  // of variables
    std::string word_;
    bool in_word_ = false;
};

}  // namespace

Result<HaproxyTokens> split_haproxy_line(std::string_view line, const HaproxyVariables& variables) {
    return Splitter(line, variables).split();
}

std::string expand_haproxy_address(std::string_view text, const HaproxyVariables& variables,
                                   std::vector<std::string>& unset) {
    std::string out;
    while (!text.empty()) {
        const std::size_t dollar = text.find('$');
        out += text.substr(0, dollar);
        if (dollar == std::string_view::npos) break;
        text.remove_prefix(dollar + 1);
        const bool braced = text.starts_with('{');
        if (braced) text.remove_prefix(1);
        std::size_t length = 0;
        while (length < text.size() && is_name(text[length])) ++length;
        const std::string name(text.substr(0, length));
        text.remove_prefix(length);
        if (braced && text.starts_with('}')) text.remove_prefix(1);
        if (const auto value = variables(name))
            out += *value;
        else
            unset.push_back(name);
        if (out.size() > kLongestHaproxyLine) out.resize(kLongestHaproxyLine);
    }
    return out;
}

}  // namespace zdr
