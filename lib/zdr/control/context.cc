#include "zdr/control/context.h"

#include <pwd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include "zdr/base/system_log.h"
#include "zdr/model/flip.h"

namespace zdr {
namespace {

// The first user of that uid in /etc/passwd, where nearly every one is, else as the system's name services know it: to
// ask those first costs as much as a flip. A number where there is no name.
std::string name_of(uid_t uid) {
    if (uid == 0) return "root";  // everywhere, so no file is read for it
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/etc/passwd", "re"), std::fclose);
    while (file != nullptr) {
        const passwd* entry = fgetpwent(file.get());
        if (entry == nullptr) break;
        if (entry->pw_uid == uid) return entry->pw_name;
    }
    const passwd* entry = getpwuid(uid);
    return entry == nullptr ? std::to_string(uid) : entry->pw_name;
}

bool sleep_for(std::chrono::milliseconds time) {
    std::this_thread::sleep_for(time);
    return true;
}

void say_nothing(std::string_view) {}

}  // namespace

User current_user() {
    const uid_t uid = getuid();
    const char* caller = uid == 0 ? std::getenv("SUDO_USER") : nullptr;
    return {uid, caller != nullptr && *caller != '\0' ? caller : name_of(uid)};
}

Now current_time() {
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    return {boot_now(), std::chrono::duration_cast<std::chrono::nanoseconds>(wall)};
}

Context::Context()
    : user(current_user),
      now(current_time),
      pause(sleep_for),
      stop_signal([] { return SIGTERM; }),
      report(say_nothing),
      report_pending(say_nothing),
      report_detail(say_nothing),
      log(log_to_system),
      option([](std::string_view setting) { return std::string(setting); }),
      command([](std::string_view words) { return std::string(words); }) {}

}  // namespace zdr
