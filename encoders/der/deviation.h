// What a record can have wrong, measured against strict DER and the types that we know. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lictor::der {

enum class Deviation : uint8_t {
  // What others send and a reader can live with.
  kLongLength,     // a length or tag in more octets than it needs: BER, not DER
  kForeignDomain,  // li-psDomainId is not 0.4.0.2.2.5.1.V
  kUnknownMember,  // a tag that the type does not have: an extension, or a mistake
  kOutOfOrder,     // members not in the order of their tags, or repeated
  kOutOfRange,     // a value or size outside its type's bounds
  kTimeForm,       // a GeneralizedTime that is not in DER's form (X.690 11.7)
  kLocalTime,      // one with an offset, as agencies may ask for; not DER either
  kMissingMember,  // a mandatory member of the payload is not there, a CHOICE without its alternative
  // What makes a record doubtful: an error in either mode.
  kNotARecord,     // not one SEQUENCE from the first octet to the last
  kBroken,         // a tag or length that cannot be read, or content that passes its parent's end
  kBadInteger,     // no octets, too many, negative, or not minimal (X.690 8.3.2: not even BER)
  kBadIdentifier,  // an OBJECT IDENTIFIER that ends inside an arc, or has none
  kBadValue,       // octets that are not of the type: NULL with content, text that is none
  kWrongForm,      // primitive where it must be constructed, or the other way round
  kMissingHeader,  // a mandatory member of the header is not there, or there is no payload
  kTrailing,       // more than one alternative in a CHOICE
  kTooDeep,        // nested deeper than kDepthMax
  kTooMany,        // more payloads in one record than kPayloadsMax
  kCount,
};

constexpr size_t kDeviations = static_cast<size_t>(Deviation::kCount);

constexpr std::array<std::string_view, kDeviations> kDeviationNames = {
    "long_length", "foreign_domain", "unknown_member", "out_of_order", "out_of_range", "time_form",
    "local_time",  "missing_member", "not_a_record",   "broken",       "bad_integer",  "bad_identifier",
    "bad_value",   "wrong_form",     "missing_header", "trailing",     "too_deep",     "too_many"};
static_assert(kDeviationNames.back() == "too_many", "as many names as deviations");

constexpr std::string_view name_of(Deviation deviation) { return kDeviationNames[static_cast<size_t>(deviation)]; }

// Whether lenient reading goes without an error.
constexpr bool tolerable(Deviation deviation) { return deviation < Deviation::kNotARecord; }

// A set of them.
class Deviations {
 public:
  void add(Deviation deviation) { bits_ |= bit(deviation); }
  [[nodiscard]] bool has(Deviation deviation) const { return (bits_ & bit(deviation)) != 0; }
  [[nodiscard]] bool none() const { return bits_ == 0; }
  // All but that one.
  [[nodiscard]] Deviations without(Deviation deviation) const {
    Deviations others = *this;
    others.bits_ &= ~bit(deviation);
    return others;
  }
  // Nothing but what lenient reading tolerates.
  [[nodiscard]] bool all_tolerable() const { return bits_ < bit(Deviation::kNotARecord); }

 private:
  static constexpr uint32_t bit(Deviation deviation) { return uint32_t{1} << static_cast<uint32_t>(deviation); }
  uint32_t bits_ = 0;
};

}  // namespace lictor::der
