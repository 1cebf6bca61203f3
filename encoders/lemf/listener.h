// A listening TCP socket. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/base/result.h"
#include "dataplane/base/unique_fd.h"

namespace lictor::lemf {

struct Listener {
  UniqueFd socket;
  uint16_t port;  // the one that was bound, where port 0 was asked for
};

// `endpoint`: "ADDRESS:PORT" or "[ADDRESS]:PORT". `receive_buffer` above 0 bounds what the kernel takes in for each
// connection, so that a slow reader is felt by the sender soon. InvalidArgument or Unavailable says what was tried.
Result<Listener> listen_at(const std::string& endpoint, int receive_buffer);

}  // namespace lictor::lemf
