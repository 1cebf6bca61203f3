#include "control/sealed/sealed_row.h"

#include "control/vault/formats.h"
#include "control/vault/octets.h"

namespace lictor::control {
namespace {

constexpr uint8_t kVersion = 1;

}  // namespace

Result<SealedRow> parse_sealed_row(Bytes octets) {
  ByteReader reader(octets);
  const uint8_t version = reader.u8();
  const uint8_t length = reader.u8();
  const Bytes subject = reader.take(length);
  if (!reader.ok() || length > SealedRow::kSubjectBytesMax || reader.remaining() < kSealedBytesMin)
    return absl::InvalidArgumentError("store: a row is not sealed, or is cut off");
  if (version != kVersion)
    return absl::FailedPreconditionError("store: a row is of a version that this program does not know");
  return SealedRow{.subject = as_text(subject), .sealed = octets.subspan(octets.size() - reader.remaining())};
}

Result<std::string> to_octets(const SealedRow& row) {
  if (row.subject.size() > SealedRow::kSubjectBytesMax)
    return absl::InvalidArgumentError("store: a subject's name is too long");
  std::string octets;
  octets.reserve(2 + row.subject.size() + row.sealed.size());
  append_integer(octets, kVersion, 1);
  append_integer(octets, row.subject.size(), 1);
  octets.append(row.subject);
  append_octets(octets, row.sealed);
  return octets;
}

}  // namespace lictor::control
