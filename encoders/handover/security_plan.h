// How a destination's octets are kept from others on their way. Plain values: the control thread fills them in, the
// transports act by them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace lictor {

enum class HandoverSecurity : uint8_t {
  kTls,           // nothing goes out before both sides have shown their certificates
  kPlainLab,      // in the clear; an alarm stands as long as that is so
  kPlainInIpsec,  // in the clear inside of IPsec: only while the kernel's policy makes every packet to the peer ESP
};

// One certificate that a peer may show, known by a SHA-256.
struct CertificatePin {
  enum class Of : uint8_t { kCertificate, kPublicKey };  // the whole certificate, or its SubjectPublicKeyInfo
  Of of = Of::kCertificate;
  std::array<uint8_t, 32> sha256{};

  friend bool operator==(const CertificatePin&, const CertificatePin&) = default;
};

constexpr size_t kPinsMax = 8;

struct TlsPlan {
  std::string credential = "default";  // a name in the dataplane's configuration
  bool allow_1_2 = false;              // else TLS 1.3 alone
  // Where there are any, the peer's own certificate must be one of them. Where the credential has a CA too, both must
  // hold.
  std::vector<CertificatePin> pins;
  // What the peer's certificate must be issued to. Empty: the endpoint's host where a CA vouches for it, and nothing
  // where a pin alone does.
  std::string server_name;
  bool check_name = true;

  friend bool operator==(const TlsPlan&, const TlsPlan&) = default;
};

struct SecurityPlan {
  HandoverSecurity kind = HandoverSecurity::kTls;
  TlsPlan tls;

  friend bool operator==(const SecurityPlan&, const SecurityPlan&) = default;
};

}  // namespace lictor
