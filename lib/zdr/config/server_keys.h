// The keys that describe a server, in a section of zdr.conf and as options of zdrctl add.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "zdr/base/error.h"
#include "zdr/model/server.h"

namespace zdr {

enum class KeyTimes { kOptional, kRequired, kMany };

// A key that is read into a T. Errors of set are of usage and show the value.
template <class T>
struct ConfigKey {
    std::string_view name;
    KeyTimes times;
    Result<void> (*set)(T& into, const std::string& value);
};

// A server of which not all keys are read yet.
struct ServerDraft {
    Server server;
    bool any_address = false;
};

// address, port, status-port, ...
std::span<const ConfigKey<ServerDraft>> server_keys();

// The server of that name and these keys and values. Usage errors: a bad name, a value that is refused and a key that
// is missing, each with "--key" in front.
Result<Server> make_server(std::string_view name, std::span<const std::pair<std::string, std::string>> settings);

}  // namespace zdr
