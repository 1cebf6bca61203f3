// Where the media of one call go: the endpoints that each party has described, those in force and those only offered
// (RFC 3264). What one party describes takes no room that another needs. A plain value, one session lcore, no
// allocation.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/packet/payload_types.h"
#include "dataplane/session/sip/endpoint_census.h"
#include "dataplane/session/sip/media_endpoints.h"

namespace lictor::sip {

// Endpoints of one call, of all parties. Two that offer audio and video with 16 ICE candidates each have 72. Where
// there is no room for all each list has as much of it, and keeps its first ones: kCallEndpointsMax by the number of
// lists, of which each party has one in force and one offered.
constexpr size_t kCallEndpointsMax = 96;

// Offers of one party on one hop that nobody has answered: those of the branches of an INVITE that a proxy forks, and
// those whose answers were lost. The oldest makes room.
constexpr size_t kOpenOffersMax = 8;

// Who describes media, to whom, and between which two nodes: where a relay is in the way, each of its sides has its
// own, and of two that answer each may be told another place to send to.
struct MediaSpeaker {
  uint32_t party = 0;
  uint32_t hop = 0;
  uint32_t peer = 0;  // 0: whoever answers
  friend bool operator==(const MediaSpeaker&, const MediaSpeaker&) = default;
};

// Of which request an offer is: a hash of its transaction.
enum class OfferName : uint64_t { kNone = 0 };

struct MediaOwner {
  MediaSpeaker speaker;
  bool offered = false;
  bool opens = false;                  // offered to whoever answers, or taken by one that had another since
  OfferName offer = OfferName::kNone;  // of what is in force, too, until another one is taken
  friend bool operator==(const MediaOwner&, const MediaOwner&) = default;
};

// Where media of a call may go, who said so of each, and who called.
struct CallMediaView {
  std::span<const MediaEndpoint> endpoints;
  std::span<const MediaOwner> owners;
  uint32_t caller = 0;  // the party, as in `owners`; 0: not known
  // Up to now, `narrow` excepted, which is the business of who follows it.
  CallDescriptions described;
};

class CallMedia {
 public:
  // Who counts endpoints of all calls; it outlives this.
  void count_in(EndpointCensus& census) noexcept { census_ = &census; }

  // What `speaker` offers: besides what it has and has offered, until that is taken or refused. An INVITE that opens a
  // dialog offers to all that answer it, whichever peer `speaker` has.
  void offer(const MediaSpeaker& speaker, OfferName name, std::span<const MediaEndpoint> endpoints) noexcept;
  void offer_to_all(const MediaSpeaker& speaker, OfferName name, std::span<const MediaEndpoint> endpoints) noexcept;
  // `speaker`'s offer of that name, if there is one, is what it has: what it offered before within the dialog is gone.
  // Each that answers an INVITE on one branch takes its offer; what an UPDATE has changed meanwhile stays so.
  void take_offer(const MediaSpeaker& speaker, OfferName name) noexcept;
  void refuse_offer(const MediaSpeaker& speaker, OfferName name) noexcept;
  // What `speaker` answers with is what it has.
  void answer(const MediaSpeaker& speaker, std::span<const MediaEndpoint> endpoints) noexcept;
  // What it described, and what was described to it alone.
  void leave(uint32_t party) noexcept;
  void clear() noexcept;

  [[nodiscard]] std::span<const MediaEndpoint> all() const { return std::span(endpoints_).first(count_); }
  // Whose each of them is.
  [[nodiscard]] std::span<const MediaOwner> owners() const { return std::span(owners_).first(count_); }
  // Another one whenever all() is another list.
  [[nodiscard]] uint32_t version() const { return version_; }
  // Endpoints that had no room, or gave theirs to another party's.
  [[nodiscard]] uint32_t beyond() const { return beyond_; }

 private:
  void put_offer(const MediaOwner& owner, std::span<const MediaEndpoint> endpoints) noexcept;
  [[nodiscard]] bool has_list(const MediaOwner& owner) const noexcept;
  [[nodiscard]] bool has_in_force(const MediaSpeaker& speaker) const noexcept;
  void take_opening(const MediaSpeaker& speaker, OfferName name) noexcept;
  void drop_oldest_offer(const MediaSpeaker& speaker) noexcept;
  template <typename Goes>
  [[nodiscard]] size_t share_beside(const Goes& goes, size_t endpoints) const noexcept;
  void add(const MediaOwner& owner, std::span<const MediaEndpoint> endpoints, size_t share) noexcept;
  [[nodiscard]] bool has(const MediaOwner& owner, std::span<const MediaEndpoint> endpoints) const noexcept;
  template <typename Goes>
  void remove(const Goes& goes) noexcept;

  std::array<MediaEndpoint, kCallEndpointsMax> endpoints_;
  std::array<MediaOwner, kCallEndpointsMax> owners_;
  std::array<bool, kCallEndpointsMax> counted_{};  // by the census: it had room
  EndpointCensus* census_ = nullptr;
  uint8_t count_ = 0;
  uint32_t beyond_ = 0;
  uint32_t version_ = 0;
};

}  // namespace lictor::sip
