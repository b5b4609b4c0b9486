#include "zdr/net/endpoint.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>

#include "zdr/base/text.h"

namespace zdr {

Result<Port> Port::parse(std::string_view text) {
    unsigned value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc() || stop != end || value == 0 || value > 65535)
        return fail(Errc::kUsage, in_quotes(text) + " is not a port (1 to 65535)");
    return Port(static_cast<std::uint16_t>(value));
}

namespace {

// "fe80::1%eth0", which is no address that the kernel's maps can have.
Result<Address> refuse_scope(std::string_view text, std::string_view inner) {
    const auto address = Address::parse(inner.substr(0, inner.find('%')));
    if (!address || address->is_v4()) return fail(Errc::kUsage, in_quotes(text) + " is not an IPv4 or IPv6 address");
    return fail(Errc::kUsage, fmt::format("{} names an interface, and zdr goes by the address alone: write {}, which "
                                          "is meant on whatever interface has it",
                                          in_quotes(text), address->to_string()));
}

}  // namespace

Result<Address> Address::parse(std::string_view text) {
    std::string_view inner = text;
    if (inner.size() > 2 && inner.front() == '[' && inner.back() == ']') inner = inner.substr(1, inner.size() - 2);
    if (inner.find('%') != std::string_view::npos) return refuse_scope(text, inner);
    const std::string terminated(inner);
    const bool has_nul = inner.find('\0') != std::string_view::npos;
    Words words{};
    in_addr v4{};
    if (!has_nul && inet_pton(AF_INET, terminated.c_str(), &v4) == 1)
        words = {0, 0, htonl(0xffff), v4.s_addr};
    else if (has_nul || inet_pton(AF_INET6, terminated.c_str(), words.data()) != 1)
        return fail(Errc::kUsage, in_quotes(text) + " is not an IPv4 or IPv6 address");

    const Address address(words);
    const bool unspecified = words[3] == 0 && words[0] == 0 && words[1] == 0 && (words[2] == 0 || address.is_v4());
    const bool multicast = address.is_v4() ? IN_MULTICAST(ntohl(words[3])) : (ntohl(words[0]) >> 24) == 0xff;
    if (unspecified) return fail(Errc::kUsage, in_quotes(text) + " is no host's address; for every address write *");
    if (multicast) return fail(Errc::kUsage, in_quotes(text) + " is a multicast address");
    return address;
}

bool Address::is_v4() const {
    return words_[0] == 0 && words_[1] == 0 && words_[2] == htonl(0xffff);
}

bool Address::is_loopback_v4() const {
    return is_v4() && ntohl(words_[3]) >> 24 == IN_LOOPBACKNET;
}

std::string Address::to_string() const {
    char text[INET6_ADDRSTRLEN];
    if (is_v4())
        inet_ntop(AF_INET, &words_[3], text, sizeof text);
    else
        inet_ntop(AF_INET6, words_.data(), text, sizeof text);
    return text;
}

}  // namespace zdr
