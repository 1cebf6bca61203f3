// What stands in a row of a sealed store: whose key sealed the value, and the sealed value. Reads any octets; whether
// they are genuine is the vault's question. The format is never changed, only added to: files out there hold it. Any
// thread.
//
//   row   0x01  length of the subject 1  subject  sealed value (vault/formats.h)
#pragma once

#include <string>
#include <string_view>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"

namespace lictor::control {

struct SealedRow {
  static constexpr size_t kSubjectBytesMax = 128;

  std::string_view subject;  // empty: the store itself; in the octets that were read, as is what follows
  Bytes sealed;
};

// InvalidArgument: it is no such row, or cut off; FailedPrecondition: of a version that this program does not know.
Result<SealedRow> parse_sealed_row(Bytes octets);
// InvalidArgument: the subject is too long.
Result<std::string> to_octets(const SealedRow& row);

}  // namespace lictor::control
