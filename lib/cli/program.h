// The command line of a program as a table of constants. Parsing, help, completion, suggestions and the manual page are
// all made from it, so they cannot disagree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zdr::cli {

// What a value or a word is. Values of kOneOf are checked; the others are the program's to check. Completion offers
// what fits.
enum class Kind { kText, kOneOf, kFile, kDirectory, kServer, kCommand };

enum class Times { kOnce, kMany };

struct Option {
    std::string_view name = {};      // "reason"
    char letter = '\0';              // 'q' where -q is the same
    std::string_view argument = {};  // as help shows it, "TEXT"; empty: a switch, which has no value
    std::string_view help = {};
    Kind kind = Kind::kText;
    std::span<const std::string_view> allowed = {};  // the values of kOneOf; of kText those that completion offers
    Times times = Times::kOnce;
    bool required = false;
    // Of a common option: the commands that read it; empty: all. The others take it too, and their help lacks it.
    std::span<const std::string_view> readers = {};

    constexpr bool is_switch() const { return argument.empty(); }
};

inline constexpr std::size_t kAnyNumber = SIZE_MAX;

// The words of a command that are not options. None where at_most is 0.
struct Words {
    std::string_view name = {};  // as help shows one, "NAME"
    std::size_t at_least = 0;
    std::size_t at_most = 0;
    Kind kind = Kind::kText;
};

// What stands after --, passed on as it is. A command without a name for it takes words there that begin with -.
struct Trailing {
    std::string_view name = {};  // as help shows it, "COMMAND"
    bool required = true;
    Kind kind = Kind::kText;  // kCommand: a program of the shell's, not of this table
};

struct Command {
    std::string_view name = {};
    std::string_view summary = {};  // one line
    std::string_view details = {};  // further lines of help, each ended by a newline
    std::span<const Option> options = {};
    Words words = {};
    Trailing trailing = {};
    bool is_for_scripts = false;  // no list for people names it
};

// Every program also has the command help and the options --help and --version: they are not in its table.
struct Program {
    std::string_view name = {};
    std::string_view version = {};
    std::string_view summary = {};    // one sentence
    std::string_view arguments = {};  // as help shows those of the program: "COMMAND [OPTION...] [NAME...]"
    std::span<const Command> commands = {};
    std::span<const Option> common_options = {};
    std::string_view closing = {};  // ends the general help: exit statuses and so on; each line ended by a newline
};

const Command& help_command();

// The program's commands for people, and help.
std::vector<const Command*> commands_of(const Program& program);
// Null: there is none of that name.
const Command* find_command(const Program& program, std::string_view name);

// The options that every command has: the common ones, --help and --version.
std::vector<const Option*> common_options_of(const Program& program);
// Those that may stand in a command line with this command: its own and the common ones.
std::vector<const Option*> options_of(const Program& program, const Command& command);
// Whether the command does something with an option that may stand there.
bool is_read_by(const Option& option, const Command& command);
// The commands whose own option that is, as it was typed: "--ttl" or "-t".
std::vector<std::string_view> owners_of(const Program& program, std::string_view typed);
// Null: there is none of that name.
const Option* find_option(std::span<const Option* const> options, std::string_view name);

// "NAME... -- COMMAND...": the words of a command as help shows them.
std::string format_arguments(const Command& command);

}  // namespace zdr::cli
