// zdr's programs in the kernel, attached to nothing, with servers in their maps: run on packets by BPF_PROG_TEST_RUN.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "packets.h"
#include "zdr/model/checkers.h"
#include "zdr/model/server.h"
#include "zdr_abi.h"

struct zdr_bpf;

namespace zdr::test {

// Moves this process, which has one thread, into a new network namespace in which lo is up. Throws std::system_error.
void enter_new_network();

struct Outcome {
    int error = 0;    // errno: the kernel did not run the program on such a packet
    int verdict = 0;  // what the program returned
    Bytes packet;     // what it left
};

// Runs a program once. The packet is one that came in on lo.
Outcome run_once(int program, const Bytes& packet);

// Mean nanoseconds of one run, as the kernel measures it. Throws std::system_error.
std::uint32_t nanoseconds_of(int program, const Bytes& packet, int times);

struct ProgramInfo {
    std::string name;
    std::uint32_t verified_instructions;  // looked at by the verifier: what its limit of a million counts
    std::uint32_t translated_bytes;
    std::uint32_t native_bytes;  // 0: not compiled by the JIT
};

struct MapInfo {
    std::string name;
    std::uint32_t key_size;
    std::uint32_t value_size;
};

class KernelPrograms {
  public:
    // Loads them for the network namespace of the caller. Throws std::runtime_error with the kernel's reason.
    KernelPrograms();
    ~KernelPrograms();

    // Makes these the servers, published from containers, so that their checks are rewritten; the slot of each is its
    // position.
    void serve(std::span<const Server> servers);
    void set_state(std::uint32_t slot, std::uint32_t state);
    Checks checks(std::uint32_t slot) const;
    Counters counters(std::uint32_t slot) const { return checks(slot).counters; }
    // As if each checker of the slot asked that seldom: none falls silent while a test runs.
    void set_intervals(std::uint32_t slot, std::chrono::milliseconds interval);
    // How many servers have a record of overflow; and makes one for so many others that no more fits.
    std::size_t overflow_records() const;
    void fill_overflow_records();
    std::size_t flows() const;
    // Makes the egress program look at packets, as after a first rewritten connection.
    void pretend_flows();

    // What the socket look-up says of the packet's addresses and ports: whether it is refused.
    bool is_refused(const Packet& packet) const;
    int ingress() const;
    int egress() const;
    std::vector<ProgramInfo> programs() const;
    std::vector<MapInfo> maps() const;  // without those that hold constants

  private:
    struct Destroy {
        void operator()(zdr_bpf* skeleton) const;
    };
    std::unique_ptr<zdr_bpf, Destroy> skeleton_;
};

}  // namespace zdr::test
