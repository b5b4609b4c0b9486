// A tunnel between the sandbox (zdrtun0: 10.7.0.1, fd07::1) and another host (zdrtun1: 10.7.0.2, fd07::2): devices of
// layer 3, whose packets begin with the IP header.
#pragma once

#include <thread>

#include "support/namespace.h"
#include "zdr/base/unique_fd.h"

namespace zdr::test {

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
