// What zdr-loader says on standard error, a line each: through spdlog, which is compiled here alone.
#pragma once

#include <string>

namespace zdr::loader {

// verbose: with each step.
void begin_log(bool verbose);

void log_step(const std::string& done);  // that is done; only where -v asks for it
void log_result(const std::string& what);
void log_warning(const std::string& what);

}  // namespace zdr::loader
