// A tunnel between the sandbox (zdrtun0: 10.7.0.1, fd07::1) and another host (zdrtun1: 10.7.0.2, fd07::2): devices of
// layer 3, whose packets begin with the IP header.
#pragma once

#include <string>
#include <thread>

#include "support/namespace.h"
#include "zdr/base/unique_fd.h"

namespace zdr::test {

// A device of layer 3 in this network namespace, with the addresses 10.7.0.HOST and fd07::HOST: the far side is read
// from and written to the descriptor, a packet at a time. Throws std::system_error.
UniqueFd open_tun(const std::string& name, const std::string& host);

class RemoteTun {
  public:
    explicit RemoteTun(const NetNamespace& there);
    RemoteTun(const RemoteTun&) = delete;
    RemoteTun& operator=(const RemoteTun&) = delete;
    ~RemoteTun();

  private:
    void carry() const;

    UniqueFd here_;
    UniqueFd there_;
    UniqueFd stop_;
    std::thread thread_;
};

}  // namespace zdr::test
