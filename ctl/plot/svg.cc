#include "ctl/plot/svg.h"

#include <fmt/core.h>

#include <algorithm>

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
    const std::string plain = cut_to_width(printable(text), most);
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
    body_ += fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"{}{}>{}</text>\n", number(x), number(y),
                         number(style.size), style.fill, kAnchors[static_cast<int>(style.align)],
                         style.is_bold ? " font-weight=\"bold\"" : "", xml_text(text));
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view stroke, std::string_view more) {
    body_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{}\"{}/>\n", number(x1), number(y1),
                         number(x2), number(y2), stroke, more);
}

void Svg::path(std::string_view data, std::string_view attributes) {
    body_ += fmt::format("<path d=\"{}\" {}/>\n", data, attributes);
}

}  // namespace zdr::ctl
