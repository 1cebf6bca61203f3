#include "control/sealed/store_sum.h"

#include <algorithm>
#include <functional>

#include "control/vault/octets.h"

namespace lictor::control {

Result<StoreSum> StoreSum::parse(Bytes octets) {
  StoreSum sum;
  ByteReader reader(octets);
  const Bytes digest = reader.take(kDigestBytes);
  sum.rows_ = reader.u64();
  if (!reader.ok() || reader.remaining() != 0) return absl::InvalidArgumentError("store: its sum cannot be read");
  std::ranges::copy(digest, sum.digest_.begin());
  return sum;
}

std::string StoreSum::octets() const {
  std::string octets;
  append_octets(octets, digest_);
  append_integer(octets, rows_, 8);
  return octets;
}

void StoreSum::add(const Digest& row) {
  std::ranges::transform(digest_, row, digest_.begin(), std::bit_xor<>());
  ++rows_;
}

void StoreSum::remove(const Digest& row) {
  std::ranges::transform(digest_, row, digest_.begin(), std::bit_xor<>());
  --rows_;
}

}  // namespace lictor::control
