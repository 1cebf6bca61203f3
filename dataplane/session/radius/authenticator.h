// Whether a RADIUS message was made by someone who knows the shared secret: RFC 2865 section 3, RFC 2866 section 3,
// RFC 2869 section 5.14, RFC 5176 section 2.3. Pure functions, any thread, no allocation.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/session/radius/message.h"
#include "dataplane/session/radius/shared_secret.h"

namespace lictor::radius {

enum class Proof : uint8_t {
  kProven,
  kUnprovable,  // an Access-Request without Message-Authenticator: its authenticator is a random number
  kWrong,       // at least one of what the message carries does not hold
};

// For codes 1, 4, 40 and 43. Of any other: kUnprovable.
[[nodiscard]] Proof check_request(const Message& message, const SharedSecret& secret) noexcept;
// For answers to the request that had this authenticator (16 octets). Of a request's code: kUnprovable.
[[nodiscard]] Proof check_response(const Message& message, Bytes request_authenticator,
                                   const SharedSecret& secret) noexcept;

}  // namespace lictor::radius
