// The Unix socket's place in the file system, before it is bound. At start, on one thread.
#pragma once

#include <string>

#include "dataplane/base/result.h"

namespace lictor::control {

// Afterwards nothing is at `path`: a socket that nobody answers any more was removed. AlreadyExists where another
// lictord answers; FailedPrecondition where something else is there; InvalidArgument where the path is too long for a
// socket.
Status clear_socket_path(const std::string& path);

}  // namespace lictor::control
