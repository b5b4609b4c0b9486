#include "cli/scan.h"

#include <algorithm>
#include <boost/program_options.hpp>

namespace zdr::cli {
namespace {

namespace po = boost::program_options;

// Boost refuses "--option=" and a switch with a value by exceptions, which would come before the mistakes that stand
// further in front. So this reads all of "--name=value".
class AdjacentValue {
  public:
    explicit AdjacentValue(std::span<const Option* const> options) : options_(options) {}

    std::vector<po::option> operator()(std::vector<std::string>& args) const {
        const std::string& text = args.front();
        const auto equals = text.find('=');
        if (!text.starts_with("--") || equals == std::string::npos) return {};
        po::option out;
        const Option* option = find_option(options_, std::string_view(text).substr(2, equals - 2));
        // The whole argument is no option's name, so an unknown option stays one.
        out.string_key = option != nullptr ? std::string(option->name) : text;
        if (option != nullptr && !option->is_switch()) out.value.push_back(text.substr(equals + 1));
        out.original_tokens.push_back(text);
        args.erase(args.begin());
        return {out};
    }

  private:
    std::span<const Option* const> options_;
};

bool may_mean(std::string_view argument, const Option& option) {
    if (!argument.starts_with("--")) return argument.starts_with('-') && argument.find(option.letter) != argument.npos;
    return argument.substr(2).starts_with(option.name);
}

// Those that may be meant: of each that it is told of, Boost makes a stream to read its name from.
po::options_description describe(std::span<const std::string> args, std::span<const Option* const> options) {
    po::options_description out;
    for (const Option* one : options) {
        if (std::none_of(args.begin(), args.end(), [&](const auto& arg) { return may_mean(arg, *one); })) continue;
        std::string names(one->name);
        if (one->letter != '\0') names += std::string(",") + one->letter;
        // With an implicit value, Boost takes the next argument for the value if it does not look like an option.
        if (one->is_switch())
            out.add_options()(names.c_str(), "");
        else
            out.add_options()(names.c_str(), po::value<std::string>()->implicit_value({}), "");
    }
    return out;
}

Token to_token(const po::option& parsed, std::span<const Option* const> options) {
    Token out;
    if (!parsed.original_tokens.empty()) out.text = parsed.original_tokens.front();
    if (parsed.string_key.empty()) {
        out.text = parsed.value.front();
        return out;
    }
    const bool is_long = out.text.starts_with("--");
    const auto equals = out.text.find('=');
    out.option = parsed.unregistered ? nullptr : find_option(options, parsed.string_key);
    if (out.option == nullptr) {
        out.kind = Token::Kind::kUnknown;
        out.name = is_long ? out.text.substr(0, equals) : parsed.string_key;
        return out;
    }
    out.kind = Token::Kind::kOption;
    if (!parsed.value.empty())
        out.value = parsed.value.front();
    else if (is_long && equals != std::string::npos)
        out.value = out.text.substr(equals + 1);
    return out;
}

// Of a group of letters, only the last has the argument.
void complete_groups(std::vector<Token>& tokens) {
    for (std::size_t i = tokens.size(); i-- > 1;)
        if (tokens[i - 1].kind == Token::Kind::kOption && tokens[i - 1].text.empty())
            tokens[i - 1].text = tokens[i].text;
}

}  // namespace

Result<std::vector<Token>> scan(std::span<const std::string> args, std::span<const Option* const> options) {
    namespace style = po::command_line_style;
    try {
        const auto description = describe(args, options);
        const auto parsed = po::command_line_parser(std::vector<std::string>(args.begin(), args.end()))
                                .options(description)
                                .style(style::unix_style & ~style::allow_guessing)
                                .extra_style_parser(AdjacentValue(options))
                                .allow_unregistered()
                                .run();
        std::vector<Token> out;
        out.reserve(parsed.options.size());
        for (const po::option& one : parsed.options) out.push_back(to_token(one, options));
        complete_groups(out);
        return out;
    } catch (const po::error& error) {
        return fail(Errc::kUsage, error.what());
    }
}

}  // namespace zdr::cli
