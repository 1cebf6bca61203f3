// Whom a client's certificate names. Its common name is the person's or machine's, and URIs among its alternative names
// say what it may be:
//
//   urn:lictor:role:ROLE      at least one
//   urn:lictor:agency:ID      of the role agency
//   urn:lictor:element:ID     of the role dataplane: the network element
//   urn:lictor:desk:ID        of operators, approvers and auditors: a desk whose warrants they see; *: every desk's
//
// That the certificate is valid and of our authority has been seen by TLS. Any thread.
#pragma once

#include <string_view>

#include "control/access/identity.h"

namespace lictor::control {

constexpr size_t kCertificateBytesMax = 65536;
constexpr size_t kCertificateNamesMax = 64;

// `pem`: the certificate, hostile. Unauthenticated where it cannot be read, names nobody, or has roles that do not go
// together (check_identity); the text repeats nothing of it.
Result<Identity> identity_of_certificate(std::string_view pem);

}  // namespace lictor::control
