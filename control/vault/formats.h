// What the vault leaves in the store, as octets: its header, wrapped data keys, sealed values. Reads any octets;
// whether they are genuine is not asked here. Formats are never changed, only added to: files out there hold them. Any
// thread.
//
//   sealed value   0x01  key id 8  nonce 12  ciphertext  tag 16
//   wrapped key    0x01  generation 4  key id 8  nonce 12  ciphertext 32  tag 16
//   header         "LCTV"  0x01  generation 4  vault id 16  kind 1  salt 16  log2 N, r, p 3  check 32  index key (a
//                  wrapped key) 73  MAC 32
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "control/vault/ciphers.h"
#include "control/vault/master_key_source.h"

namespace lictor::control {

// Says which data key something wants, without helping to find it.
using KeyId = std::array<uint8_t, 8>;
using VaultId = std::array<uint8_t, 16>;

// A value is padded to a multiple of this, behind its length of four octets: how long a target's text is tells what it
// may be.
constexpr size_t kPadBytes = 32;
// With what surrounds it, a value still is one of the store's.
constexpr size_t kValueBytesMax = (size_t{8} << 20) - 1024;

constexpr size_t kSealedBytesMin = 1 + 8 + kNonceBytes + kPadBytes + kTagBytes;
constexpr size_t kWrappedBytes = 1 + 4 + 8 + kNonceBytes + Secret::kBytes + kTagBytes;
constexpr size_t kHeaderMacBytes = kDigestBytes;
constexpr size_t kHeaderBytes = 4 + 1 + 4 + 16 + 1 + 16 + 3 + kDigestBytes + kWrappedBytes + kHeaderMacBytes;

struct SealedValue {
  KeyId key_id{};
  Nonce nonce{};
  Bytes sealed;  // in the octets that were read
};

struct WrappedKey {
  uint32_t generation = 0;  // of the master key
  KeyId key_id{};
  Nonce nonce{};
  std::array<uint8_t, Secret::kBytes + kTagBytes> sealed{};
};

struct VaultHeader {
  uint32_t generation = 0;
  VaultId vault_id{};
  MasterKeyHint hint;
  Digest check{};  // tells a wrong master key from an altered header
  std::array<uint8_t, kWrappedBytes> index_key{};
  Digest mac{};
};

// InvalidArgument: it is nothing of that kind, or cut off; FailedPrecondition: of a version that this program does not
// know.
Result<SealedValue> parse_sealed_value(Bytes octets);
Result<WrappedKey> parse_wrapped_key(Bytes octets);
Result<VaultHeader> parse_vault_header(Bytes octets);

// What stands before the ciphertext.
std::string sealed_value_head(const KeyId& key_id, const Nonce& nonce);
std::string to_octets(const WrappedKey& key);
// Without the MAC, which is made over this.
std::string to_octets_before_mac(const VaultHeader& header);

}  // namespace lictor::control
