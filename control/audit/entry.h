// One entry of the audit log: who did what to which object, when, and how it went. What names persons, targets or LIIDs
// is sealed by the vault; the rest is open. Has exactly one encoding. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "control/vault/data_key.h"
#include "dataplane/base/result.h"

namespace lictor::control {

// As the log says it; never renumbered.
enum class AuditKind : uint8_t {
  kAct = 1,         // changes the store: the commit that does so remembers this entry
  kRead = 2,        // somebody looked
  kRefusal = 3,     // somebody wanted something and did not get it
  kEvent = 4,       // nobody did it: alarms, time, a stream that ended
  kTorn = 5,        // a crash left a piece of an entry, which was cut off
  kCheckpoint = 6,  // signs everything before it
};

const char* name_of(AuditKind kind);

struct AuditField {
  std::string name;
  std::string value;
};

// What is written about.
struct AuditEvent {
  AuditKind kind = AuditKind::kEvent;
  int64_t time_unix_ns = 0;
  std::string actor;    // a uid, the name of a certificate; empty: the daemon itself
  std::string action;   // "warrant.activate"
  std::string object;   // an id of ours: of a warrant, an agency, a network element
  std::string outcome;  // "ok", or why not
  std::vector<AuditField> open;
  std::vector<AuditField> secret;  // names persons, targets, LIIDs: sealed under `key`
  SharedDataKey key;               // of the object; needed where there are secrets
};

// The action of the entry that takes an act back: its commit failed, or was lost in a crash. Its object is the act's
// number.
inline constexpr const char* kNotCommitted = "audit.not_committed";

using PublicKey = std::array<uint8_t, 32>;  // Ed25519
using Signature = std::array<uint8_t, 64>;

// What stands in the log.
struct AuditEntry {
  static constexpr size_t kTextBytesMax = 1024;
  static constexpr size_t kFieldsMax = 64;  // of each sort
  static constexpr size_t kSealedBytesMax = 65536;
  static constexpr size_t kBytesMax = 262144;  // as a whole

  uint64_t number = 0;  // from 1, without gaps
  AuditKind kind = AuditKind::kEvent;
  int64_t time_unix_ns = 0;
  std::string actor;
  std::string action;
  std::string object;
  std::string outcome;
  std::vector<AuditField> open;
  std::vector<AuditField> sealed;  // values are sealed ones of the vault
  // Of a checkpoint: the key that signs the next one, and its own signature.
  PublicKey next_key{};
  Signature signature{};
};

// InvalidArgument where a bound is exceeded, or a sealed field is none.
Result<std::string> to_octets(const AuditEntry& entry);
// The exact inverse: what parses encodes as the same octets.
Result<AuditEntry> parse_audit_entry(Bytes octets);

// The row that a sealed field of this entry is bound to.
std::string audit_row(Bytes log_id, uint64_t number);

}  // namespace lictor::control
