// RADIUS messages for tests, attribute by attribute, and signed by a second writing of the authenticators on OpenSSL's
// EVP. Shares no code with dataplane/session/radius. Any thread.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace lictor::radius {

using Octets = std::vector<uint8_t>;

inline Octets text(std::string_view letters) { return {letters.begin(), letters.end()}; }

inline Octets number(uint32_t value) {
  return {static_cast<uint8_t>(value >> 24), static_cast<uint8_t>(value >> 16), static_cast<uint8_t>(value >> 8),
          static_cast<uint8_t>(value)};
}

inline Octets join(std::initializer_list<Octets> parts) {
  Octets whole;
  for (const Octets& part : parts) whole.insert(whole.end(), part.begin(), part.end());
  return whole;
}

inline Octets attribute(uint8_t type, const Octets& value) {
  return join({{type, static_cast<uint8_t>(value.size() + 2)}, value});
}

inline Octets attribute(uint8_t type, std::string_view value) { return attribute(type, text(value)); }

inline Octets vendor(uint32_t id, const Octets& inside) { return attribute(26, join({number(id), inside})); }

// 2001:db8:XX00::/bits as attributes 97 and 123 have it.
inline Octets prefix_value(uint8_t bits, uint8_t number, size_t octets = 16) {
  Octets value = {0, bits, 0x20, 0x01, 0x0d, 0xb8, number};
  value.resize(2 + octets);
  return value;
}

inline Octets message(uint8_t code, uint8_t id, const Octets& attributes, const Octets& authenticator = Octets(16, 7)) {
  const size_t length = 20 + attributes.size();
  return join({{code, id, static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)}, authenticator, attributes});
}

inline Octets md5(const Octets& octets) {
  Octets digest(16);
  EXPECT_EQ(EVP_Digest(octets.data(), octets.size(), digest.data(), nullptr, EVP_md5(), nullptr), 1);
  return digest;
}

inline Octets hmac_md5(std::string_view secret, const Octets& octets) {
  Octets digest(16);
  unsigned length = 0;
  EXPECT_NE(HMAC(EVP_md5(), secret.data(), static_cast<int>(secret.size()), octets.data(), octets.size(), digest.data(),
                 &length),
            nullptr);
  return digest;
}

inline void put(Octets& octets, size_t at, const Octets& part) {
  for (size_t i = 0; i < part.size(); ++i) octets.at(at + i) = part[i];
}

constexpr size_t kNoAttribute = 0;

// The message with the right authenticator over `seed` (zeros for a request of accounting, CoA or Disconnect, the
// request's for an answer), and with a right Message-Authenticator where the value of one stands at `attribute_at`.
inline Octets signed_message(Octets octets, const Octets& seed, std::string_view secret,
                             size_t attribute_at = kNoAttribute) {
  put(octets, 4, seed);
  if (attribute_at != kNoAttribute) {
    put(octets, attribute_at, Octets(16));
    put(octets, attribute_at, hmac_md5(secret, octets));
  }
  put(octets, 4, md5(join({octets, text(secret)})));
  return octets;
}

inline Octets signed_request(const Octets& octets, std::string_view secret, size_t attribute_at = kNoAttribute) {
  return signed_message(octets, Octets(16), secret, attribute_at);
}

}  // namespace lictor::radius
