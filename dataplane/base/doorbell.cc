#include "dataplane/base/doorbell.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace lictor {

Result<std::unique_ptr<Doorbell>> Doorbell::make() {
  const int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) return absl::ResourceExhaustedError(std::string("eventfd: ") + std::strerror(errno));
  return std::unique_ptr<Doorbell>(new Doorbell(descriptor));
}

Doorbell::~Doorbell() { close(descriptor_); }

void Doorbell::ring() noexcept { static_cast<void>(eventfd_write(descriptor_, 1)); }  // full: it rings already

void Doorbell::wait(uint32_t timeout_ms) noexcept {
  pollfd wanted{.fd = descriptor_, .events = POLLIN, .revents = 0};
  poll(&wanted, 1, static_cast<int>(timeout_ms));
  clear();
}

void Doorbell::clear() noexcept {
  eventfd_t rings = 0;
  static_cast<void>(eventfd_read(descriptor_, &rings));  // nothing to read: nobody has rung
}

}  // namespace lictor
