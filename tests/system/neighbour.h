// Somebody else's program on the cgroup hook connect4.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

struct neighbour_bpf;

namespace zdr::test {

class Neighbour {
  public:
    enum class How { kBesideOthers, kAlone };

    // Attaches it to a cgroup in the way that lasts without a link; throws std::system_error.
    Neighbour(const std::string& cgroup, How how);
    Neighbour(const Neighbour&) = delete;
    Neighbour& operator=(const Neighbour&) = delete;
    ~Neighbour();

    std::uint64_t connects() const;
    // The port that it saw last: another one where an earlier program has changed it.
    std::uint64_t last_port() const;

  private:
    struct Destroy {
        void operator()(neighbour_bpf* skeleton) const;
    };

    std::unique_ptr<neighbour_bpf, Destroy> skeleton_;
    int cgroup_;
};

}  // namespace zdr::test
