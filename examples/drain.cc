// Drains one server, runs a command once HAProxy gives the server no new clients, and makes it ready again:
//
//     drain webA 'systemctl restart app-a'
//
// The exit status is that of zdrctl: 0 done, 1 failed, 2 usage, 4 timed out, 6 no such server, and so on.
#include <zdr/control/context.h>
#include <zdr/control/set_state.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

namespace {

int fail(const zdr::Error& error) {
    std::cerr << "drain: " << error.text << "\n";
    return zdr::exit_status(error);
}

int restart(const std::string& server, const std::string& command) {
    zdr::Context context;
    if (const char* directory = std::getenv(zdr::kStateDirVariable)) context.state_dir = directory;
    context.report = [](std::string_view line) { std::cout << line << std::endl; };

    // Both return once every checker has noticed.
    const auto drained = zdr::set_state({&server, 1}, {.state = zdr::State::kDrain, .reason = command}, context);
    if (!drained) return fail(drained.error());

    if (std::system(command.c_str()) != 0) {
        std::cerr << "drain: '" << command << "' failed; " << server << " stays drained\n";
        return 1;
    }

    const auto ready = zdr::set_state({&server, 1}, {.state = zdr::State::kReady}, context);
    return ready ? 0 : fail(ready.error());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: drain SERVER COMMAND\n";
        return 2;
    }
    return restart(argv[1], argv[2]);
}
