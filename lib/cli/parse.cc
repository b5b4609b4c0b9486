#include "cli/parse.h"

#include <fmt/core.h>

#include <algorithm>

#include "cli/help.h"
#include "cli/mistakes.h"
#include "cli/scan.h"

namespace zdr::cli {
namespace {

using Tokens = std::span<const Token>;

bool is_word(const Token& token) {
    return token.kind == Token::Kind::kWord;
}

// Whether the argument of this token was rather meant as the value of the option in front of it: --reason -h.
bool is_forgotten_value(Tokens tokens, std::size_t at) {
    std::size_t first = at;  // of the letters of one argument
    while (first > 0 && tokens[first - 1].text == tokens[at].text && !is_word(tokens[first - 1])) --first;
    if (first == 0) return false;
    const Token& before = tokens[first - 1];
    return before.kind == Token::Kind::kOption && !before.option->is_switch() && !before.value;
}

// Whether some letter of the argument is not an option: then none of them is meant.
bool has_unknown_letter(Tokens tokens, const std::string& text) {
    return std::any_of(tokens.begin(), tokens.end(),
                       [&](const Token& one) { return one.kind == Token::Kind::kUnknown && one.text == text; });
}

// Whether --help or --version is there. "--help=x" is a mistake.
bool asks_for(Tokens tokens, std::string_view name) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Token& one = tokens[i];
        if (one.kind != Token::Kind::kOption || one.option->name != name || one.value) continue;
        if (!is_forgotten_value(tokens, i) && !has_unknown_letter(tokens, one.text)) return true;
    }
    return false;
}

// An empty value is a text too, but no file has an empty name.
std::string judge_value(const Option& option, const std::string& value) {
    const bool is_path = option.kind == Kind::kFile || option.kind == Kind::kDirectory;
    if (is_path && value.empty()) return fmt::format("--{} is empty", option.name);
    const bool is_allowed = std::find(option.allowed.begin(), option.allowed.end(), value) != option.allowed.end();
    return option.kind == Kind::kOneOf && !is_allowed ? unknown_value(option, value) : "";
}

// Adds one option to what was given. next: the argument behind it. Returns what is wrong with it, or nothing.
std::string take(const Token& token, std::string_view next, Parsed& out) {
    const Option& option = *token.option;
    if (option.is_switch() && token.value) return fmt::format("--{} takes no value", option.name);
    if (!option.is_switch() && !token.value) return missing_value(option, next);
    const std::string value = token.value.value_or("");
    if (std::string wrong = option.is_switch() ? "" : judge_value(option, value); !wrong.empty()) return wrong;
    auto& values = out.given[std::string(option.name)];
    if (!values.empty() && option.times == Times::kOnce) return fmt::format("--{} is given twice", option.name);
    values.push_back(value);
    return {};
}

// Of all its commands, for suggestions.
std::vector<const Option*> all_options_of(const Program& program) {
    std::vector<const Option*> out = common_options_of(program);
    for (const Command& command : program.commands)
        for (const Option& one : command.options) out.push_back(&one);
    return out;
}

// command null: it stands in front of the command.
std::string judge_unknown(const Token& token, const Program& program, const Command* command) {
    const auto owners = owners_of(program, token.name);
    if (!owners.empty() && command == nullptr) return fmt::format("{} must stand after the command", token.name);
    // What is right elsewhere is no slip of the hand, and what is nearest here may do something else.
    if (!owners.empty()) return fmt::format("{} is an option of {}", token.name, format_list(owners, "and"));
    return unknown_option(token, command == nullptr ? all_options_of(program) : options_of(program, *command));
}

// Adds all tokens. command null: what stands in front of it. Returns the first mistake, or nothing.
std::string collect(Tokens tokens, const Program& program, const Command* command, Parsed& out) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Token& token = tokens[i];
        if (is_word(token)) {
            out.words.push_back(token.text);
            continue;
        }
        if (token.kind == Token::Kind::kUnknown) return judge_unknown(token, program, command);
        const std::string_view next = i + 1 < tokens.size() ? std::string_view(tokens[i + 1].text) : "";
        if (std::string wrong = take(token, next, out); !wrong.empty()) return wrong;
    }
    return {};
}

