// lictor-lemf verify: whether what was received is what was sent, by the integrity PDUs in it. On main's thread.
#pragma once

#include <string>

#include "dataplane/base/result.h"

namespace lictor::lemf {

struct VerifyOptions {
  std::string public_key;   // PEM of a key or certificate; empty: signatures are counted, not judged
  std::string payload_key;  // file of the key of encrypted payloads; empty: none
  bool complete = false;    // no record, a record without a hash, with a key a hash without a signature: faults too
};

struct VerifyOutcome {
  bool holds = false;
  std::string text;  // a line for the file, one for each fault
};

// NotFound, Unavailable or InvalidArgument where a file cannot be read.
Result<VerifyOutcome> verify_file(const std::string& path, const VerifyOptions& options);

}  // namespace lictor::lemf
