// Which certificates files may be encrypted for. Pure functions, any thread.
#pragma once

#include <string>

#include "dataplane/base/result.h"

namespace lictor::control {

constexpr int kCertificatesPerAgencyMax = 4;
constexpr size_t kCertificatesBytesMax = size_t{32} << 10;

// InvalidArgument: what is wrong with the text, which must be certificates in PEM that something can be encrypted for.
// Whether they are still valid is not asked: an agency can open its files for as long as it has its key.
Status check_certificates(const std::string& pem);

}  // namespace lictor::control
