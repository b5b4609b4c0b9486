#include "zdr/haproxy/runtime_state.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>

#include "zdr/base/text.h"

namespace zdr {
namespace {

constexpr std::string_view kState = "show servers state";
constexpr std::string_view kStat = "show stat";

tl::unexpected<Error> cut(std::string_view command) {
    return fail(Errc::kFailed, fmt::format("the answer to \"{}\" is cut", command));
}

// One line without its end; none where the text ends before the line does.
std::optional<std::string_view> take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// What HAProxy said in place of an answer: its first line that is not empty.
tl::unexpected<Error> refused(std::string_view command, std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
    if (text.empty()) return cut(command);
    const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
    return fail(Errc::kFailed, fmt::format("the answer to \"{}\" is {}", command, in_quotes(line)));
}

void split(std::string_view line, char separator, std::vector<std::string_view>& out) {
    out.clear();
    for (;;) {
        const std::size_t end = line.find(separator);
        out.push_back(line.substr(0, end));
        if (end == std::string_view::npos) return;
        line.remove_prefix(end + 1);
    }
}

// The columns of a header line, by name.
class Columns {
  public:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    Columns(std::string_view line, char separator) {
        std::vector<std::string_view> names;
        split(line, separator, names);
        for (std::size_t i = 0; i < names.size(); ++i) positions_.try_emplace(names[i], i);
    }

    std::size_t operator[](std::string_view name) const {
        const auto found = positions_.find(name);
        return found == positions_.end() ? kNone : found->second;
    }

  private:
    std::unordered_map<std::string_view, std::size_t> positions_;
};

// The fields of one line.
class Row {
  public:
    Row(const std::vector<std::string_view>& fields, std::string_view command) : fields_(fields), command_(command) {}

    std::string_view operator[](std::size_t column) const {
        return column < fields_.size() ? fields_[column] : std::string_view();
    }
    tl::unexpected<Error> odd(std::size_t column, std::string_view what) const {
        return fail(Errc::kFailed,
                    fmt::format("the answer to \"{}\" has {} as {}", command_, in_quotes((*this)[column]), what));
    }
    Result<std::uint32_t> number(std::size_t column, std::uint32_t most, std::string_view what) const {
        const std::string_view text = (*this)[column];
        std::uint32_t value = 0;
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || stop != text.data() + text.size() || value > most) return odd(column, what);
        return value;
    }
    // HAProxy's own rule for names, of any length.
    Result<std::string> name(std::size_t column, std::string_view what) const {
        const auto is_odd = [](unsigned char byte) { return byte <= ' ' || byte >= 127; };
        const std::string_view text = (*this)[column];
        if (text.empty() || std::any_of(text.begin(), text.end(), is_odd)) return odd(column, what);
        return std::string(text);
    }
    // None: a '-' or what no host has.
    std::optional<Address> address(std::size_t column) const {
        const auto parsed = Address::parse((*this)[column]);
        return parsed ? std::optional(*parsed) : std::nullopt;
    }

  private:
    const std::vector<std::string_view>& fields_;
    std::string_view command_;
};

struct StateColumns {
    explicit StateColumns(const Columns& columns)
        : backend(columns["be_name"]),
          name(columns["srv_name"]),
          address(columns["srv_addr"]),
          op_state(columns["srv_op_state"]),
          admin_state(columns["srv_admin_state"]),
          weight(columns["srv_uweight"]),
          check_state(columns["srv_check_state"]),
          port(columns["srv_port"]),
          check_port(columns["srv_check_port"]),
          check_address(columns["srv_check_addr"]) {}

    // What every version has. The last to appear were srv_port (1.8) and srv_check_port (2.4).
    std::size_t last_needed() const {
        return std::max({backend, name, address, op_state, admin_state, weight, check_state});
    }