// What a command needs, and was not given.
std::string judge_whole(const Parsed& parsed, bool has_dashes) {
    const Command& command = *parsed.command;
    const Words& words = command.words;
    if (parsed.words.size() < words.at_least) return fmt::format("{} is missing", words.name);
    if (parsed.words.size() > words.at_most)
        return fmt::format("unexpected argument {}", format_word(parsed.words[words.at_most]));
    for (const Option& one : command.options)
        if (one.required && !parsed.flag(one.name)) return missing_option(one);
    const Trailing& trailing = command.trailing;
    if (trailing.name.empty() || !trailing.required || !parsed.after.empty()) return {};
    return fmt::format("{} is missing{}", trailing.name, has_dashes ? " after --" : "; it stands after --");
}

Result<Parsed> answer(std::string text, int exit_status = 0) {
    Parsed out;
    out.answer = Answer{std::move(text), exit_status};
    return out;
}

Result<Parsed> answer_help(const Program& program, const std::vector<std::string>& names) {
    if (names.empty()) return answer(format_help(program));
    const Command* command = find_command(program, names.front());
    if (command == nullptr) return fail_usage(program, &help_command(), unknown_command(program, names.front()));
    return answer(format_help(program, *command));
}

// What --help and --version in these tokens ask for, if they do.
std::optional<Result<Parsed>> asked_answer(const Program& program, const Command* command, Tokens tokens) {
    if (asks_for(tokens, "version")) return answer(fmt::format("{} {}\n", program.name, program.version));
    if (asks_for(tokens, "help"))
        return answer(command == nullptr ? format_help(program) : format_help(program, *command));
    return std::nullopt;
}

// options: the arguments before "--"; rest: from there.
Result<Parsed> parse_command(const Program& program, const Command& command, std::span<const std::string> before,
                             std::span<const std::string> rest) {
    const auto options = options_of(program, command);
    auto tokens = scan(before, options);
    if (!tokens) return tl::unexpected(std::move(tokens.error()));
    if (auto asked = asked_answer(program, &command, *tokens)) return std::move(*asked);

    Parsed out{.command = &command};
    if (std::string wrong = collect(*tokens, program, &command, out); !wrong.empty())
        return fail_usage(program, &command, wrong);
    out.words.erase(out.words.begin());  // the command itself
    const bool has_dashes = !rest.empty();
    auto& target = command.trailing.name.empty() ? out.words : out.after;
    if (has_dashes) target.insert(target.end(), rest.begin() + 1, rest.end());
    if (&command == &help_command() && out.words.size() <= 1) return answer_help(program, out.words);
    if (std::string wrong = judge_whole(out, has_dashes); !wrong.empty()) return fail_usage(program, &command, wrong);
    return out;
}

}  // namespace

tl::unexpected<Error> fail_usage(const Program& program, const Command* command, std::string_view mistake) {
    const std::string context = command == nullptr ? "" : fmt::format("{}: ", command->name);
    std::string help = fmt::format("{} help", program.name);
    if (command != nullptr && command != &help_command()) help += fmt::format(" {}", command->name);
    return fail(Errc::kUsage,
                fmt::format("{}{}{} {}", context, mistake, mistake.ends_with('?') ? " Try" : "; try", help));
}

Result<Parsed> parse(const Program& program, std::span<const std::string> args) {
    const auto dashes = static_cast<std::size_t>(std::find(args.begin(), args.end(), "--") - args.begin());
    const auto before = args.first(dashes);
    if (const Command* first = before.empty() ? nullptr : find_command(program, before.front()))
        return parse_command(program, *first, before, args.subspan(dashes));
    // A command's options are not known yet, but the first word is the command, or a mistake stands in front of it.
    const auto options = common_options_of(program);
    const auto common = scan(before, options);
    if (!common) return tl::unexpected(common.error());
    const auto word = std::find_if(common->begin(), common->end(), is_word);
    const Command* command = word == common->end() ? nullptr : find_command(program, word->text);
    // What stands behind a command can be judged only with its options.
    const Tokens before_command(common->begin(), command == nullptr ? common->end() : word);
    if (auto asked = asked_answer(program, command, before_command)) return std::move(*asked);

    Parsed front;
    if (std::string wrong = collect({common->begin(), word}, program, nullptr, front); !wrong.empty())
        return fail_usage(program, nullptr, wrong);
    if (word == common->end() && dashes < args.size())
        return fail_usage(program, nullptr, "no command stands before --");
    if (word == common->end()) return answer(format_short_help(program), static_cast<int>(Errc::kUsage));
    if (command == nullptr) return fail_usage(program, nullptr, unknown_command(program, word->text));
    return parse_command(program, *command, before, args.subspan(dashes));
}

}  // namespace zdr::cli
