// Where the media of one call go: the endpoints that each party has described, those in force and those only offered
// (RFC 3264). A plain value, one session lcore, no allocation.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/session/sip/media_endpoints.h"

namespace lictor::sip {

// Endpoints of one call, of all parties. A call of two with video, RTCP and some candidates has twenty.
constexpr size_t kCallEndpointsMax = 32;

class CallMedia {
 public:
  // What `party` offers: besides what it has, until that is taken or refused. A former offer of it is gone.
  void offer(uint32_t party, std::span<const MediaEndpoint> endpoints) noexcept;
  // The offer of `party`, if there is one, is what it has.
  void take_offer(uint32_t party) noexcept;
  void refuse_offer(uint32_t party) noexcept;
  // What `party` answers with is what it has.
  void answer(uint32_t party, std::span<const MediaEndpoint> endpoints) noexcept;
  void leave(uint32_t party) noexcept;
  void clear() noexcept;

  [[nodiscard]] std::span<const MediaEndpoint> all() const { return std::span(endpoints_).first(count_); }
  // Another one whenever all() is another list.
  [[nodiscard]] uint32_t version() const { return version_; }
  // Endpoints that had no room.
  [[nodiscard]] uint32_t beyond() const { return beyond_; }

 private:
  struct Owner {
    uint32_t party = 0;
    bool offered = false;
  };
  void add(uint32_t party, bool offered, const MediaEndpoint& endpoint) noexcept;
  [[nodiscard]] bool has(uint32_t party, bool offered, std::span<const MediaEndpoint> endpoints) const noexcept;
  template <typename Goes>
  void remove(const Goes& goes) noexcept;

  std::array<MediaEndpoint, kCallEndpointsMax> endpoints_;
  std::array<Owner, kCallEndpointsMax> owners_;
  uint8_t count_ = 0;
  uint32_t beyond_ = 0;
  uint32_t version_ = 0;
};

}  // namespace lictor::sip
