// Makes a manual page: copies hand-written mdoc, and writes in it what the tables of commands and options say, so that
// a page cannot lack an option. Run by the build: generate TEMPLATE PAGE.
#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <exception>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "cli/program.h"
#include "ctl/command_table.h"
#include "options.h"

namespace zdr::man {
namespace {

// Text as mdoc shows it unchanged; a line of it may begin with anything.
std::string escape(std::string_view text) {
    std::string out;
    for (const char one : text) {
        if (one == '\\')
            out += "\\e";
        else if (one == '`')
            out += "\\(ga";
        else if (one == '-')
            out += "\\-";
        else
            out += one;
    }
    return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

// An argument of a macro: also one that looks like a macro itself.
std::string escape_argument(std::string_view text) {
    const bool is_like_macro = text.size() <= 2 || text.find('"') != std::string_view::npos;
    return (is_like_macro ? "\\&" : "") + escape(text);
}

// A sentence from a table, which has neither a capital letter nor a full stop there. A value that it begins with is
// left as it is typed.
std::string format_sentence(std::string_view text, std::span<const std::string_view> values = {}) {
    std::string out(text);
    const bool begins_with_value =
        std::any_of(values.begin(), values.end(), [&](std::string_view one) { return text.starts_with(one); });
    if (!begins_with_value) out.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(out.front())));
    if (out.back() != '.') out += '.';
    return escape(out);
}

std::string format_option(const cli::Option& option) {
    std::string out = ".It ";
    if (option.letter != '\0') out += fmt::format("Fl {} , ", option.letter);
    out += fmt::format("Fl \\-{}", escape(option.name));
    if (!option.is_switch()) out += fmt::format(" Ar {}", escape_argument(option.argument));
    out += fmt::format("\n{}\n", format_sentence(option.help, option.allowed));
    if (option.required) out += "Required.\n";
    return out;
}

template <class Options>
std::string format_options(const Options& options) {
    std::string out = ".Bl -tag -width Ds\n";
    for (const auto& one : options) {
        if constexpr (std::is_pointer_v<std::decay_t<decltype(one)>>)
            out += format_option(*one);
        else
            out += format_option(one);
    }
    return out + ".El\n";
}

// Each sentence begins a line, as mdoc wants it.
std::string format_paragraph(std::string text) {
    for (std::size_t at = 0; (at = text.find(". ", at)) != std::string::npos; ++at)
        if (at + 2 < text.size() && std::isupper(static_cast<unsigned char>(text[at + 2])) != 0) text[at + 1] = '\n';
    std::string out;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) out += escape(line) + "\n";
    return out;
}

// A line that begins with a space is shown as it is.
std::string format_details(std::string_view details) {
    std::string out, paragraph;
    std::istringstream lines{std::string(details)};
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(' ')) {
            paragraph += (paragraph.empty() ? "" : " ") + line;
            continue;
        }
        out += format_paragraph(std::exchange(paragraph, "")) + ".Bd -literal -offset indent\n" +
               escape(line.substr(line.find_first_not_of(' '))) + "\n.Ed\n";
    }
    return out + format_paragraph(paragraph);
}

std::string format_usage(const cli::Program& program, const cli::Command& command) {
    std::string out = fmt::format(".Nm {}\n.Cm {}\n", program.name, command.name);
    for (const cli::Option& one : command.options)
        if (one.required) out += fmt::format(".Fl \\-{} Ar {}\n", escape(one.name), escape_argument(one.argument));
    if (!command.options.empty()) out += ".Op Ar option ...\n";
    const cli::Words& words = command.words;
    if (words.at_most > 0)
        out += fmt::format(".{} {}{}\n", words.at_least == 0 ? "Op Ar" : "Ar", words.name,
                           words.at_most > 1 ? " ..." : "");
    if (!command.trailing.name.empty()) out += fmt::format(".Fl \\- Ar {} ...\n", command.trailing.name);
    return out;
}

std::string format_command(const cli::Program& program, const cli::Command& command) {
    std::string out =
        fmt::format(".Ss {}\n.Bd -ragged -compact\n{}.Ed\n.Pp\n{}\n{}", command.name, format_usage(program, command),
                    format_sentence(command.summary), format_details(command.details));
    if (!command.options.empty()) out += format_options(command.options);
    return out;
}

std::string format_commands(const cli::Program& program) {
    std::string out;
    for (const cli::Command* one : cli::commands_of(program)) out += format_command(program, *one);
    return out;
}

// What stands for a line of the template; the line itself where it asks for nothing.
std::string expand(const std::string& line) {
    if (line == "@zdrctl commands@") return format_commands(ctl::program());
    if (line == "@zdrctl common options@") return format_options(cli::common_options_of(ctl::program()));
    if (line == "@zdr-loader commands@") return format_commands(loader::program());
    if (line == "@zdr-loader common options@") return format_options(cli::common_options_of(loader::program()));
    return line + "\n";
}

// A line of text as lines of at most 80 bytes, as mandoc wants them. None of them begins as a macro does.
std::string wrap(const std::string& line) {
    constexpr std::size_t kMost = 80;
    std::string out;
    std::string rest = line;
    while (rest.size() > kMost) {
        const std::size_t blank = rest.rfind(' ', kMost);
        if (blank == std::string::npos || blank == 0) break;
        out += rest.substr(0, blank) + "\n";
        rest.erase(0, blank + 1);
        if (rest.starts_with('.') || rest.starts_with('\'')) rest.insert(0, "\\&");
    }
    return out + rest + "\n";
}

// Macros, and what is shown as it is, stay.
std::string wrap_text(const std::string& page) {
    std::string out;
    bool is_literal = false;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(".Bd -literal")) is_literal = true;
        if (line.starts_with(".Ed")) is_literal = false;
        out += is_literal || line.starts_with('.') ? line + "\n" : wrap(line);
    }
    return out;
}

int generate(const char* from, const char* to) {
    std::ifstream source(from);
    std::ofstream page(to);
    std::string text;
    for (std::string line; std::getline(source, line);) text += expand(line);
    page << wrap_text(text);
    page.close();
    if (source.eof() && page) return 0;
    fmt::print(stderr, "generate: cannot make {} of {}\n", to, from);
    return 1;
}

}  // namespace
}  // namespace zdr::man

int main(int argc, char** argv) {
    try {
        if (argc == 3) return zdr::man::generate(argv[1], argv[2]);
        std::fputs("usage: generate TEMPLATE PAGE\n", stderr);
        return 2;
    } catch (const std::exception& error) {  // no memory left, say
        std::fputs(error.what(), stderr);
        return 1;
    }
}
