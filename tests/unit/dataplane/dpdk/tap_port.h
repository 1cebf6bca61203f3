// A port whose frames come from the kernel: DPDK's net_tap, which has receive interrupts, and a socket that sends out
// of its interface. Needs NET_ADMIN and NET_RAW; skips the test where they are missing.
#pragma once

#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "dataplane/dpdk/port.h"
#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {

class TapPort {
 public:
  // Null where the kernel gives none to this user. The pools outlive it.
  static std::unique_ptr<TapPort> open(BufferPools& pools, bool interrupts = true) {
    static int number = 0;
    std::unique_ptr<TapPort> tap(new TapPort());
    const std::string interface = "lt" + std::to_string(getpid() % 1'000'000) + "n" + std::to_string(number);
    const std::string device = "net_tap" + std::to_string(number++) + ",iface=" + interface;
    tap->interface_ = interface;
    tap->socket_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (tap->socket_ < 0 || access("/dev/net/tun", R_OK | W_OK) != 0) return nullptr;
    Result<std::unique_ptr<Port>> port =
        Port::open({.name = "tap", .device = device, .interrupts = interrupts, .frame_bytes_max = 1500}, pools);
    if (!port.ok()) {
      ADD_FAILURE() << port.status();
      return nullptr;
    }
    tap->port_ = *std::move(port);
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
    EXPECT_EQ(bind(tap->socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    return tap;
  }
  ~TapPort() {
    if (socket_ >= 0) close(socket_);
  }
  TapPort(const TapPort&) = delete;
  TapPort& operator=(const TapPort&) = delete;

  [[nodiscard]] const Port& port() const { return *port_; }
  [[nodiscard]] const std::string& interface() const { return interface_; }
  // Or off.
  void switch_on(bool on) const {
    ifreq request{};
    interface_.copy(request.ifr_name, sizeof(request.ifr_name) - 1);
    ASSERT_EQ(ioctl(socket_, SIOCGIFFLAGS, &request), 0);
    request.ifr_flags = static_cast<short>(on ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
    ASSERT_EQ(ioctl(socket_, SIOCSIFFLAGS, &request), 0);
  }
  void send(const Octets& frame) const {
    ASSERT_EQ(::send(socket_, frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
  }

 private:
  TapPort() = default;

  std::string interface_;
  std::unique_ptr<Port> port_;
  int socket_ = -1;
};

}  // namespace lictor
