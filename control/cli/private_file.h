// Files that name people, written for their owner alone. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "dataplane/base/result.h"

namespace lictor::control::cli {

// A new file of mode 0600, synced. AlreadyExists where there is one; nothing half-written stays.
Status write_private_file(const std::string& path, std::string_view octets);

}  // namespace lictor::control::cli
