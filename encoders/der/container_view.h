// What an encrypted record shows without its key (TS 102 232-1, Payload [4] EncryptionContainer), and what is inside
// once its octets are plain. From octets that may be anything; BER lengths that are not minimal are followed. Any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dataplane/base/bytes.h"

namespace lictor::der {

struct ContainerView {
  Bytes header;       // PSHeader, tag and length too
  uint32_t type = 0;  // encryptionType: 1 none, 3 AES-192-CBC, 4 AES-256-CBC, …
  Bytes type_octets;
  Bytes octets;       // encryptedPayload
  uint32_t part = 0;  // encryptedPayloadType; 0: not said
};

// Nothing where the record has no container that can be read.
std::optional<ContainerView> read_container(Bytes record);

// The alternative of Payload inside of an EncryptedPayload that is plain, or nothing where it is none: a wrong key.
std::optional<Bytes> payload_inside(Bytes plain);

// The record as it would be without the container, in DER but for what is inside of header and payload.
std::vector<uint8_t> without_container(const ContainerView& view, Bytes payload);

}  // namespace lictor::der
