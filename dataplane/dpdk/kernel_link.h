// Whether the kernel's interface behind a port can receive: drivers that sit on one say that it is up for ever. Made by
// the main thread, then read by the control thread.
#pragma once

#include <string>
#include <string_view>

#include "dataplane/base/result.h"

namespace lictor {

// The interface that a device of this driver receives from; empty where that is none of the kernel's. `device` as in
// the configuration: "net_af_xdp0,iface=veth0".
std::string kernel_interface_of(std::string_view driver, std::string_view device);

// One that goes away is down for ever, also when another gets its name: nothing arrives from that one.
class KernelLink {
 public:
  // NotFound where there is no such interface.
  static Result<KernelLink> open(const std::string& interface);
  ~KernelLink();
  KernelLink(KernelLink&& other) noexcept : index_(other.index_), socket_(other.socket_) { other.socket_ = -1; }
  KernelLink& operator=(KernelLink&&) = delete;

  // It is there, switched on, and what is below it is, too.
  [[nodiscard]] bool is_up() const;

 private:
  KernelLink(unsigned index, int socket) : index_(index), socket_(socket) {}

  unsigned index_;
  int socket_;  // to ask by
};

}  // namespace lictor
