// zdrctl: what operators and deploy agents run to see and flip servers.
#include <string>
#include <vector>

#include "ctl/env.h"
#include "ctl/run.h"

int main(int argc, char** argv) {
    zdr::ctl::ProcessEnv env;
    return zdr::ctl::run(std::vector<std::string>(argv + (argc > 0), argv + argc), env);
}
