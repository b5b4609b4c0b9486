// Running a program as a whole process and timing it: from before it is started until it has been waited for.
#pragma once

#include <string>
#include <vector>

namespace zdr::bench {

struct Program {
    std::vector<std::string> command;  // the first is an absolute path
    std::string input = "/dev/null";   // its standard input
};

// Milliseconds. What it writes is thrown away. Throws where it cannot be started or does not end with 0.
double milliseconds_of(const Program& program);

// The absolute path of a program in PATH. Throws where there is none.
std::string path_of(const std::string& name);

}  // namespace zdr::bench
