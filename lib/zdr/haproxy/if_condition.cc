#include "zdr/haproxy/if_condition.h"

#include <algorithm>
#include <string>
#include <vector>

namespace zdr {
namespace {

using Truth = std::optional<bool>;

constexpr int kDeepest = 100;
constexpr std::string_view kBlanks = " \t\n\v\f\r";

// expression = term ["||" expression]; term = factor ["&&" term]; factor = {"!"} ("(" expression ")" | number |
// predicate)
class Parser {
  public:
    Parser(std::string_view text, const HaproxyVariables& variables) : rest_(text), variables_(variables) {}

    Truth whole() {
        skip_space();
        if (rest_.empty()) return false;
        const Truth truth = expression(0);
        skip_space();
        return rest_.empty() && !is_broken_ ? truth : std::nullopt;
    }

  private:
    void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size())); }
    bool take(std::string_view token) {
        skip_space();
        if (!rest_.starts_with(token)) return false;
        rest_.remove_prefix(token.size());
        return true;
    }
    Truth broken() {
        is_broken_ = true;
        rest_ = {};
        return std::nullopt;
    }

    Truth expression(int depth) {
        Truth truth = term(depth);
        while (take("||")) {
            const Truth other = term(depth);
            if (truth == true || other == true)
                truth = true;
            else if (!truth || !other)
                truth.reset();
        }
        return truth;
    }

    Truth term(int depth) {
        Truth truth = factor(depth);
        while (take("&&")) {
            const Truth other = factor(depth);
            if (truth == false || other == false)
                truth = false;
            else if (!truth || !other)
                truth.reset();
        }
        return truth;
    }

    Truth factor(int depth) {
        bool negated = false;
        while (take("!")) negated = !negated;
        if (depth > kDeepest) return broken();
        Truth truth;
        if (take("(")) {
            truth = expression(depth + 1);
            if (!take(")")) return broken();
        } else {
            truth = predicate();
        }
        return truth && negated ? Truth(!*truth) : truth;
    }

    // A number, or a name with arguments.
    Truth predicate() {
        skip_space();
        const std::size_t size =
            std::min(rest_.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789-"), rest_.size());
        const std::string_view name = rest_.substr(0, size);
        if (name.empty()) return broken();
        rest_.remove_prefix(size);
        if (!rest_.starts_with('(')) {
            if (name.find_first_not_of("0123456789", name.front() == '-' ? 1 : 0) != std::string_view::npos)
                return broken();
            return name == "-" ? broken() : name.find_first_of("123456789") != std::string_view::npos;
        }
        rest_.remove_prefix(1);
        const auto arguments = take_arguments();
        return arguments ? value(name, *arguments) : broken();
    }

    // Up to the closing parenthesis, divided by commas; quotes and backslashes protect both.
    std::optional<std::vector<std::string>> take_arguments() {
        std::vector<std::string> out(1);
        char quote = 0;
        for (std::size_t i = 0; i < rest_.size(); ++i) {
            const char byte = rest_[i];
            if (quote != 0 && byte == quote) {
                quote = 0;
            } else if (quote == 0 && (byte == '"' || byte == '\'')) {
                quote = byte;
            } else if (byte == '\\' && quote != '\'' && i + 1 < rest_.size()) {
                out.back() += rest_[++i];
            } else if (quote == 0 && byte == ',') {
                out.emplace_back();
            } else if (quote == 0 && byte == ')') {
                rest_.remove_prefix(i + 1);
                return out;
            } else {
                out.back() += byte;
            }
        }
        return std::nullopt;
    }

    Truth value(std::string_view name, const std::vector<std::string>& arguments) const {
        if (name == "defined" && arguments.size() == 1) return variables_(arguments[0]).has_value();
        if (arguments.size() != 2) return std::nullopt;
        if (name == "streq") return arguments[0] == arguments[1];
        if (name == "strneq") return arguments[0] != arguments[1];
        if (name == "strstr") return arguments[0].find(arguments[1]) != std::string::npos;
        return std::nullopt;
    }

    std::string_view rest_;
    const HaproxyVariables& variables_;
    bool is_broken_ = false;
};

}  // namespace

std::optional<bool> evaluate_haproxy_condition(std::string_view text, const HaproxyVariables& variables) {
    return Parser(text, variables).whole();
}

}  // namespace zdr
