// Identities of a call or a registration that outlast their message: few, in a bound place. A plain value; any thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "dataplane/base/octet_text.h"
#include "dataplane/session/sip/identities.h"

namespace lictor::sip {

class KeptIdentities {
 public:
  // A name of kIdentityBytesMax and some shorter ones.
  static constexpr size_t kOctetsMax = 380;

  // True, too, where it is kept already. False where there is no room for it, or it has more than 255 octets. `side` is
  // of the call, whoever sent the message.
  bool keep(const FoundIdentity& identity, CallSide side) noexcept {
    const Bytes text = identity.uri.whole;
    const std::array<uint8_t, kHeadBytes> head = {static_cast<uint8_t>(identity.role), static_cast<uint8_t>(side),
                                                  static_cast<uint8_t>(text.size())};
    for (size_t at = 0; at < used_; at += kHeadBytes + octets_[at + 2]) {
      const Bytes known(octets_.data() + at, kHeadBytes + octets_[at + 2]);
      if (same_octets(known.first(kHeadBytes), head) && same_octets(known.subspan(kHeadBytes), text)) return true;
    }
    if (text.size() > UINT8_MAX || used_ + kHeadBytes + text.size() > kOctetsMax) return false;
    std::ranges::copy(head, octets_.begin() + used_);
    std::ranges::copy(text, octets_.begin() + used_ + kHeadBytes);
    used_ = static_cast<uint16_t>(used_ + kHeadBytes + text.size());
    return true;
  }

  // What `others` keeps as well: all of it, or nothing where there is no room for all. Whether `others` keeps anything.
  bool keep_all(const KeptIdentities& others) noexcept {
    const size_t octets = std::min<size_t>(others.used_, kOctetsMax - used_);
    if (octets == others.used_) {
      std::copy_n(others.octets_.begin(), octets, octets_.begin() + used_);
      used_ = static_cast<uint16_t>(used_ + octets);
    }
    return !others.empty();
  }

  // Those of one side, as they were found. `found` is overwritten; its views lie here.
  void read(CallSide side, FoundIdentities& found) const noexcept {
    found.all.clear();
    found.odd = 0;
    for (size_t at = 0; at < used_; at += kHeadBytes + octets_[at + 2]) {
      if (octets_[at + 1] != static_cast<uint8_t>(side)) continue;
      FoundIdentity* const place = found.all.next_place();
      if (place == nullptr) return;
      const Bytes text(octets_.data() + at + kHeadBytes, octets_[at + 2]);
      place->role = static_cast<IdentityRole>(octets_[at]);
      if (place->role == IdentityRole::kAuthenticated) {
        place->uri = {.whole = text, .user = text, .has_user = true};
      } else if (parse_call_uri(text, place->uri) != UriError::kNone) {
        --found.all.count;
      }
    }
  }

  [[nodiscard]] bool empty() const { return used_ == 0; }
  void clear() { used_ = 0; }

 private:
  static constexpr size_t kHeadBytes = 3;  // role, side, length

  uint16_t used_ = 0;
  std::array<uint8_t, kOctetsMax> octets_;
};

}  // namespace lictor::sip
