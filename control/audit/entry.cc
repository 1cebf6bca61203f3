#include "control/audit/entry.h"

#include <algorithm>

#include "control/vault/octets.h"

namespace lictor::control {
namespace {

Status refused(const char* what) { return absl::InvalidArgumentError(std::string("audit: ") + what); }

Status check_fields(const std::vector<AuditField>& fields, size_t value_bytes_max) {
  if (fields.size() > AuditEntry::kFieldsMax) return refused("an entry has too many fields");
  for (const AuditField& field : fields)
    if (field.name.empty() || field.name.size() > AuditEntry::kTextBytesMax || field.value.size() > value_bytes_max)
      return refused("a field has no name, or is too long");
  return absl::OkStatus();
}

Status check(const AuditEntry& entry) {
  for (const std::string* text : {&entry.actor, &entry.action, &entry.object, &entry.outcome})
    if (text->size() > AuditEntry::kTextBytesMax) return refused("a text is too long");
  if (Status status = check_fields(entry.open, AuditEntry::kTextBytesMax); !status.ok()) return status;
  if (Status status = check_fields(entry.sealed, AuditEntry::kSealedBytesMax); !status.ok()) return status;
  for (const AuditField& field : entry.sealed)
    if (!parse_sealed_value(as_bytes(field.value)).ok()) return refused("a sealed field is not sealed");
  return absl::OkStatus();
}

void append_fields(std::string& out, const std::vector<AuditField>& fields) {
  append_integer(out, fields.size(), 1);
  for (const AuditField& field : fields) {
    append_counted(out, field.name);
    append_counted(out, field.value);
  }
}

bool take_fields(ByteReader& reader, size_t value_bytes_max, std::vector<AuditField>& fields) {
  const uint8_t count = reader.u8();
  if (count > AuditEntry::kFieldsMax) return false;
  for (uint8_t i = 0; i < count && reader.ok(); ++i) {
    AuditField& field = fields.emplace_back();
    field.name = take_counted(reader, AuditEntry::kTextBytesMax);
    field.value = take_counted(reader, value_bytes_max);
  }
  return reader.ok();
}

}  // namespace

const char* name_of(AuditKind kind) {
  switch (kind) {
    case AuditKind::kAct:
      return "act";
    case AuditKind::kRead:
      return "read";
    case AuditKind::kRefusal:
      return "refusal";
    case AuditKind::kEvent:
      return "event";
    case AuditKind::kTorn:
      return "torn";
    case AuditKind::kCheckpoint:
      return "checkpoint";
  }
  return "unknown";
}

Result<std::string> to_octets(const AuditEntry& entry) {
  if (Status status = check(entry); !status.ok()) return status;
  std::string octets;
  append_integer(octets, entry.number, 8);
  append_integer(octets, static_cast<uint8_t>(entry.kind), 1);
  append_integer(octets, static_cast<uint64_t>(entry.time_unix_ns), 8);
  for (const std::string* text : {&entry.actor, &entry.action, &entry.object, &entry.outcome})
    append_counted(octets, *text);
  append_fields(octets, entry.open);
  append_fields(octets, entry.sealed);
  if (entry.kind == AuditKind::kCheckpoint) {
    append_octets(octets, entry.next_key);
    append_octets(octets, entry.signature);  // last: it is made over what stands before it
  }
  if (octets.size() > AuditEntry::kBytesMax) return refused("an entry is too long");
  return octets;
}

Result<AuditEntry> parse_audit_entry(Bytes octets) {
  if (octets.size() > AuditEntry::kBytesMax) return refused("an entry is too long");
  ByteReader reader(octets);
  AuditEntry entry;
  entry.number = reader.u64();
  const uint8_t kind = reader.u8();
  if (kind < static_cast<uint8_t>(AuditKind::kAct) || kind > static_cast<uint8_t>(AuditKind::kCheckpoint))
    return refused("an entry is of no known kind");
  entry.kind = static_cast<AuditKind>(kind);
  entry.time_unix_ns = static_cast<int64_t>(reader.u64());
  for (std::string* text : {&entry.actor, &entry.action, &entry.object, &entry.outcome})
    *text = take_counted(reader, AuditEntry::kTextBytesMax);
  if (!take_fields(reader, AuditEntry::kTextBytesMax, entry.open) ||
      !take_fields(reader, AuditEntry::kSealedBytesMax, entry.sealed))
    return refused("an entry's fields cannot be read");
  if (entry.kind == AuditKind::kCheckpoint) {
    const Bytes key = reader.take(entry.next_key.size());
    const Bytes signature = reader.take(entry.signature.size());
    if (reader.ok()) std::ranges::copy(key, entry.next_key.begin());
    if (reader.ok()) std::ranges::copy(signature, entry.signature.begin());
  }
  if (!reader.ok() || reader.remaining() != 0) return refused("an entry is cut off, or has something behind it");
  if (Status status = check(entry); !status.ok()) return status;
  return entry;
}

std::string audit_row(Bytes log_id, uint64_t number) {
  std::string row(as_text(log_id));
  append_integer(row, number, 8);
  return row;
}

}  // namespace lictor::control
