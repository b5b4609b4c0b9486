// Somebody else's tc filter at the ingress of an interface, which counts the packets.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "zdr/base/unique_fd.h"

struct remote_foreign_bpf;

namespace zdr::test {

class RemoteForeign {
  public:
    // On a clsact qdisc, which it adds where there is none. Throws std::system_error. It stays when this dies, as a tc
    // filter does, until its interface goes.
    explicit RemoteForeign(const std::string& interface);

    std::uint64_t packets() const;
    // Those of IPv4 with a VLAN tag.
    std::uint64_t tagged() const;

  private:
    struct Destroy {
        void operator()(remote_foreign_bpf* skeleton) const;
    };

    std::unique_ptr<remote_foreign_bpf, Destroy> skeleton_;
};

// Somebody else's program at the ingress of an interface that lets every packet pass and ends the chain there.
class RemotePassing {
  public:
    // Before all tcx programs that are there, after them, or a filter of a clsact qdisc, which comes after tcx.
    enum class Where { kFirst, kLast, kClsact };

    // Throws std::system_error: with EINVAL where the kernel has no tcx.
    RemotePassing(const std::string& interface, Where where);

    std::uint64_t packets() const;

  private:
    struct Destroy {
        void operator()(remote_foreign_bpf* skeleton) const;
    };

    std::unique_ptr<remote_foreign_bpf, Destroy> skeleton_;
    UniqueFd link_;  // while it lives, the tcx program is attached
};

// Gives every connection to port 2000 to one listener, in the network namespace of the caller.
class RemoteLookup {
  public:
    // Throws std::system_error.
    explicit RemoteLookup(int listener);

  private:
    struct Destroy {
        void operator()(remote_foreign_bpf* skeleton) const;
    };

    std::unique_ptr<remote_foreign_bpf, Destroy> skeleton_;
    UniqueFd link_;  // while it lives, the program is attached
};

// Puts this VLAN tag on every packet that leaves the interface.
class RemoteTagger {
  public:
    RemoteTagger(const std::string& interface, std::uint16_t tag);

  private:
    struct Destroy {
        void operator()(remote_foreign_bpf* skeleton) const;
    };

    std::unique_ptr<remote_foreign_bpf, Destroy> skeleton_;
};

}  // namespace zdr::test
