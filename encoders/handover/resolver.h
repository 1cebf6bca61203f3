// Turns hosts into addresses without holding up a handover thread: getaddrinfo may block for half a minute, so names
// are looked up by a thread of their own. Addresses in digits are answered at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/base/result.h"
#include "encoders/handover/transport.h"

namespace lictor {

// An answer under way. The resolver writes `addresses`, then `ready`; whoever asked polls `ready`.
struct Resolution {
  std::atomic<bool> ready{false};
  Result<std::vector<SocketAddress>> addresses = absl::UnavailableError("not resolved yet");
};

class Resolver {
 public:
  // More addresses of one name are not tried.
  static constexpr size_t kAddressesMax = 8;

  Resolver();
  // Does not wait for a look-up that the system still works on.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Any thread.
  std::shared_ptr<Resolution> resolve(const std::string& host, uint16_t port);

 private:
  struct Shared;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace lictor
