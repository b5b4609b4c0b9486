#include "throughput.h"

#include <vector>

#include "stream.h"
#include "support/namespace.h"
#include "support/sandbox.h"
#include "support/zdr_programs.h"

namespace zdr::bench {
namespace {

constexpr std::string_view kServers =
    "[server.webA]\nport = 1000\nstatus-port = 2000\n"
    "[server.webB]\naddress = 10.9.0.1\naddress = fd09::1\nport = 1001\nstatus-port = 2001\n";

}  // namespace

std::vector<Record> throughput(const std::string& part, int pairs, std::chrono::milliseconds length) {
    const test::Sandbox sandbox("throughput");
    const test::NetNamespace there;
    test::connect_hosts(there);
    const test::ZdrPrograms zdr(sandbox);
    zdr.configure(kServers);
    Stream stream(there);

    stream.rate_over(length);  // the first of all finds cold caches and a small window
    std::vector<Pair> out;
    for (int i = 0; i < pairs; ++i) {
        Pair pair{};
        pair.without = stream.rate_over(length);
        test::must_run(zdr.load_command());
        pair.with = stream.rate_over(length);
        pair.with = (pair.with + stream.rate_over(length)) / 2;
        test::must_run(zdr.loader({"unload"}));
        pair.without = (pair.without + stream.rate_over(length)) / 2;
        out.push_back(pair);
    }
    const Record head{.part = part, .name = "TCP stream over veth", .unit = "Gbit/s"};
    return records_of(head, "nothing", out, at_least(kLeastRatio, "compared"));
}

}  // namespace zdr::bench
