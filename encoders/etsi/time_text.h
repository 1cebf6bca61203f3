// Times as ASN.1 writes them, in UTC and in DER's form. Years 1970 to 9999; times outside are shown as the nearest one
// inside. Any thread; no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "dataplane/base/clock.h"

namespace lictor {

// "YYYYMMDDhhmmss.mmmZ": GeneralizedTime with milliseconds. DER has no trailing zeros in the fraction (X.690 11.7), so
// there are 15 to 19 octets.
constexpr size_t kGeneralizedTimeBytesMax = 19;
// Writes the text and answers its length.
size_t write_generalized_time(PacketTime time, uint8_t* out) noexcept;

// "YYMMDDhhmmssZ": UTCTime.
std::string utc_time_text(PacketTime time);

}  // namespace lictor
