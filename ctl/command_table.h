// The commands of zdrctl: one table that the command line, the help and completion are made from, and what runs each.
#pragma once

#include "cli/parsed.h"
#include "cli/program.h"
#include "ctl/common_options.h"
#include "ctl/env.h"
#include "zdr/base/error.h"

namespace zdr::ctl {

const cli::Program& program();

// Errors name what was tried on what, but neither the program nor the command. A usage error is one that parsing cannot
// see; nothing was done then.
using Run = Result<void> (*)(const cli::Parsed& parsed, const CommonOptions& common, Env& env);

// What runs a command of the table. help is not among them: parsing answers it.
Run run_of(const cli::Command& command);

Result<void> add(const cli::Parsed& parsed, const CommonOptions& common, Env& env);
Result<void> apply(const cli::Parsed& parsed, const CommonOptions& common, Env& env);
Result<void> complete(const cli::Parsed& parsed, const CommonOptions& common, Env& env);
Result<void> doctor(const cli::Parsed& parsed, const CommonOptions& common, Env& env);
Result<void> drain(const cli::Parsed& parsed, const CommonOptions& common, Env& env);
Result<void> import_config(const cli::Parsed& parsed, const CommonOptions& common, Env& env);
Result<void> maint(const cli::Parsed& parsed, const CommonOptions& common, Env& env);
Result<void> metrics(const cli::Parsed& parsed, const CommonOptions& common, Env& env);
Result<void> ready(const cli::Parsed& parsed, const CommonOptions& common, Env& env);
Result<void> report(const cli::Parsed& parsed, const CommonOptions& common, Env& env);
Result<void> remove(const cli::Parsed& parsed, const CommonOptions& common, Env& env);
Result<void> restart(const cli::Parsed& parsed, const CommonOptions& common, Env& env);
Result<void> handover(const cli::Parsed& parsed, const CommonOptions& common, Env& env);
Result<void> status(const cli::Parsed& parsed, const CommonOptions& common, Env& env);
Result<void> wait(const cli::Parsed& parsed, const CommonOptions& common, Env& env);

}  // namespace zdr::ctl
