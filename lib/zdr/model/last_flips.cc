#include "zdr/model/last_flips.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "zdr/base/retry.h"
#include "zdr/base/text.h"

namespace zdr {
namespace {

using nlohmann::json;
using std::chrono::nanoseconds;

constexpr std::string_view kRoot = "/var/lib/zdr";
constexpr std::string_view kSuffix = ".json";
constexpr std::size_t kLargest = 4096;  // bytes of a file; by and reason have far fewer

nanoseconds unix_now() {
    return std::chrono::system_clock::now().time_since_epoch();
}

std::optional<nanoseconds> time_of(const json& document, const char* key) {
    constexpr std::int64_t kLatest = std::int64_t{1} << 62;  // in 2116; sums of two fit
    const auto found = document.find(key);
    if (found == document.end() || !found->is_number_integer()) return std::nullopt;
    const auto value = found->is_number_unsigned() && found->get<std::uint64_t>() > std::uint64_t{kLatest}
                           ? -1
                           : found->get<std::int64_t>();
    return value < 0 || value > kLatest ? std::nullopt : std::optional(nanoseconds(value));
}

// 0 where the text does not say it.
std::optional<std::uint32_t> uid_of(const json& document) {
    const auto found = document.find("uid");
    if (found == document.end()) return 0;
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() > UINT32_MAX) return std::nullopt;
    return found->get<std::uint32_t>();
}

std::string text_of(const json& document, const char* key) {
    const auto found = document.find(key);
    return found != document.end() && found->is_string() ? found->get<std::string>() : "";
}

// The server that a file is of; empty: of none.
std::string server_of(std::string_view file) {
    if (!file.ends_with(kSuffix)) return "";
    file.remove_suffix(kSuffix.size());
    return check_name(file) ? std::string(file) : "";
}

Result<std::vector<std::string>> files_in(const std::string& directory) {
    std::error_code error;
    std::vector<std::string> out;
    for (std::filesystem::directory_iterator one(directory, error), end; !error && one != end; one.increment(error))
        out.push_back(one->path().filename());
    if (error && error != std::errc::no_such_file_or_directory) return fail_errno("read " + directory, error.value());
    return out;
}

Result<json> parse_json(const std::string& text) {
    try {
        return json::parse(text);
    } catch (const json::parse_error& error) {
        return fail(Errc::kFailed, fmt::format("it is no JSON at byte {}", error.byte));
    } catch (const json::exception&) {
        return fail(Errc::kFailed, "a number in it is too large");
    }
}

// What cannot be read at once is not broken yet; what is not there is not.
Result<std::string> read_patiently(const std::string& path) {
    for (int tries = 1;; ++tries) {
        auto text = read_small_file(path, kLargest);
        const bool is_final = text || text.error().code.category() == zdr_category() ||
                              text.error().code == std::errc::no_such_file_or_directory;
        if (is_final || tries == kTries) return text;
        pause_before_retry();
    }
}

}  // namespace

std::string escape_path(const std::string& path) {
    std::string out;
    for (const char byte : std::string_view(path).substr(std::min(path.find_first_not_of('/'), path.size())))
        out += byte == '/' ? "-" : byte == '-' || byte == '\\' ? fmt::format("\\x{:02x}", byte) : std::string(1, byte);
    return out;
}

