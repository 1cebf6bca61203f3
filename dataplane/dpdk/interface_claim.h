// Says to every other dataplane that an interface of the kernel is taken. A driver that attaches a program to it
// (net_af_xdp) takes that of another process away when it fails, so who comes second has to hear it before it tries.
// Main thread.
#pragma once

#include <string>

#include "dataplane/base/result.h"

namespace lictor {

// Held by a socket in the abstract name space of UNIX sockets. Each network namespace has its own, as it has its own
// interfaces, whatever files a process sees; the kernel lets go of it when the process has ended, however it did.
class InterfaceClaim {
 public:
  // NotFound where there is no such interface; FailedPrecondition, with the process that has it, where it is taken by
  // another. A process may have several claims on one.
  static Result<InterfaceClaim> make(const std::string& interface);
  ~InterfaceClaim();
  InterfaceClaim(InterfaceClaim&& other) noexcept : socket_(other.socket_) { other.socket_ = -1; }
  InterfaceClaim& operator=(InterfaceClaim&&) = delete;

 private:
  explicit InterfaceClaim(int socket) : socket_(socket) {}

  int socket_;  // -1: another claim of this process holds it
};

}  // namespace lictor
