// A tar file compressed by zstd, written for its owner alone. One thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dataplane/base/result.h"

namespace lictor::control::cli {

// A new file of mode 0600 with these members, (name, octets). AlreadyExists where there is one; what could not be
// finished is removed.
Status write_archive(const std::string& path, const std::vector<std::pair<std::string, std::string>>& members,
                     int64_t time_unix_ns);

}  // namespace lictor::control::cli
