#include "cli/complete.h"

#include <algorithm>

#include "cli/scan.h"

namespace zdr::cli {
namespace {

struct Line {
    Parsed parsed;
    std::vector<const Option*> options;    // that may stand in it
    const Option* awaits_value = nullptr;  // the option that the line ends with
    bool is_mistaken = false;              // its command is unknown
};

void collect(std::span<const Token> tokens, Line& out) {
    for (const Token& token : tokens) {
        if (token.kind == Token::Kind::kWord) out.parsed.words.push_back(token.text);
        if (token.kind == Token::Kind::kOption)
            out.parsed.given[std::string(token.option->name)].push_back(token.value.value_or(""));
    }
    if (tokens.empty() || tokens.back().kind != Token::Kind::kOption) return;
    const Token& last = tokens.back();
    if (!last.option->is_switch() && !last.value) out.awaits_value = last.option;
}

// words: those before the one that is begun, and before "--".
Line read_line(const Program& program, std::span<const std::string> words) {
    Line out;
    out.options = common_options_of(program);
    auto tokens = scan(words, out.options);
    if (!tokens) return out;
    const auto first =
        std::find_if(tokens->begin(), tokens->end(), [](const Token& one) { return one.kind == Token::Kind::kWord; });
    if (first != tokens->end()) {
        out.parsed.command = find_command(program, first->text);
        out.is_mistaken = out.parsed.command == nullptr;
        if (out.is_mistaken) return out;
        out.options = options_of(program, *out.parsed.command);
        tokens = scan(words, out.options);
        if (!tokens) return out;
    }
    collect(*tokens, out);
    if (out.parsed.command != nullptr) out.parsed.words.erase(out.parsed.words.begin());
    return out;
}

std::vector<std::string> names_of_commands(const Program& program) {
    std::vector<std::string> out;
    for (const Command* one : commands_of(program)) out.emplace_back(one->name);
    return out;
}

std::vector<std::string> names_of_options(const Line& line) {
    std::vector<std::string> out;
    for (const Option* one : line.options)
        if ((one->times == Times::kMany || !line.parsed.flag(one->name)) &&
            (line.parsed.command == nullptr || is_read_by(*one, *line.parsed.command)))
            out.push_back("--" + std::string(one->name));
    return out;
}

// A server is not offered twice. Many servers may be there: each is looked up among the words that were typed.
std::vector<std::string> names_of_servers(const Line& line, const ServerNames& server_names) {
    const auto& typed = line.parsed.words;
    std::vector<std::string> out = server_names(line.parsed);
    std::erase_if(out,
                  [&](const std::string& one) { return std::find(typed.begin(), typed.end(), one) != typed.end(); });
    return out;
}

Completion of_kind(Kind kind, std::span<const std::string_view> allowed, const Line& line,
                   const ServerNames& server_names) {
    if (kind == Kind::kServer) return {names_of_servers(line, server_names)};
    if (kind == Kind::kOneOf || kind == Kind::kText) return {std::vector<std::string>(allowed.begin(), allowed.end())};
    return {{}, kind};
}

// "--for=dr": what may stand after the sign of equality, each with the option in front.
Completion of_adjacent_value(std::string_view begun, const Line& line, const ServerNames& server_names) {
    const auto equals = begun.find('=');
    const Option* option = find_option(line.options, begun.substr(2, equals - 2));
    if (option == nullptr || option->is_switch()) return {};
    Completion out = of_kind(option->kind, option->allowed, line, server_names);
    for (std::string& one : out.candidates) one.insert(0, begun.substr(0, equals + 1));
    return out;
}

Completion of_word(const Program& program, const Line& line, const ServerNames& server_names) {
    if (line.parsed.command == nullptr) return {names_of_commands(program)};
    const Words& words = line.parsed.command->words;
    if (line.parsed.words.size() >= words.at_most) return {};
    if (words.kind == Kind::kCommand) return {names_of_commands(program)};
    return of_kind(words.kind, {}, line, server_names);
}

Completion everything(const Program& program, std::span<const std::string> words, const ServerNames& server_names) {
    const std::string& begun = words.back();
    const auto before = words.first(words.size() - 1);
    const auto dashes = static_cast<std::size_t>(std::find(before.begin(), before.end(), "--") - before.begin());
    const bool is_after = dashes < before.size();
    Line line = read_line(program, before.first(dashes));
    if (line.is_mistaken) return {};
    if (is_after) {
        const Command* command = line.parsed.command;
        if (command == nullptr) return {};
        // Only the first word after -- is a command; what its own arguments are, only the shell may know.
        if (!command->trailing.name.empty())
            return {{},
                    dashes + 1 == before.size() || command->trailing.kind != Kind::kCommand ? command->trailing.kind
                                                                                            : Kind::kFile};
        line.parsed.words.insert(line.parsed.words.end(), before.begin() + static_cast<std::ptrdiff_t>(dashes) + 1,
                                 before.end());
        return of_word(program, line, server_names);
    }
    if (begun.starts_with("--") && begun.find('=') != std::string::npos)
        return of_adjacent_value(begun, line, server_names);
    if (line.awaits_value != nullptr)
        return of_kind(line.awaits_value->kind, line.awaits_value->allowed, line, server_names);
    if (begun.starts_with('-')) return {names_of_options(line)};
    return of_word(program, line, server_names);
}

std::string_view what_the_shell_offers(Kind kind) {
    switch (kind) {
        case Kind::kFile:
            return ":files";
        case Kind::kDirectory:
            return ":directories";
        case Kind::kCommand:
            return ":commands";
        default:
            return ":nothing";
    }
}

}  // namespace

std::string format_completion(const Completion& completion) {
    std::string out;
    for (const std::string& one : completion.candidates) out.append(one).append("\n");
    return out.append(what_the_shell_offers(completion.shell)).append("\n");
}

Completion complete(const Program& program, std::span<const std::string> words, const ServerNames& server_names) {
    if (words.empty()) return {};
    Completion out = everything(program, words, server_names);
    std::erase_if(out.candidates, [&](const std::string& one) { return !one.starts_with(words.back()); });
    return out;
}

}  // namespace zdr::cli
