#include "ctl/plot/restart_svg.h"

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "ctl/plot/bands.h"
#include "ctl/plot/chart.h"
#include "ctl/plot/frame.h"
#include "ctl/plot/marks.h"
#include "ctl/plot/svg.h"
#include "zdr/base/duration.h"

namespace zdr::ctl {
namespace {

constexpr std::size_t kMostServers = 24;  // that have a row
constexpr double kMargin = 16;
constexpr double kFirstMark = 62;  // the top of the lanes of words
constexpr double kHeading = 22;
constexpr double kBold = 1.15;  // how much wider bold letters are
constexpr double kLegendLeft = 80;
constexpr double kLegendHeight = 16;
constexpr double kNameWidth = kPlotLeft - kMargin - 22;

struct Row {
    std::string name;
    std::vector<Band> bands;
    const PlottedLine* line = nullptr;  // of HAProxy
    std::vector<Band> visible{};        // of the bands
};

struct Section {
    std::string heading;
    std::vector<Row> rows;
    std::string note{};  // below them

    double height() const {
        return kHeading + kRowHeight * static_cast<double>(rows.size()) + (note.empty() ? 0 : kRowHeight);
    }
};

std::vector<std::string> names_of(const Section& section) {
    std::vector<std::string> out;
    for (const Row& row : section.rows) out.push_back(row.name);
    return out;
}

std::string_view unit_of(const Recording& recording) {
    const auto is_of_requests = [](const PlottedLine& line) { return line.is_of_requests; };
    if (std::all_of(recording.lines.begin(), recording.lines.end(), is_of_requests)) return "requests";
    return std::any_of(recording.lines.begin(), recording.lines.end(), is_of_requests) ? "requests, sessions"
                                                                                       : "sessions";
}

std::uint64_t total_of(const PlottedLine& line) {
    return line.counts.empty() ? 0 : line.counts.back().total;
}

Section zdr_section(const Recording& recording) {
    Section out{"zdr", {}};
    for (const PlottedServer& server : recording.servers) {
        if (out.rows.size() == kMostServers) break;
        out.rows.push_back({server.name, zdr_bands(server, recording)});
    }
    if (const std::size_t more = recording.servers.size() - out.rows.size(); more != 0)
        out.note = fmt::format("and {} more", more);
    return out;
}

// One for each HAProxy.
std::vector<Section> haproxy_sections(const Recording& recording) {
    std::vector<Section> out;
    for (const PlottedLine& line : recording.lines) {
        std::string heading = line.haproxy.empty() ? "HAProxy" : "HAProxy at " + line.haproxy;
        if (out.empty() || out.back().heading != heading) out.push_back({std::move(heading), {}});
        out.back().rows.push_back({line.name, haproxy_bands(line), &line});
    }
    for (Section& section : out)
        if (std::all_of(section.rows.begin(), section.rows.end(),
                        [](const Row& row) { return row.line->counts.empty(); }))
            section.note = "no answer";
    return out;
}

// Whether there is a time of which nothing is known in between.
bool has_gap(const PlottedLine& line) {
    return std::any_of(line.counts.begin(), line.counts.end(),
                       [&](const CountPoint& one) { return !one.follows && &one != &line.counts.front(); });
}

// What the bands of some sections mean that are seen, in the order in which it came to that.
std::vector<BandKind> kinds_of(std::span<const Section> sections) {
    const auto add = [](const BandKind& kind, std::vector<BandKind>& kinds) {
        if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
    };
    std::vector<BandKind> seen;
    std::vector<BandKind> all;
    for (const Section& section : sections)
        for (const Row& row : section.rows) {
            for (const Band& band : row.visible) add(band.kind, seen);
            for (const Band& band : row.bands) add(band.kind, all);
            if (row.line == nullptr || !has_gap(*row.line)) continue;
            for (auto* const kinds : {&seen, &all}) add({"no answer", "url(#unknown)"}, *kinds);
        }
    std::erase_if(all, [&](const BandKind& kind) { return std::find(seen.begin(), seen.end(), kind) == seen.end(); });
    return all;
}

// All that fit, or the first and how many more there are.
std::string format_names(const std::vector<PlottedServer>& servers, double size, double width) {
    if (servers.empty()) return "";
    std::string all;
    for (const PlottedServer& one : servers) all += (all.empty() ? "" : ", ") + one.name;
    if (text_width(all, size) <= width) return all;
    const std::string more = servers.size() == 1 ? "" : fmt::format(" and {} more", servers.size() - 1);
    return shorten_to_fit(servers.front().name, size, width - text_width(more, size)) + more;
}

class Picture {
  public:
    explicit Picture(const Recording& recording)
        : recording_(&recording),
          axis_(recording.end),
          sections_(haproxy_sections(recording)),
          marks_(place_marks(recording.events, axis_)) {
        sections_.insert(sections_.begin(), zdr_section(recording));
        for (Section& section : sections_)
            for (Row& row : section.rows) row.visible = visible_bands(row.bands, axis_);
    }

