#include "control/sealed/seal.h"

namespace lictor::control {
namespace {

Place place_of(const std::string& name) { return {.table = "entries", .column = "value", .row = name}; }

// Whatever the octets are instead: what was written is lost.
Status lost(const Status& why) {
  if (why.ok() || absl::IsUnavailable(why) || absl::IsResourceExhausted(why)) return why;
  return absl::DataLossError("store: a row cannot be opened: " + std::string(why.message()));
}

}  // namespace

Result<std::string> seal_row(const DataKey& key, const std::string& subject, const std::string& name,
                             const std::string& value) {
  const Result<std::string> sealed = key.seal(place_of(name), value);
  if (!sealed.ok()) return sealed.status();
  return to_octets(SealedRow{.subject = subject, .sealed = as_bytes(*sealed)});
}

Result<std::string> unseal_row(KeyRing& keys, const std::string& name, const std::string& octets) {
  const Result<SealedRow> row = parse_sealed_row(as_bytes(octets));
  if (!row.ok()) return lost(row.status());
  const Result<SharedDataKey> key = keys.find(std::string(row->subject));
  if (!key.ok()) return lost(key.status());
  Result<std::string> value = (*key)->open(place_of(name), row->sealed);
  if (!value.ok()) return lost(value.status());
  return value;
}

}  // namespace lictor::control
