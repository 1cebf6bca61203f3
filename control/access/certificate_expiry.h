// Until when a file of certificates is good. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/base/result.h"

namespace lictor::control {

// The end of the first of its certificates to end, in Unix nanoseconds. NotFound where the file cannot be read,
// InvalidArgument where it has no certificate or a time that cannot be understood; the text names no path.
Result<int64_t> expiry_of(const std::string& pem_path);

}  // namespace lictor::control
