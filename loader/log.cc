#include "log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace zdr::loader {

void begin_log(bool verbose) {
    auto logger = spdlog::stderr_logger_st("zdr-loader");
    logger->set_pattern("%n: %v");
    logger->set_level(verbose ? spdlog::level::debug : spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
}

void log_step(const std::string& done) {
    spdlog::debug("{}", done);
}

void log_result(const std::string& what) {
    spdlog::info("{}", what);
}

void log_warning(const std::string& what) {
    spdlog::warn("{}", what);
}

}  // namespace zdr::loader
