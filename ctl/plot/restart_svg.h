// The picture of a restart.
#pragma once

#include <string>

#include "ctl/plot/recording.h"

namespace zdr::ctl {

// One SVG document, which needs nothing else: who served how many requests a second, and below, along the same time,
// zdr's states and HAProxy's view of its servers. It has a background, so that it is read on any other. The same
// recording makes the same text.
std::string format_restart_svg(const Recording& recording);

}  // namespace zdr::ctl
