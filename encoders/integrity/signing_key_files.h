// Where the signing keys of this dataplane are, as its configuration says. Plain values, but for load(), which reads a
// file: control thread.
#pragma once

#include <map>
#include <string>

#include "encoders/integrity/signing_key.h"

namespace lictor {

struct SigningKeyFiles {
  std::map<std::string, std::string> paths;  // PEM files, by the names that profiles call them

  // The key as its file says it now. NotFound where the configuration has none of this name.
  [[nodiscard]] Result<SharedSigningKey> load(const std::string& name) const;
};

}  // namespace lictor
