// What a failed operation answers with: a value or a status that says what was tried. Any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace lictor {

using Status = absl::Status;

template <typename T>
using Result = absl::StatusOr<T>;

}  // namespace lictor
