// zdrctl: what operators and deploy agents run to see and flip servers.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "ctl/env.h"
#include "ctl/run.h"

int main(int argc, char** argv) {
    try {
        zdr::ctl::ProcessEnv env;
        return zdr::ctl::run(std::vector<std::string>(argv + (argc > 0), argv + argc), env);
    } catch (const std::exception& error) {  // no memory left, say
        std::fputs("zdrctl: ", stderr);
        std::fputs(error.what(), stderr);
        std::fputc('\n', stderr);
        return 1;
    }
}
