#include "zdr/net/http.h"

#define CURL_DISABLE_TYPECHECK  // its macros name functions that are not linked
#include <curl/curl.h>
#include <dlfcn.h>
#include <fmt/core.h>

#include <memory>

#include "zdr/base/text.h"

namespace zdr {
namespace {

constexpr const char* kLibraries[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};  // either of Debian's

// What is called of libcurl.
struct Curl {
    decltype(&curl_global_init) global_init;
    decltype(&curl_easy_init) init;
    decltype(&curl_easy_setopt) set;
    decltype(&curl_easy_perform) perform;
    decltype(&curl_easy_getinfo) info;
    decltype(&curl_easy_strerror) error_text;
    decltype(&curl_easy_cleanup) cleanup;
    decltype(&curl_slist_append) append;
    decltype(&curl_slist_free_all) free_list;
};

template <class Function>
bool find(void* library, const char* name, Function& into) {
    into = reinterpret_cast<Function>(dlsym(library, name));
    return into != nullptr;
}

Result<Curl> load_curl() {
    void* library = nullptr;
    for (const char* name : kLibraries)
        if (library == nullptr) library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    const auto unusable = [] {
        const char* why = dlerror();
        return fail(Errc::kFailed,
                    fmt::format("HTTP is asked by libcurl, which cannot be loaded ({}); install libcurl4",
                                why == nullptr ? "it is another one" : why));
    };
    if (library == nullptr) return unusable();
    Curl out{};
    const bool is_whole =
        find(library, "curl_global_init", out.global_init) && find(library, "curl_easy_init", out.init) &&
        find(library, "curl_easy_setopt", out.set) && find(library, "curl_easy_perform", out.perform) &&
        find(library, "curl_easy_getinfo", out.info) && find(library, "curl_easy_strerror", out.error_text) &&
        find(library, "curl_easy_cleanup", out.cleanup) && find(library, "curl_slist_append", out.append) &&
        find(library, "curl_slist_free_all", out.free_list);
    if (!is_whole || out.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return unusable();
    return out;
}

// Once in a process.
const Result<Curl>& curl() {
    static const Result<Curl> loaded = load_curl();
    return loaded;
}

// The status is all that is wanted: what comes after the head ends the transfer.
std::size_t end_at_body(const char* /*data*/, std::size_t /*size*/, std::size_t /*count*/, void* has_body) {
    *static_cast<bool*>(has_body) = true;
    return 0;
}

std::string bracketed(const std::string& host) {
    return host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
}

// One question and its answer.
class Transfer {
  public:
    Transfer(const Curl& curl, const Url& url, std::chrono::milliseconds within, const std::string& as_host)
        : curl_(curl), handle_(curl.init(), curl.cleanup), lists_(nullptr, curl.free_list) {
        const std::string& host = as_host.empty() ? url.host : as_host;
        set(CURLOPT_URL,
            fmt::format("{}://{}:{}{}", url.is_encrypted ? "https" : "http", bracketed(host), url.port.host(), url.path)
                .c_str());
        if (!as_host.empty()) {
            lists_.reset(curl_.append(nullptr, fmt::format("::{}:{}", bracketed(url.host), url.port.host()).c_str()));
            set(CURLOPT_CONNECT_TO, lists_.get());
        }
        set(CURLOPT_ERRORBUFFER, &problem_[0]);
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(within.count()));
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_NOPROXY, "*");
        set(CURLOPT_USERAGENT, "zdr");
        set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        set(CURLOPT_SSL_VERIFYPEER, 0L);
        set(CURLOPT_SSL_VERIFYHOST, 0L);
        set(CURLOPT_WRITEFUNCTION, &end_at_body);
        set(CURLOPT_WRITEDATA, &has_body_);
    }

    template <class Value>
    void set(CURLoption option, Value value) {
        if (error_ == CURLE_OK) error_ = curl_.set(handle_.get(), option, value);
    }

    Result<void> perform() {
        if (error_ == CURLE_OK) error_ = curl_.perform(handle_.get());
        if (error_ == CURLE_OK || has_body_) return {};
        const std::string why = problem_[0] == '\0' ? curl_.error_text(error_) : &problem_[0];
        return fail(error_ == CURLE_OPERATION_TIMEDOUT ? Errc::kTimedOut : Errc::kFailed, printable(why));
    }

    int status() const {
        long status = 0;
        curl_.info(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
        return static_cast<int>(status);
    }

  private:
    const Curl& curl_;
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_;
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> lists_;
    char problem_[CURL_ERROR_SIZE] = {};
    CURLcode error_ = CURLE_OK;
    bool has_body_ = false;
};

}  // namespace

Result<Url> parse_url(std::string_view text) {
    constexpr std::string_view kPlain = "http://";
    constexpr std::string_view kEncrypted = "https://";
    const auto wrong = [&](std::string_view why) {
        return fail(Errc::kUsage, fmt::format("{} is not a URL to ask: {}", in_quotes(text), why));
    };
    const bool is_encrypted = text.starts_with(kEncrypted);
    if (!is_encrypted && !text.starts_with(kPlain)) return wrong("it begins neither with http:// nor with https://");
    if (printable(text) != text || text.find(' ') != text.npos) return wrong("it has blanks or control characters");
    std::string_view authority = text.substr((is_encrypted ? kEncrypted : kPlain).size());
    const auto path_at = authority.find_first_of("/?");
    const std::string_view path = path_at == authority.npos ? "" : authority.substr(path_at);
    authority = authority.substr(0, path_at);
    Port port(is_encrypted ? 443 : 80);
    const auto bracket = authority.rfind(']');
    const auto colon = authority.rfind(':');
    if (colon != authority.npos && (bracket == authority.npos || colon > bracket)) {
        const auto named = Port::parse(authority.substr(colon + 1));
        if (!named) return wrong("invalid port");
        port = *named;
        authority = authority.substr(0, colon);
    }
    if (authority.size() > 2 && authority.front() == '[' && authority.back() == ']')
        authority = authority.substr(1, authority.size() - 2);
    if (authority.empty()) return wrong("it has no host");
    return Url{is_encrypted, std::string(authority), port, fmt::format("{}{}", path.starts_with('/') ? "" : "/", path)};
}

Result<int> http_status(const Url& url, std::chrono::milliseconds within, const HttpRequest& request) {
    if (!curl()) return tl::unexpected(curl().error());
    Transfer transfer(*curl(), url, within, request.as_host);
    if (request.method == "HEAD")
        transfer.set(CURLOPT_NOBODY, 1L);
    else if (request.method != "GET")
        transfer.set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (auto done = transfer.perform(); !done) return tl::unexpected(std::move(done.error()));
    if (transfer.status() == 0) return fail(Errc::kFailed, "the answer is not HTTP");
    return transfer.status();
}

Result<void> shake_hands(const Url& url, std::chrono::milliseconds within, const std::string& as_host) {
    if (!curl()) return tl::unexpected(curl().error());
    Transfer transfer(*curl(), url, within, as_host);
    transfer.set(CURLOPT_CONNECT_ONLY, 1L);
    return transfer.perform();
}

}  // namespace zdr
