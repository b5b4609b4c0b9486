// What was so of a server for some time, as bands along the time: zdr's state of it, and HAProxy's view.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/plot/frame.h"
#include "ctl/plot/recording.h"
#include "ctl/plot/svg.h"

namespace zdr::ctl {

struct BandKind {
    std::string_view legend;
    std::string_view fill;

    bool operator==(const BandKind&) const = default;
};

struct Band {
    std::chrono::milliseconds begin;
    std::chrono::milliseconds end;
    std::string text;
    BandKind kind;
};

// From the state in which the server was when all began, and from what happened to it.
std::vector<Band> zdr_bands(const PlottedServer& server, const Recording& recording);

// Where HAProxy was not heard, there is no band.
std::vector<Band> haproxy_bands(const PlottedLine& line);

// Those of them that are wide enough to be seen.
std::vector<Band> visible_bands(const std::vector<Band>& bands, const TimeAxis& axis);

// Visible ones, in a row whose top is at y; each has its text in it where it fits.
void draw_bands(const std::vector<Band>& bands, double y, const TimeAxis& axis, Svg& svg);

}  // namespace zdr::ctl
