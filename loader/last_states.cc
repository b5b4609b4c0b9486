#include "last_states.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace zdr::loader {
namespace {

using nlohmann::json;

std::string file_for(std::string state_dir) {
    std::replace(state_dir.begin(), state_dir.end(), '/', '-');
    return "/var/lib/zdr/last" + state_dir + ".json";
}

std::string text_of(const json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::map<std::string, Flip> read_states_of_unload(const std::string& state_dir) {
    std::map<std::string, Flip> out;
    std::ifstream file(file_for(state_dir));
    const json states = json::parse(file, nullptr, false);
    if (!states.is_object()) return out;
    for (const auto& [name, one] : states.items()) {
        const auto state = parse_state(text_of(one, "state"));
        if (!state) continue;
        if (auto flip = make_flip(*state, 0, text_of(one, "by"), text_of(one, "reason")); flip)
            out.emplace(name, std::move(*flip));
    }
    return out;
}

void forget_states_of_unload(const std::string& state_dir) {
    (void)unlink(file_for(state_dir).c_str());
}

}  // namespace zdr::loader
