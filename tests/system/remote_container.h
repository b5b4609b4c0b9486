// A container behind the server, whose port 1000 is published as the server's: nothing listens on the server itself.
#pragma once

#include <cstddef>
#include <memory>

#include "remote_hosts.h"

namespace zdr::test {

class RemoteContainerTest : public RemoteTest {
  protected:
    void SetUp() override;

    const NetNamespace& container() const { return *container_; }

    // Entries of zdr's table of rewritten connections.
    std::size_t flows() const;

  private:
    std::unique_ptr<NetNamespace> container_;
};

}  // namespace zdr::test
