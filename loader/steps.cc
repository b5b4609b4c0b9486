#include "steps.h"

#include <spdlog/spdlog.h>

namespace zdr::loader {

void log_step(const std::string& done) {
    spdlog::debug("{}", done);
}

}  // namespace zdr::loader
