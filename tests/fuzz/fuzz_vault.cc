// What a store gives back of a vault: its header, a wrapped key, a sealed value; any octets. What is read writes as the
// same octets again, and nothing opens that these keys have not sealed.
#include <cstddef>
#include <cstdint>

#include "control/vault/data_key.h"
#include "control/vault/formats.h"
#include "dataplane/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lictor;
  using namespace lictor::control;
  const Bytes octets(data, size);
  if (const Result<VaultHeader> header = parse_vault_header(octets); header.ok()) {
    LICTOR_CHECK(to_octets_before_mac(*header) == as_text(octets.first(kHeaderBytes - kHeaderMacBytes)));
    LICTOR_CHECK(header->hint.cost.is_within_bounds());
  }
  if (const Result<WrappedKey> wrapped = parse_wrapped_key(octets); wrapped.ok())
    LICTOR_CHECK(to_octets(*wrapped) == as_text(octets));
  if (const Result<SealedValue> value = parse_sealed_value(octets); value.ok()) {
    const std::string head = sealed_value_head(value->key_id, value->nonce);
    LICTOR_CHECK(head + std::string(as_text(value->sealed)) == as_text(octets));
  }
  static const SharedDataKey key = *DataKey::make(*Secret::make());
  LICTOR_CHECK(!key->open({.table = "warrant", .column = "liid", .row = "1"}, octets).ok());
  return 0;
}
