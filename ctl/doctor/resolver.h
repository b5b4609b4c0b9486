// The addresses of the names in a HAProxy configuration.
#pragma once

#include "zdr/haproxy/import.h"

namespace zdr::ctl {

// Looks names up for 10 s in all from now on, so that a file of many names ends even where no name server answers.
// Each name once.
HaproxyResolver patient_resolver();

}  // namespace zdr::ctl
