// What doctor found, as JSON.
#pragma once

#include <string>

#include "ctl/doctor/finding.h"

namespace zdr::ctl {

// One document, ended by a newline.
std::string format_diagnosis_json(const Diagnosis& diagnosis);

}  // namespace zdr::ctl
