// How a task's records are to be proven, as its agency's profile says. Plain values.
#pragma once

#include <cstdint>

#include "encoders/integrity/integrity_check.h"
#include "encoders/integrity/signing_key.h"

namespace lictor {

// The standard's text leaves open what a signature is made over; agencies have agreed on different readings.
enum class SignatureCovers : uint8_t {
  kHashPdus,  // the octets of the hash PDUs, one after the other
  kDigests,   // their hashes alone, one after the other
  kList,      // the IntegrityCheck itself with an empty value, as OpenLI does: numbers, not what they stand for
};

struct IntegrityPlan {
  HashAlgorithm hash = HashAlgorithm::kSha256;
  uint32_t hash_records = 1000;  // in a hash PDU at most
  uint32_t hash_ms = 1000;       // behind the first of them at most
  SharedSigningKey key;          // null: hashes alone
  uint32_t signature_hashes = 15;
  uint32_t signature_ms = 30'000;
  SignatureCovers covers = SignatureCovers::kHashPdus;
  bool before_encryption = false;  // hashes are of the records as they were before their payload was encrypted
  uint32_t first_number = 0;       // of the series of hash PDUs and of signature PDUs

  // A hash PDU names each of its records: 7 octets at most.
  static constexpr uint32_t kHashRecordsMax = 4096;
  static constexpr uint32_t kSignatureHashesMax = 1024;
};

}  // namespace lictor
