#include "group_member.h"

#include <grp.h>
#include <pwd.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/process.h"

namespace zdr::test {

int as_nobody(const std::string& group, const std::function<int()>& function) {
    const passwd* user = getpwnam("nobody");
    const ::group* entry = getgrnam(group.c_str());
    return in_child([&] {
        if (setgroups(0, nullptr) != 0 || setresgid(entry->gr_gid, entry->gr_gid, entry->gr_gid) != 0 ||
            setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
            return 255;
        return function();
    });
}

void GroupTest::SetUp() {
    SystemTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    make_programs_reachable();
    load("group = " + std::string(kGroup) + "\n" + std::string(kWebA));
}

Command GroupTest::command_of_nobody(const std::string& group, Command command) const {
    const std::string here = bin_ + "/" + std::filesystem::path(command.front()).filename().string();
    if (std::filesystem::exists(here)) command.front() = here;
    return Command{"setpriv", "--reuid", "nobody", "--regid", group, "--clear-groups"} + command;
}

Output GroupTest::run_as_nobody(const std::string& group, Command command) const {
    return run(command_of_nobody(group, std::move(command)));
}

void GroupTest::make_programs_reachable() {
    bin_ = sandbox().directory() + "/bin";
    std::filesystem::create_directory(bin_);
    for (const std::string& program : {ZdrPrograms::loader_path(), ZdrPrograms::ctl_path()}) {
        const std::string here = bin_ + "/" + std::filesystem::path(program).filename().string();
        std::ofstream(here).close();
        ASSERT_EQ(mount(program.c_str(), here.c_str(), nullptr, MS_BIND, nullptr), 0);
    }
}

}  // namespace zdr::test
