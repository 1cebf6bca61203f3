// Where the media of one call go: the endpoints that each party has described, those in force and those only offered
// (RFC 3264). What one party describes takes no room that another needs. A plain value, one session lcore, no
// allocation.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/session/sip/media_endpoints.h"

namespace lictor::sip {

// Endpoints of one call, of all parties. Two that offer audio and video with 16 ICE candidates each have 72. Where
// there is no room for all each list has as much of it, and keeps its first ones: kCallEndpointsMax by the number of
// lists, of which each party has one in force and one offered.
constexpr size_t kCallEndpointsMax = 96;

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
  // Endpoints that had no room, or gave theirs to another party's.
  [[nodiscard]] uint32_t beyond() const { return beyond_; }

 private:
  struct Owner {
    uint32_t party = 0;
    bool offered = false;
    friend bool operator==(const Owner&, const Owner&) = default;
  };
  template <typename Goes>
  [[nodiscard]] size_t share_beside(const Goes& goes, size_t endpoints) const noexcept;
  void add(const Owner& owner, std::span<const MediaEndpoint> endpoints, size_t share) noexcept;
  [[nodiscard]] bool has(const Owner& owner, std::span<const MediaEndpoint> endpoints) const noexcept;
  template <typename Goes>
  void remove(const Goes& goes) noexcept;

  std::array<MediaEndpoint, kCallEndpointsMax> endpoints_;
  std::array<Owner, kCallEndpointsMax> owners_;
  uint8_t count_ = 0;
  uint32_t beyond_ = 0;
  uint32_t version_ = 0;
};

}  // namespace lictor::sip
