// How entries hang together: each one's hash covers the hash before it, its MAC is made under a key that evolves with
// every entry, and checkpoints are signed by a key that evolves with every checkpoint. Who has today's keys cannot make
// yesterday's. Any thread.
//
//   record   length 4   entry   MAC 32   hash 32
//   MAC      HMAC-SHA-256(k, "lictor audit mac" ‖ hash before ‖ length ‖ entry);
//            next k = HMAC-SHA-256(k, "lictor audit next key")
//   hash     SHA-256("lictor audit entry" ‖ hash before ‖ length ‖ entry ‖ MAC)
//   seed     of the Ed25519 key of the next checkpoint = HMAC-SHA-256(seed, "lictor audit next signer")
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "control/audit/entry.h"
#include "control/vault/ciphers.h"

namespace lictor::control {

using LogId = std::array<uint8_t, 16>;

constexpr size_t kRecordHeadBytes = 4;
constexpr size_t kRecordTailBytes = 2 * kDigestBytes;
constexpr size_t kRecordBytesMax = kRecordHeadBytes + AuditEntry::kBytesMax + kRecordTailBytes;

// The newest entry that somebody has seen.
struct AuditHead {
  uint64_t number = 0;  // 0: none
  Digest hash{};

  friend bool operator==(const AuditHead&, const AuditHead&) = default;
};

// What the next record has to fit.
struct ChainState {
  LogId log_id{};
  AuditHead head;
  PublicKey signer{};       // of the next checkpoint
  uint64_t checkpoint = 0;  // number of the last one
};

// Before the first entry.
ChainState begin_chain(const LogId& log_id, const PublicKey& signer);

// Secrets of whoever appends. Evolving erases what was.
struct ChainKeys {
  Secret mac;
  Secret signer_seed;

  static Result<ChainKeys> make_random();
  [[nodiscard]] Result<ChainKeys> copy() const;
};
void evolve_mac(Secret& key);
void evolve_signer(Secret& seed);
Result<PublicKey> public_key_of(const Secret& seed);

// Appends the record of an entry to `out`, and moves state and keys on. The entry's number, and a checkpoint's keys and
// signature, are set here.
Status append_record(AuditEntry entry, ChainState& state, ChainKeys& keys, std::string& out);

// What a record says, or why it cannot be the next one.
struct Walked {
  enum class Verdict {
    kEntry,
    kTorn,  // the octets end before the record does, or nothing but zeros is left
    kBad,
  };
  Verdict verdict = Verdict::kBad;
  size_t bytes = 0;        // of the record
  uint64_t first_bad = 0;  // the number of the first entry that does not hold
  std::string what;        // is wrong with it
  AuditEntry entry;
};
// The record at the front of `octets` (at least one of them). A record that holds moves `state` on, and the MAC's key
// where one is given; without one MACs are not judged.
Walked walk_record(Bytes octets, ChainState& state, Secret* mac);

}  // namespace lictor::control