std::string format_last_flip(const Flip& flip, nanoseconds now_boot, nanoseconds now_unix) {
    json document = {{"state", to_string(flip.state)},
                     {"since", std::min(flip.since_unix, now_unix).count()},
                     {"uid", flip.uid},
                     {"by", flip.by},
                     {"reason", flip.reason}};
    if (flip.active_port) document["active_port"] = flip.active_port->host();
    if (flip.until_listening) document["until_listening"] = true;
    if (flip.expires_boot) document["expires"] = (now_unix + (*flip.expires_boot - now_boot)).count();
    return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<Flip> parse_last_flip(const std::string& text, nanoseconds now_boot, nanoseconds now_unix) {
    const auto parsed = parse_json(text);
    if (!parsed) return tl::unexpected(parsed.error());
    if (!parsed->is_object()) return fail(Errc::kFailed, "it is no JSON object");
    const json& document = *parsed;
    const auto state = parse_state(text_of(document, "state"));
    if (!state) return fail(Errc::kFailed, "\"state\" is not ready, drain or maint");
    auto flip = make_flip(*state, 0, printable(text_of(document, "by")), printable(text_of(document, "reason")));
    if (!flip) return flip;
    const auto since = time_of(document, "since");
    if (!since) return fail(Errc::kFailed, "\"since\" is no time");
    const auto expires = time_of(document, "expires");
    if (document.contains("expires") && (!expires || *expires < *since))
        return fail(Errc::kFailed, "\"expires\" is no time, or before \"since\"");
    const auto uid = uid_of(document);
    if (!uid) return fail(Errc::kFailed, "\"uid\" is no user");
    flip->uid = *uid;
    const auto active = document.find("active_port");
    if (active != document.end()) {
        if (!active->is_number_unsigned() || active->get<std::uint64_t>() - 1 >= UINT16_MAX)
            return fail(Errc::kFailed, "\"active_port\" is no port");
        flip->active_port = Port(active->get<std::uint16_t>());
    }
    const auto until = document.find("until_listening");
    flip->until_listening = until != document.end() && *until == true;
    const nanoseconds passed = std::max(now_unix - *since, nanoseconds(0));
    if (expires && *since + passed >= *expires) {
        flip->state = State::kReady;  // what is left is where the app is
        flip->until_listening = false;
        if (!flip->active_port) return Flip{};
    }
    flip->since_unix = *since;
    flip->since_boot = now_boot - passed;
    if (flip->since_boot.count() == 0) flip->since_boot = nanoseconds(-1);  // 0 means never
    if (expires && flip->state != State::kReady) flip->expires_boot = flip->since_boot + (*expires - *since);
    return flip;
}

LastFlips::LastFlips(const std::string& state_dir) {
    std::error_code error;  // of what is not there yet the path is taken as it is
    const auto path = std::filesystem::weakly_canonical(state_dir, error);
    directory_ = fmt::format("{}/{}", kRoot, escape_path(error ? state_dir : path.string()));
}

Result<void> LastFlips::make(gid_t group) const {
    constexpr mode_t kMode = 0770;  // whoever is in the group replaces files, whosever they are
    std::error_code error;
    std::filesystem::create_directories(directory_, error);
    if (error) return fail_errno("create " + directory_, error.value());
    const std::string root(kRoot);
    if (chmod(root.c_str(), 0755) != 0) return fail_errno("share " + root);  // whatever the umask is
    if (chown(directory_.c_str(), 0, group) != 0 || chmod(directory_.c_str(), kMode) != 0)
        return fail_errno("share " + directory_);
    return {};
}

Result<PendingFile> LastFlips::write(const std::string& server, const Flip& flip) const {
    return PendingFile::write(directory_, server + std::string(kSuffix),
                              format_last_flip(flip, boot_now(), unix_now()));
}

LastFlips::Found LastFlips::read(const std::set<std::string>& servers) const {
    Found out;
    for (const std::string& server : servers) {
        const std::string file = server + std::string(kSuffix);
        const std::string path = directory_ + "/" + file;
        const auto text = read_patiently(path);
        if (!text && text.error().code == std::errc::no_such_file_or_directory) continue;
        auto flip = text ? parse_last_flip(*text, boot_now(), unix_now()) : tl::unexpected(text.error());
        if (flip) {
            if (flip->since_boot.count() != 0) out.flips.emplace(server, std::move(*flip));
            continue;
        }
        (void)std::rename(path.c_str(), (path + ".broken").c_str());
        out.broken.push_back(fmt::format("{}: {}; {} begins ready, and the file is set aside as {}.broken", path,
                                         flip.error().text, server, file));
    }
    return out;
}

void LastFlips::keep_only(const std::set<std::string>& servers) const {
    const auto files = files_in(directory_);
    if (!files) return;
    for (const std::string& file : *files)
        if (const auto server = server_of(file); !server.empty() && !servers.contains(server))
            (void)unlink((directory_ + "/" + file).c_str());
}

}  // namespace zdr
