// lictor-lemf verify: whether what was received is what was sent, by the integrity PDUs in it. On main's thread.
#pragma once

#include <string>
#include <vector>

#include "dataplane/base/result.h"
#include "encoders/der/series.h"

namespace lictor::lemf {

struct VerifyOptions {
  std::string public_key;                 // PEM of a key or certificate; empty: signatures are counted, not judged
  std::vector<std::string> payload_keys;  // of encrypted payloads, as PayloadKeyring takes them
  der::SeriesScope number_series = der::SeriesScope::kCin;  // what was agreed with the sender
  bool complete = false;  // no record, a record without a hash, with a key a hash without a signature: faults too
};

struct VerifyOutcome {
  bool holds = false;
  std::string text;  // a line for the file, one for each fault
};

// NotFound, Unavailable or InvalidArgument where a file cannot be read.
Result<VerifyOutcome> verify_file(const std::string& path, const VerifyOptions& options);

}  // namespace lictor::lemf
