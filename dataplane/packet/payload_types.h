// Which RTP payload types the descriptions of a call's media name, and as what. Shared by session lcores, who read
// them, and encoders, who judge packets by them. Plain values; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lictor {

// Of 0 to 127 (RFC 3550 section 5.1).
class PayloadTypeSet {
 public:
  static constexpr uint8_t kTypeMax = 127;
  // Type t is bit t % 8 of octet t / 8.
  using Octets = std::array<uint8_t, (kTypeMax + 1) / 8>;

  constexpr PayloadTypeSet() = default;
  constexpr explicit PayloadTypeSet(const Octets& octets) : octets_(octets) {}

  // `type`: at most kTypeMax.
  constexpr void add(uint8_t type) { octets_[type / 8] |= static_cast<uint8_t>(1U << type % 8); }
  constexpr void add(const PayloadTypeSet& other) {
    for (size_t i = 0; i < octets_.size(); ++i) octets_[i] |= other.octets_[i];
  }
  [[nodiscard]] constexpr bool has(uint8_t type) const { return (octets_[type / 8] >> type % 8 & 1) != 0; }
  [[nodiscard]] constexpr bool empty() const { return octets_ == Octets{}; }
  [[nodiscard]] constexpr const Octets& octets() const { return octets_; }
  friend constexpr bool operator==(const PayloadTypeSet&, const PayloadTypeSet&) = default;

 private:
  Octets octets_{};
};

// Numbers mean what each description says of them: one may be in several of these.
struct PayloadTypes {
  PayloadTypeSet comfort_noise;     // RFC 3389
  PayloadTypeSet telephone_events;  // RFC 4733
  PayloadTypeSet others;

  constexpr void add(const PayloadTypes& other) {
    comfort_noise.add(other.comfort_noise);
    telephone_events.add(other.telephone_events);
    others.add(other.others);
  }
  [[nodiscard]] constexpr bool empty() const {
    return comfort_noise.empty() && telephone_events.empty() && others.empty();
  }
  [[nodiscard]] constexpr bool has(uint8_t type) const {
    return comfort_noise.has(type) || telephone_events.has(type) || others.has(type);
  }
  // Whether all that name it call it so.
  [[nodiscard]] constexpr bool is_comfort_noise(uint8_t type) const {
    return comfort_noise.has(type) && !telephone_events.has(type) && !others.has(type);
  }
  [[nodiscard]] constexpr bool is_telephone_event(uint8_t type) const {
    return telephone_events.has(type) && !comfort_noise.has(type) && !others.has(type);
  }
  friend constexpr bool operator==(const PayloadTypes&, const PayloadTypes&) = default;
};

// What the descriptions of one communication say besides where its media go.
struct CallDescriptions {
  PayloadTypes types;  // of all that it ever had
  uint32_t count = 0;  // how many there were: with another number, media may come from elsewhere
  // Every offer was answered, and the operator wants it so: what comes from ends that take no part in the call does not
  // count.
  bool narrow = false;
  friend constexpr bool operator==(const CallDescriptions&, const CallDescriptions&) = default;
};

}  // namespace lictor
