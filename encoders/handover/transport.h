// The seam between a destination's connection and what carries its bytes: plain TCP or TLS. One handover thread uses a
// transport; nothing here blocks.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/result.h"

namespace lictor {

// A resolved endpoint.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  std::string host;  // as it was asked for: what a certificate must be issued to
};

class Transport {
 public:
  virtual ~Transport() = default;

  // Begins to connect. What an earlier connection left behind is gone. Fails at once where the kernel refuses.
  virtual Status connect(const SocketAddress& peer) = 0;
  // True once connected (for TLS: with the handshake done), false while under way; the error where it failed.
  virtual Result<bool> finish_connect() = 0;

  // Once a round while connected: sends what waits inside, and sees to it that the connection is still what its
  // destination asks for. An error ends the connection.
  virtual Status advance() = 0;

  // Takes the first n octets and answers n; 0 where there is no room now.
  virtual Result<size_t> send(Bytes bytes) = 0;
  // Writes what has arrived into `room` and answers how much; 0 where nothing has. OutOfRange: the peer has closed.
  virtual Result<size_t> receive(MutableBytes room) = 0;
  // How many of the octets that send() took cannot be known to have reached the peer's TCP.
  virtual Result<size_t> unacknowledged() = 0;

  // Ends the connection in an orderly way: what was sent is still delivered where the peer takes it.
  virtual void close() = 0;

  // When the certificate ends that the peer has shown; nothing where it shows none.
  [[nodiscard]] virtual std::optional<LegalTime> peer_until() const { return std::nullopt; }

  // For epoll; -1 while there is no connection. A new one after each connect().
  [[nodiscard]] virtual int descriptor() const = 0;
  // Whether the handover should wait for EPOLLOUT too (connecting, or no room).
  [[nodiscard]] virtual bool wants_write() const = 0;
};

}  // namespace lictor
