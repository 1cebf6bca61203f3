// Requests whose answers are awaited, with what of them the answer will be understood by. Credentials are not kept. The
// oldest of four neighbours gives way. One session lcore; allocates only when it is made.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/base/clock.h"
#include "dataplane/base/signal_record.h"
#include "dataplane/session/radius/message.h"
#include "dataplane/session/radius/peers.h"

namespace lictor::radius {

struct PendingRequest {
  // The rest of a message, without EAP, State, Proxy-State and credentials, is seldom a third of this. Attributes that
  // do not fit are left out.
  static constexpr size_t kOctetsMax = 1024;

  uint64_t hash = 0;  // of its ends and id; 0: none
  uint64_t content = 0;
  PacketTime received{};
  SignalRecordHeader header;
  const ClientPlan* client = nullptr;
  bool is_copy = false;  // another leg of one that was seen before
  std::array<uint8_t, kAuthenticatorBytes> authenticator{};
  uint16_t bytes = 0;
  std::array<uint8_t, kOctetsMax> octets;

  [[nodiscard]] Bytes message() const { return Bytes(octets).first(bytes); }
  // Copies what is kept of it; its authenticator is kept apart.
  void keep(const Message& message) noexcept;
};

class PendingRequests {
 public:
  explicit PendingRequests(size_t entries);

  // Null where there is none.
  [[nodiscard]] PendingRequest* find(uint64_t hash) noexcept;
  struct Added {
    PendingRequest* request;
    bool pushed_out;  // one that was awaited still
  };
  // In the place of one with the same hash, a free one, or the oldest. `request->hash` is set, the rest is the
  // caller's.
  Added add(uint64_t hash, PacketTime now) noexcept;
  static void release(PendingRequest& request) noexcept { request.hash = 0; }
  // Calls visit(PendingRequest&) for each of a share of them that came before `before`, and releases it. Called every
  // few milliseconds all are seen each second.
  template <typename Visit>
  void expire(PacketTime before, Visit&& visit) noexcept {
    const size_t share = requests_.size() / kExpireCalls + 1;
    for (size_t i = 0; i < share; ++i) {
      next_ = next_ + 1 < requests_.size() ? next_ + 1 : 0;
      PendingRequest& request = requests_[next_];
      if (request.hash == 0 || request.received >= before) continue;
      visit(request);
      release(request);
    }
  }

 private:
  static constexpr size_t kWays = 4;
  static constexpr size_t kExpireCalls = 64;
  static uint64_t stored(uint64_t hash) { return hash == 0 ? 1 : hash; }
  [[nodiscard]] size_t first_of(uint64_t hash) const { return (stored(hash) & (requests_.size() / kWays - 1)) * kWays; }

  std::vector<PendingRequest> requests_;
  size_t next_ = 0;
};

}  // namespace lictor::radius
