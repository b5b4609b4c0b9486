#include "ctl/plot/svg.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "zdr/base/columns.h"
#include "zdr/base/text.h"

namespace zdr::ctl {
namespace {

// The width of a letter, of its size; of a wide font, DejaVu Sans.
double letter_width(char letter) {
    constexpr std::string_view kNarrow = " ijl.,:;'!|";
    constexpr std::string_view kSlim = "frt()[]/-\"";
    constexpr std::string_view kWide = "mwMW%@";
    if (kNarrow.find(letter) != std::string_view::npos) return 0.33;
    if (kSlim.find(letter) != std::string_view::npos) return 0.42;
    if (kWide.find(letter) != std::string_view::npos) return 0.97;
    return letter >= 'A' && letter <= 'Z' ? 0.72 : 0.63;
}

constexpr double kColumnWidth = 0.7;  // of what is no ASCII, for each column of a terminal

std::string_view escape_of(char letter) {
    switch (letter) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\'':
            return "&#39;";
        default:
            return "";
    }
}

bool begins_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80;
}

// What all of them begin with: so many bytes, of whole characters.
std::size_t common_beginning(const std::vector<std::string_view>& names) {
    std::size_t out = names.front().size();
    for (const std::string_view name : names) {
        const auto [end, _] = std::mismatch(name.begin(), name.end(), names.front().begin(), names.front().end());
        out = std::min(out, static_cast<std::size_t>(end - name.begin()));
    }
    while (out > 0 && out < names.front().size() && !begins_character(names.front()[out])) --out;
    return out;
}

// What all of them end with.
std::size_t common_end(const std::vector<std::string_view>& names) {
    const std::string_view first = names.front();
    std::size_t out = first.size();
    for (const std::string_view name : names) {
        const auto [end, _] = std::mismatch(name.rbegin(), name.rend(), first.rbegin(), first.rend());
        out = std::min(out, static_cast<std::size_t>(end - name.rbegin()));
    }
    while (out > 0 && !begins_character(first[first.size() - out])) --out;
    return out;
}

// What differs in names that are not all the same, so that each fits.
std::vector<std::string> shorten_to_difference(std::vector<std::string_view> names, double size, double width) {
    constexpr std::string_view kLeftOut = "...";
    const std::size_t begin = common_beginning(names);
    for (std::string_view& name : names) name.remove_prefix(begin);
    const std::size_t end = common_end(names);
    const std::string_view before = begin > 0 ? kLeftOut : "";
    const std::string_view after = end > 0 ? kLeftOut : "";
    const double room = width - text_width(before, size) - text_width(after, size);
    std::vector<std::string> out;
    out.reserve(names.size());
    for (const std::string_view name : names)
        out.push_back(
            fmt::format("{}{}{}", before, shorten_to_fit(name.substr(0, name.size() - end), size, room), after));
    return out;
}

}  // namespace

std::string xml_text(std::string_view text) {
    std::string out;
    const std::string plain = printable(text);
    for (std::size_t i = 0; i < plain.size(); ++i) {
        const std::string_view escape = escape_of(plain[i]);
        // U+FFFE and U+FFFF, which are UTF-8 and no characters of XML.
        if (plain.compare(i, 3, "\xef\xbf\xbe") == 0 || plain.compare(i, 3, "\xef\xbf\xbf") == 0) {
            out += '?';
            i += 2;
        } else if (escape.empty()) {
            out += plain[i];
        } else {
            out += escape;
        }
    }
    return out;
}

double text_width(std::string_view text, double size) {
    std::string others;
    double width = 0;
    for (const char one : printable(text)) {
        if (static_cast<unsigned char>(one) < 0x80)
            width += letter_width(one);
        else
            others += one;
    }
    return (width + static_cast<double>(display_width(others)) * kColumnWidth) * size;
}

std::string cut_to_fit(std::string_view text, double size, double width) {
    // A longer one never fits, and is not measured again and again.
    const auto most = static_cast<std::size_t>(std::max(width / size * 4, 0.0));
    std::string whole = printable(text);
    const std::string plain = cut_to_width(whole, most);
    if (plain == whole && text_width(whole, size) <= width) return whole;
    for (std::size_t columns = display_width(plain); columns >= 2; --columns) {
        std::string out = cut_to_width(plain, columns);
        if (text_width(out, size) <= width) return out;
    }
    return "";
}

std::string shorten_to_fit(std::string_view name, double size, double width) {
    const std::string plain = printable(name);
    const bool is_ascii =
        std::all_of(plain.begin(), plain.end(), [](char one) { return static_cast<unsigned char>(one) < 0x80; });
    if (!is_ascii || text_width(plain, size) <= width) return cut_to_fit(plain, size, width);
    const auto most = std::min(plain.size(), static_cast<std::size_t>(std::max(width / size * 4, 0.0)));
    for (std::size_t kept = most; kept >= 4; --kept) {
        std::string out = plain.substr(0, kept / 2) + "..." + plain.substr(plain.size() - (kept - kept / 2));
        if (text_width(out, size) <= width) return out;
    }
    return cut_to_fit(plain, size, width);
}

std::vector<std::string> shorten_apart(const std::vector<std::string>& names, double size, double width) {
    std::map<std::string, std::set<std::string_view>> names_by_shown;
    for (const std::string& name : names) names_by_shown[shorten_to_fit(name, size, width)].insert(name);
    std::map<std::string_view, std::string> shown_by_name;
    for (const auto& [shown, group] : names_by_shown) {
        const std::vector<std::string_view> same(group.begin(), group.end());
        const auto apart = same.size() == 1 ? std::vector{shown} : shorten_to_difference(same, size, width);
        for (std::size_t i = 0; i < same.size(); ++i) shown_by_name[same[i]] = apart[i];
    }
    std::vector<std::string> out;
    out.reserve(names.size());
    for (const std::string& name : names) out.push_back(shown_by_name[name]);
    return out;
}

std::string number(double value) {
    const auto tenths = static_cast<std::int64_t>(value * 10 + (value < 0 ? -0.5 : 0.5));
    if (tenths % 10 == 0) return std::to_string(tenths / 10);
    return fmt::format("{:.1f}", static_cast<double>(tenths) / 10);
}

std::string format_count(std::uint64_t count) {
    std::string out = std::to_string(count);
    for (std::size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, ",");
    return out;
}

void Svg::rect(const Box& box, std::string_view fill, std::string_view more) {
    body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"{}/>\n", number(box.x),
                         number(box.y), number(box.width), number(box.height), fill, more);
}

void Svg::rect_with_title(const Box& box, std::string_view fill, std::string_view title) {
    body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"><title>{}</title></rect>\n",
                         number(box.x), number(box.y), number(box.width), number(box.height), fill, xml_text(title));
}

void Svg::text(double x, double y, std::string_view text, const TextStyle& style) {
    constexpr std::string_view kAnchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
    const std::string title = style.title.empty() ? "" : fmt::format("<title>{}</title>", xml_text(style.title));
    body_ += fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"{}{}>{}{}</text>\n", number(x), number(y),
                         number(style.size), style.fill, kAnchors[static_cast<int>(style.align)],
                         style.is_bold ? " font-weight=\"bold\"" : "", title, xml_text(text));
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view stroke, std::string_view more) {
    body_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{}\"{}/>\n", number(x1), number(y1),
                         number(x2), number(y2), stroke, more);
}

void Svg::path(std::string_view data, std::string_view attributes) {
    body_ += fmt::format("<path d=\"{}\" {}/>\n", data, attributes);
}

}  // namespace zdr::ctl
