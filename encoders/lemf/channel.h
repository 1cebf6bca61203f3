// One accepted connection's octets, plain or TLS. Non-blocking; on the server's thread.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"
#include "dataplane/base/unique_fd.h"

namespace lictor::lemf {

// Where a receiver's own certificate is, and who vouches for senders. PEM files; all empty: plain TCP.
struct TlsFiles {
  std::string certificate;
  std::string key;
  std::string ca;          // empty: senders show no certificate
  bool allow_1_2 = false;  // else TLS 1.3 alone

  [[nodiscard]] bool on() const { return !certificate.empty(); }
};

using ServerContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
// FailedPrecondition says which file cannot be used.
Result<ServerContext> make_server_context(const TlsFiles& files);

class Channel {
 public:
  enum class State : uint8_t { kOctets, kNothingNow, kEnded };
  struct Moved {
    State state;
    size_t octets;
  };

  // `context` null: plain. Else TLS, which begins with the first read; it outlives this.
  Channel(UniqueFd socket, SSL_CTX* context);

  Moved read(MutableBytes room);
  // Takes the first octets of what is to be sent.
  Moved send(Bytes bytes);
  // Octets have arrived that epoll does not tell of, because TLS holds them already.
  [[nodiscard]] bool holds_octets() const { return ssl_ != nullptr && SSL_pending(ssl_.get()) > 0; }
  // The peer came to no agreement with us, or its certificate was refused.
  [[nodiscard]] bool handshake_failed() const { return handshake_failed_; }
  [[nodiscard]] int fd() const { return socket_.get(); }

 private:
  Moved outcome(int result, size_t octets);

  UniqueFd socket_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  bool handshake_failed_ = false;
};

}  // namespace lictor::lemf
