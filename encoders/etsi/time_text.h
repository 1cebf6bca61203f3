// Times as ASN.1 writes them: in UTC and in DER's form, or local and with their offset, which is BER alone
// (X.690 11.7). From 1970 on; times before are shown as the first one. Any thread; no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "dataplane/base/clock.h"

namespace lictor {

// "YYYYMMDDhhmmss.mmmZ" or "…+hhmm": GeneralizedTime with milliseconds, without trailing zeros in the fraction. In UTC
// that takes 15 to 19 octets, with an offset 19 to 23.
constexpr size_t kGeneralizedTimeBytesMax = 23;
// Writes the text and answers its length. With `offset_minutes` the local time that is so far ahead of UTC, and behind
// it the offset, "+0000" where it is none.
size_t write_generalized_time(PacketTime time, std::optional<int> offset_minutes, uint8_t* out) noexcept;

// "YYMMDDhhmmssZ": UTCTime.
std::string utc_time_text(PacketTime time);

}  // namespace lictor
