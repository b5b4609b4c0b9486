// The command import: a zdr.conf from a HAProxy configuration.
#include <string>

#include "ctl/command_table.h"
#include "ctl/doctor/resolver.h"
#include "zdr/base/text_file.h"
#include "zdr/haproxy/import.h"
#include "zdr/haproxy/import_text.h"

namespace zdr::ctl {

Result<void> import_config(const cli::Parsed& parsed, const CommonOptions&, Env& env) {
    const std::string& path = parsed.words.front();
    const auto text = read_text_file(path);
    if (!text) return tl::unexpected(text.error());
    const auto variables = [&](const std::string& name) { return env.variable(name.c_str()); };
    const auto config = parse_haproxy_config(*text, path, variables);
    if (!config) return tl::unexpected(config.error());
    return unless_reader_left(
        env.out(format_zdr_conf(import_haproxy(*config, patient_resolver()), path.substr(path.rfind('/') + 1))));
}

}  // namespace zdr::ctl
