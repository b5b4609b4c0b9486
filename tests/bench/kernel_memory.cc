#include "kernel_memory.h"

#include <bpf/bpf.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "support/deadline.h"
#include "support/require.h"
#include "zdr/base/unique_fd.h"
#include "zdr_abi.h"

namespace zdr::bench {
namespace {

// "memlock:\t4096" and so on.
std::map<std::string, std::string> facts_of(int fd) {
    std::ifstream file("/proc/self/fdinfo/" + std::to_string(fd));
    std::map<std::string, std::string> out;
    std::string name;
    std::string value;
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        if (std::getline(fields, name, ':') && fields >> value) out[name] = value;
    }
    return out;
}

// Each object counts once, however many pins it has.
class Account {
  public:
    void add(int fd) {
        const auto facts = facts_of(fd);
        if (facts.contains("link_id")) return add_program_of_link(facts);
        const char* id = facts.contains("map_id") ? "map_id" : "prog_id";
        if (!facts.contains(id) || !facts.contains("memlock")) return;  // an iterator's link of old kernels
        if (seen_.insert(id + facts.at(id)).second) bytes_ += std::stod(facts.at("memlock"));
    }
    double bytes() const { return bytes_; }

  private:
    void add_program_of_link(const std::map<std::string, std::string>& facts) {
        if (!facts.contains("prog_id")) return;
        const auto id = static_cast<__u32>(std::stoul(facts.at("prog_id")));
        add(test::require_fd(bpf_prog_get_fd_by_id(id), "open the program of a link").get());
    }

    std::set<std::string> seen_;
    double bytes_ = 0;
};

double slab_bytes() {
    std::ifstream file("/proc/meminfo");
    std::string name;
    double kilobytes = 0;
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        if (fields >> name >> kilobytes && name == "SUnreclaim:") return kilobytes * 1024;
    }
    throw std::runtime_error("/proc/meminfo has no SUnreclaim");
}

}  // namespace

double accounted_bytes(const std::string& pins) {
    Account account;
    for (const auto& entry : std::filesystem::directory_iterator(pins))
        account.add(test::require_fd(bpf_obj_get(entry.path().c_str()), "open " + entry.path().string()).get());
    const UniqueFd outer =
        test::require_fd(bpf_obj_get((pins + "/" ZDR_MAP_REDIRECTS).c_str()), "open " ZDR_MAP_REDIRECTS);
    const __u32 key = 0;
    __u32 inner = 0;
    if (bpf_map_lookup_elem(outer.get(), &key, &inner) == 0)
        account.add(test::require_fd(bpf_map_get_fd_by_id(inner), "open the redirects").get());
    return account.bytes();
}

double settled_slab_bytes() {
    double last = slab_bytes();
    const auto stands_still = [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));  // entries are freed after a grace period or two
        const double before = std::exchange(last, slab_bytes());
        return std::abs(last - before) < 256 * 1024;
    };
    test::eventually(stands_still, std::chrono::seconds(2));  // on a busy host never
    return last;
}

}  // namespace zdr::bench
