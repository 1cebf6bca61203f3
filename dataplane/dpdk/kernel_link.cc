#include "dataplane/dpdk/kernel_link.h"

#include <fmt/format.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace lictor {
namespace {

constexpr std::array<std::string_view, 4> kDrivers = {"net_af_xdp", "net_af_packet", "net_tap", "net_pcap"};

// net_pcap has words of its own for each direction.
constexpr std::array<std::string_view, 3> kWords = {"iface", "rx_iface", "rx_iface_in"};

}  // namespace

std::string kernel_interface_of(std::string_view driver, std::string_view device) {
  if (std::ranges::find(kDrivers, driver) == kDrivers.end()) return "";
  for (size_t at = device.find(','); at != std::string_view::npos; at = device.find(',')) {
    device.remove_prefix(at + 1);
    const std::string_view argument = device.substr(0, device.find(','));
    const size_t equals = argument.find('=');
    if (equals == std::string_view::npos) continue;
    const bool names = std::ranges::find(kWords, argument.substr(0, equals)) != kWords.end();
    if (names) return std::string(argument.substr(equals + 1));
  }
  return "";
}

Result<KernelLink> KernelLink::open(const std::string& interface) {
  const unsigned index = if_nametoindex(interface.c_str());
  if (index == 0) return absl::NotFoundError(fmt::format("there is no interface {} here", interface));
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return absl::ErrnoToStatus(errno, "no socket to ask for an interface's link by");
  return KernelLink(index, socket);
}

KernelLink::~KernelLink() {
  if (socket_ >= 0) close(socket_);
}

bool KernelLink::is_up() const {
  ifreq request{};
  if (if_indextoname(index_, request.ifr_name) == nullptr) return false;
  // netdevice(7): running is that it can carry traffic, what is below it included.
  constexpr int kCarries = IFF_UP | IFF_RUNNING;
  return ioctl(socket_, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & kCarries) == kCarries;
}

}  // namespace lictor