    std::size_t backend, name, address, op_state, admin_state, weight, check_state, port, check_port, check_address;
};

// Empty, "-", and a column that is not there: none.
Result<std::optional<std::uint32_t>> number_at(const Row& row, std::size_t column, std::uint32_t most,
                                               std::string_view what) {
    if (row[column].empty() || row[column] == "-") return std::nullopt;
    return row.number(column, most, what).map([](std::uint32_t number) { return std::optional(number); });
}

// As number_at(); 0 is none, too.
Result<std::optional<Port>> port_at(const Row& row, std::size_t column, std::string_view what) {
    const auto number = number_at(row, column, 65535, what);
    if (!number) return tl::unexpected(number.error());
    if (number->value_or(0) == 0) return std::nullopt;
    return Port(static_cast<std::uint16_t>(**number));
}

Result<void> read_states(const Row& row, const StateColumns& at, HaproxyServer& server) {
    const auto op_state = row.number(at.op_state, 3, "an operational state");
    if (!op_state) return tl::unexpected(op_state.error());
    const auto admin_state = row.number(at.admin_state, UINT32_MAX, "an administrative state");
    if (!admin_state) return tl::unexpected(admin_state.error());
    const auto weight = row.number(at.weight, UINT32_MAX, "a weight");
    if (!weight) return tl::unexpected(weight.error());
    const auto check_state = row.number(at.check_state, UINT32_MAX, "the state of a check");
    if (!check_state) return tl::unexpected(check_state.error());
    constexpr std::uint32_t kConfigured = 0x02;  // CHK_ST_CONFIGURED
    server.op_state = static_cast<HaproxyOpState>(*op_state);
    server.admin_state = *admin_state;
    server.weight = *weight;
    server.has_check = (*check_state & kConfigured) != 0;
    return {};
}

Result<HaproxyServer> read_server(const Row& row, const StateColumns& at) {
    HaproxyServer server;
    auto backend = row.name(at.backend, "a backend's name");
    if (!backend) return tl::unexpected(std::move(backend.error()));
    auto name = row.name(at.name, "a server's name");
    if (!name) return tl::unexpected(std::move(name.error()));
    const auto port = port_at(row, at.port, "a port");
    if (!port) return tl::unexpected(port.error());
    const auto check_port = port_at(row, at.check_port, "a check port");
    if (!check_port) return tl::unexpected(check_port.error());
    server.backend = std::move(*backend);
    server.name = std::move(*name);
    server.address = row.address(at.address);
    server.check_address = row.address(at.check_address);
    server.port = *port;
    server.check_port = *check_port;
    // Its port 0 means the port of the traffic.
    if (!server.check_port && at.check_port != Columns::kNone) server.check_port = server.port;
    if (auto read = read_states(row, at, server); !read) return tl::unexpected(std::move(read.error()));
    return server;
}

// "show servers state": a version, a header, a line for each server, and an empty line. Takes it from the text.
Result<std::vector<HaproxyServer>> take_state(std::string_view& text) {
    const std::string_view whole = text;
    const auto version = take_line(text);
    if (!version) return refused(kState, whole);
    if (version->empty() || version->find_first_not_of("0123456789") != std::string_view::npos)
        return refused(kState, whole);
    if (*version != "1")
        return fail(Errc::kFailed, fmt::format("the answer to \"{}\" is of format version {}; zdr reads version 1",
                                               kState, in_quotes(*version)));
    const auto header = take_line(text);
    if (!header) return cut(kState);
    if (!header->starts_with("# ")) return refused(kState, *header);
    const StateColumns at(Columns(header->substr(2), ' '));
    if (at.last_needed() == Columns::kNone)
        return fail(Errc::kFailed, fmt::format("the answer to \"{}\" lacks columns that zdr needs", kState));

    std::vector<HaproxyServer> out;
    std::vector<std::string_view> fields;
    for (;;) {
        const auto line = take_line(text);
        if (!line) return cut(kState);
        if (line->empty()) return out;
        if (line->starts_with('#')) continue;
        split(*line, ' ', fields);
        if (fields.size() <= at.last_needed()) return refused(kState, *line);
        auto server = read_server(Row(fields, kState), at);
        if (!server) return tl::unexpected(std::move(server.error()));
        out.push_back(std::move(*server));
    }
}

// One record of CSV without its line's end: fields may be quoted, a quote within is doubled, and a quoted field may
// have commas and line ends. The fields keep their quotes. False where the text ends before the record does.
bool take_record(std::string_view& text, std::vector<std::string_view>& fields) {
    fields.clear();
    std::size_t begin = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') quoted = !quoted;
        if (quoted || (text[i] != ',' && text[i] != '\n')) continue;
        fields.push_back(text.substr(begin, i - begin));
        begin = i + 1;
        if (text[i] != '\n') continue;
        text.remove_prefix(begin);
        return true;
    }
    return false;
}

std::string unquoted(std::string_view field) {
    if (field.size() < 2 || field.front() != '"' || field.back() != '"') return std::string(field);
    field = field.substr(1, field.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < field.size(); ++i) {
        if (field[i] == '"' && i + 1 < field.size() && field[i + 1] == '"') ++i;
        out += field[i];
    }
    return out;
}

struct Stat {
    std::string status;
    bool is_backup;
    std::optional<std::uint32_t> fall, rise;
};
using Stats = std::unordered_map<std::string, Stat>;  // by "backend/server"

// "show stat": a header, a record for each server, and an empty line.
Result<Stats> take_stat(std::string_view& text) {
    const std::string_view whole = text;
    std::vector<std::string_view> fields;
    const auto header = take_line(text);
    if (!header || !header->starts_with("# ")) return refused(kStat, whole);
    const Columns columns(header->substr(2), ',');
    const auto [backend, name, status, backup, fall, rise] =
        std::array{columns["pxname"], columns["svname"],     columns["status"],
                   columns["bck"],    columns["check_fall"], columns["check_rise"]};
    const std::size_t last_needed = std::max({backend, name, status, backup});
    if (last_needed == Columns::kNone)
        return fail(Errc::kFailed, fmt::format("the answer to \"{}\" lacks columns that zdr needs", kStat));

    Stats out;
    for (;;) {
        const std::string_view rest = text;
        if (!take_record(text, fields)) return cut(kStat);
        if (fields.size() == 1 && fields[0].empty()) return out;
        if (fields.size() <= last_needed) return refused(kStat, rest);
        const Row row(fields, kStat);
        const auto falls = number_at(row, fall, UINT32_MAX, "a fall");
        if (!falls) return tl::unexpected(falls.error());
        const auto rises = number_at(row, rise, UINT32_MAX, "a rise");
        if (!rises) return tl::unexpected(rises.error());
        out.insert_or_assign(unquoted(fields[backend]) + "/" + unquoted(fields[name]),
                             Stat{printable(unquoted(fields[status])), fields[backup] == "1", *falls, *rises});
    }
}

}  // namespace

Result<std::vector<HaproxyServer>> parse_haproxy_answer(std::string_view answer) {
    auto servers = take_state(answer);
    if (!servers) return servers;
    const auto stats = take_stat(answer);
    if (!stats) return tl::unexpected(stats.error());
    for (HaproxyServer& server : *servers) {
        // One that was added or removed between the two answers has no statistics.
        const auto found = stats->find(server.backend + "/" + server.name);
        if (found == stats->end()) continue;
        server.status = found->second.status;
        server.is_backup = found->second.is_backup;
        server.fall = found->second.fall;
        server.rise = found->second.rise;
    }
    return servers;
}

}  // namespace zdr
