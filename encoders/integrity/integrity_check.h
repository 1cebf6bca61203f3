// One integrity PDU before it is encoded (TS 102 232-1 clause 7.2): which records it covers, and what proves them.
// Plain values; numbers of enumerations are those of the standard's module.
#pragma once

#include <cstdint>
#include <vector>

namespace lictor {

enum class HashAlgorithm : uint8_t { kSha256 = 2, kSha384 = 3, kSha512 = 4 };
enum class SignatureAlgorithm : uint8_t { kEcdsa = 2, kEddsa = 3 };
enum class CheckedKind : uint8_t { kIri = 1, kCc = 2 };

struct IntegrityCheck {
  enum class Kind : uint8_t { kHash = 1, kSignature = 2 };
  Kind kind = Kind::kHash;
  CheckedKind of = CheckedKind::kIri;
  uint32_t cin = 0;                             // of the session whose series it covers; 0: the task's own
  HashAlgorithm hash = HashAlgorithm::kSha256;  // of a signature: what it was made over first (ECDSA)
  SignatureAlgorithm signature = SignatureAlgorithm::kEcdsa;
  bool names_hash = true;         // the PDU names `hash`; OpenLI's signatures do not
  std::vector<uint32_t> numbers;  // of records, or of hash PDUs, in the order in which they were taken
  std::vector<uint8_t> value;     // the hash, or the signature (ECDSA: DER)
};

}  // namespace lictor
