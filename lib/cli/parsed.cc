#include "cli/parsed.h"

namespace zdr::cli {

bool Parsed::flag(std::string_view option) const {
    return given.find(option) != given.end();
}

std::optional<std::string> Parsed::value(std::string_view option) const {
    const auto& all = values(option);
    if (all.empty()) return std::nullopt;
    return all.front();
}

const std::vector<std::string>& Parsed::values(std::string_view option) const {
    static const std::vector<std::string> none;
    const auto found = given.find(option);
    return found == given.end() ? none : found->second;
}

}  // namespace zdr::cli
