// How the lengths of a record's values are written. Plain value.
#pragma once

#include <cstdint>

namespace lictor {

enum class Lengths : uint8_t {
  kShortest,  // DER (X.690 10.1)
  kWide,  // BER: of constructed values in three octets, needed or not; of primitive ones in one octet, from 128 on in
          // three. In more only where three are too few
};

}  // namespace lictor
