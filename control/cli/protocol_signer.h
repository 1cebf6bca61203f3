// Signs what a run of lictorctl writes down: a detached CMS signature (RFC 5652) by a key and certificate in PEM files,
// which `openssl cms -verify -binary` holds against the file. One thread.
#pragma once

#include <memory>
#include <string>

#include "dataplane/base/result.h"

namespace lictor::control::cli {

class ProtocolSigner {
 public:
  // FailedPrecondition: what cannot be read, or does not fit. A key with a passphrase is asked for at the terminal.
  static Result<std::unique_ptr<ProtocolSigner>> load(const std::string& key_path, const std::string& certificate_path);
  ~ProtocolSigner();
  ProtocolSigner(const ProtocolSigner&) = delete;
  ProtocolSigner& operator=(const ProtocolSigner&) = delete;

  // The signature, DER.
  [[nodiscard]] Result<std::string> sign(const std::string& octets) const;

 private:
  struct Material;
  explicit ProtocolSigner(std::unique_ptr<Material> material);
  const std::unique_ptr<Material> material_;
};

}  // namespace lictor::control::cli
