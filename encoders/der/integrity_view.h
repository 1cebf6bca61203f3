// What an integrity PDU says (TS 102 232-1, TRIPayload [0] IntegrityCheck), read from a record that may be anything.
// BER lengths that are not minimal are followed. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dataplane/base/bytes.h"

namespace lictor::der {

struct IntegrityView {
  std::vector<uint32_t> numbers;  // at most kIntegrityNumbersMax, each once
  uint32_t check_type = 0;        // 1 hash, 2 signature
  uint32_t data_type = 0;         // 1 IRI, 2 CC; 0: not said
  Bytes value;
  uint32_t hash_algorithm = 0;       // 0: not said
  uint32_t signature_algorithm = 0;  // 0: not said
  Bytes members;                     // of the IntegrityCheck, as they came
};

constexpr size_t kIntegrityNumbersMax = 65536;

// Nothing where the record carries no integrity check that can be read.
std::optional<IntegrityView> read_integrity(Bytes record);

// The IntegrityCheck [0] in DER as it was before its value was there: what some senders sign.
std::vector<uint8_t> integrity_without_value(const IntegrityView& view);

}  // namespace lictor::der