    std::string draw() {
        const double top = kFirstMark + kLaneHeight * static_cast<double>(lanes_of(marks_));
        const double rows = top + kChartHeight + 6;
        double bottom = rows + 4;
        for (const Section& section : sections_) bottom += section.height();
        draw_titles(top);
        for (const TimeAxis::Tick& tick : axis_.ticks()) {
            body_.line(tick.x, top, tick.x, bottom, kGrid);
            body_.text(tick.x, bottom + 15, tick.text, {.fill = kFaintInk, .align = Align::kMiddle});
        }
        draw_chart(*recording_, top, axis_, body_);
        draw_marks(marks_, top, bottom, body_);  // behind the bands, whose words they would cross
        double y = rows;
        for (const Section& section : sections_) {
            draw_section(section, y);
            y += section.height();
        }
        const auto all = std::span<const Section>(sections_);
        double end = draw_legend("zdr", kinds_of(all.first(1)), bottom + 38);
        end = draw_legend("HAProxy", kinds_of(all.subspan(1)), end);
        return document(end - kLegendHeight);
    }

  private:
    void draw_titles(double top) {
        constexpr double kTitle = 16;
        title_ = "Restart of " + format_names(recording_->servers, kTitle * kBold, kPictureWidth - 2 * kMargin - 110);
        body_.text(kMargin, 28, title_, {.size = kTitle, .is_bold = true});
        std::uint64_t total = 0;
        for (const PlottedLine& line : recording_->lines) total += total_of(line);
        summary_ = fmt::format("{} {} in {}: who answered how many a second, by HAProxy's own count",
                               format_count(total), unit_of(*recording_), format_elapsed(recording_->end));
        if (!recording_->error.empty())
            summary_ = cut_to_fit("stopped: " + recording_->error, 12, kPictureWidth - 2 * kMargin);
        body_.text(kMargin, 47, summary_, {.size = 12, .fill = recording_->error.empty() ? kFaintInk : kBad});
        body_.text(kPlotLeft - 8, top - 5, fmt::format("{}/s", unit_of(*recording_)),
                   {.fill = kFaintInk, .align = Align::kRight});
    }

    void draw_section(const Section& section, double y) {
        const std::string heading = cut_to_fit(section.heading, 11 * kBold, kPlotRight - kMargin);
        const double width = text_width(heading, 11 * kBold);
        if (kMargin + width > kPlotLeft) body_.rect({kMargin, y + 4, width, kBandHeight}, kPaper);
        body_.text(kMargin, y + kHeading - 7, heading, {.is_bold = true});
        if (!section.rows.empty() && section.rows.front().line != nullptr)
            body_.text(kTotalsRight, y + kHeading - 7, unit_of(*recording_),
                       {.fill = kFaintInk, .align = Align::kRight});
        y += kHeading;
        const std::vector<std::string> names = shorten_apart(names_of(section), 11, kNameWidth);
        for (std::size_t i = 0; i < names.size(); ++i) {
            const Row& row = section.rows[i];
            const std::string_view whole = names[i] == row.name ? "" : std::string_view(row.name);
            body_.text(kMargin + 16, y + kBandHeight - 4, names[i], {.title = whole});
            if (row.line != nullptr) draw_line_of(*row.line, y);
            draw_bands(row.visible, y, axis_, body_);
            y += kRowHeight;
        }
        if (!section.note.empty()) body_.text(kMargin + 16, y + kBandHeight - 4, section.note, {.fill = kFaintInk});
    }

    void draw_line_of(const PlottedLine& line, double y) {
        const LineColour colour = colour_of(line);
        body_.rect({kMargin, y + 3, 10, 10}, colour.fill, fmt::format(" fill-opacity=\"{}\"", colour.opacity));
        body_.text(kTotalsRight, y + kBandHeight - 4, format_count(total_of(line)), {.align = Align::kRight});
    }

    // Where it ends.
    double draw_legend(std::string_view heading, const std::vector<BandKind>& kinds, double y) {
        if (kinds.empty()) return y;
        body_.text(kMargin, y, heading, {.size = 10, .fill = kFaintInk, .is_bold = true});
        double x = kLegendLeft;
        for (const BandKind& kind : kinds) {
            const double width = 14 + text_width(kind.legend, 10) + 14;
            if (x + width > kPictureWidth - kMargin + 14) {
                x = kLegendLeft;
                y += kLegendHeight;
            }
            body_.rect({x, y - 9, 10, 10}, kind.fill);
            body_.text(x + 14, y, kind.legend, {.size = 10, .fill = kFaintInk});
            x += width;
        }
        return y + kLegendHeight;
    }

    std::string document(double end) const {
        const std::string height = number(end + 14);
        return fmt::format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
            "font-family=\"-apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif\" role=\"img\">\n"
            "<title>{2}</title>\n<desc>{3}</desc>\n"
            "<defs><pattern id=\"unknown\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
            "<path d=\"M0 6L6 0\" stroke=\"{4}\"/></pattern></defs>\n"
            "<rect x=\"0.5\" y=\"0.5\" width=\"{5}\" height=\"{6}\" rx=\"6\" fill=\"{8}\" "
            "stroke=\"{4}\"/>\n{7}</svg>\n",
            number(kPictureWidth), height, xml_text(title_), xml_text(summary_), kGrid, number(kPictureWidth - 1),
            number(end + 13), body_.body(), kPaper);
    }

    const Recording* recording_;
    TimeAxis axis_;
    std::vector<Section> sections_;
    std::vector<Mark> marks_;
    std::string title_;
    std::string summary_;
    Svg body_;
};

}  // namespace

std::string format_restart_svg(const Recording& recording) {
    return Picture(recording).draw();
}

}  // namespace zdr::ctl
