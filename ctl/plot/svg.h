// The pieces of a picture in SVG, as text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/plot/frame.h"

namespace zdr::ctl {

// What somebody else has named, fit for XML between tags and in attributes with double quotes: nothing in it ends one,
// and what XML or a reader cannot have is '?'.
std::string xml_text(std::string_view text);

// How wide a text is in letters of that size, as a browser shows it; rather more.
double text_width(std::string_view text, double size);

// Its beginning, so that it fits into that width; empty where not even two letters fit.
std::string cut_to_fit(std::string_view text, double size, double width);

// The same for names, whose ends tell them apart: what is left out is in the middle.
std::string shorten_to_fit(std::string_view name, double size, double width);

// Each of them so. Of those that would look the same, what all of them begin and end with is left out.
std::vector<std::string> shorten_apart(const std::vector<std::string>& names, double size, double width);

// Without a needless ".0": 12.5, 12.
std::string number(double value);

// "1,234,567"
std::string format_count(std::uint64_t count);

struct Box {
    double x;
    double y;
    double width;
    double height;
};

enum class Align { kLeft, kMiddle, kRight };

struct TextStyle {
    double size = 11;
    std::string_view fill = kInk;
    Align align = Align::kLeft;
    bool is_bold = false;
    std::string_view title{};  // what a pointer on it shows; empty: nothing
};

class Svg {
  public:
    // more: attributes as they are, with a space in front.
    void rect(const Box& box, std::string_view fill, std::string_view more = "");
    // The same, with what a pointer on it shows.
    void rect_with_title(const Box& box, std::string_view fill, std::string_view title);
    void text(double x, double y, std::string_view text, const TextStyle& style = {});
    void line(double x1, double y1, double x2, double y2, std::string_view stroke, std::string_view more = "");
    void path(std::string_view data, std::string_view attributes);

    const std::string& body() const { return body_; }

  private:
    std::string body_;
};

}  // namespace zdr::ctl
