#include "encoders/handover/tls_transport.h"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace lictor {
namespace {

constexpr size_t kTlsRecordBytes = size_t{16} << 10;

}  // namespace

Status TlsTransport::connect(const SocketAddress& peer) {
  close();
  if (Status status = prepare(peer.host); !status.ok()) return status;
  return tcp_.connect(peer);
}

// Everything that can be wrong on this side, before the peer hears of us.
Status TlsTransport::prepare(const std::string& host) {
  Result<CredentialStore::Current> current = credentials_.current(demand_.plan.credential);
  if (!current.ok()) return current.status();
  credential_ = *std::move(current);
  demand_.has_ca = credential_.credential->has_ca();
  if (!demand_.has_ca && demand_.plan.pins.empty()) {
    return absl::FailedPreconditionError("TLS: the credential has no CA and the profile pins no certificate");
  }
  Result<TlsCredential::SslPtr> ssl = credential_.credential->make_ssl();
  if (!ssl.ok()) return ssl.status();
  ssl_ = *std::move(ssl);
  return demand(ssl_.get(), demand_, host);
}

// The socket is there: OpenSSL reads from it, and writes to cipher_text_.
Status TlsTransport::attach() {
  BIO* const from = BIO_new_socket(tcp_.descriptor(), BIO_NOCLOSE);
  BIO* const to = cipher_text_.make_bio();
  if (from == nullptr || to == nullptr) {
    BIO_free(from);
    BIO_free(to);
    return absl::ResourceExhaustedError("TLS: no memory");
  }
  SSL_set0_rbio(ssl_.get(), from);
  SSL_set0_wbio(ssl_.get(), to);
  attached_ = true;
  return absl::OkStatus();
}

Result<bool> TlsTransport::finish_connect() {
  if (!attached_) {
    const Result<bool> connected = tcp_.finish_connect();
    if (!connected.ok() || !*connected) return connected;
    if (Status status = attach(); !status.ok()) return status;
  }
  ERR_clear_error();
  const int result = SSL_connect(ssl_.get());
  const Status refused = result == 1 ? absl::OkStatus() : failed("handshake", result);
  const Status pushed = push();  // of a refusal too: the peer is told why
  if (!refused.ok()) return refused;
  if (!pushed.ok()) return pushed;
  if (result != 1 || !cipher_text_.waiting().empty()) return false;
  done_ = true;
  done_at_ = socket_now();
  return true;
}

std::optional<LegalTime> TlsTransport::peer_until() const {
  if (!done_) return std::nullopt;
  return certificate_end(SSL_get0_peer_certificate(ssl_.get()));
}

// Ok where OpenSSL only wants to be called again.
Status TlsTransport::failed(const char* what, int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return absl::OkStatus();
  const int system = errno;
  broken_ = error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL;
  if (error == SSL_ERROR_ZERO_RETURN) return absl::OutOfRangeError("the peer closed the connection");
  if (!demand_.refusal.empty()) {
    ERR_clear_error();
    return absl::UnauthenticatedError("TLS: the peer's " + demand_.refusal);
  }
  if (error == SSL_ERROR_SSL && ERR_GET_REASON(ERR_peek_error()) != SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return absl::UnavailableError(fmt::format("TLS {}: {}", what, openssl_reason()));
  }
  ERR_clear_error();
  if (error == SSL_ERROR_SYSCALL && system != 0) {
    return absl::UnavailableError(fmt::format("TLS {}: {}", what, std::strerror(system)));
  }
  return absl::OutOfRangeError("the peer closed the connection");
}

Status TlsTransport::push() {
  while (!cipher_text_.waiting().empty()) {
    const Result<size_t> sent = tcp_.send(cipher_text_.waiting());
    if (!sent.ok()) return sent.status();
    if (*sent == 0) break;
    cipher_text_.went_out(*sent);
  }
  return absl::OkStatus();
}

Status TlsTransport::advance() {
  if (!credentials_.is_newest(demand_.plan.credential, credential_.generation)) {
    return absl::AbortedError("the credential was renewed");
  }
  return push();
}

Result<size_t> TlsTransport::send(Bytes bytes) {
  if (Status status = push(); !status.ok()) return status;
  if (!cipher_text_.waiting().empty()) return size_t{0};
  size_t taken = 0;
  while (taken < std::min(bytes.size(), kSealBytesMax)) {
    const size_t now = std::min({bytes.size() - taken, kSealBytesMax - taken, kTlsRecordBytes});
    ERR_clear_error();
    size_t sealed = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data() + taken, now, &sealed);
    if (result != 1) {
      const Status status = failed("write", result);
      return status.ok() ? absl::InternalError("TLS write: the ciphertext found no room") : status;
    }
    cipher_text_.sealed(sealed);
    taken += sealed;
  }
  if (Status status = push(); !status.ok()) return status;
  return taken;
}

Result<size_t> TlsTransport::receive(MutableBytes room) {
  ERR_clear_error();
  errno = 0;
  size_t received = 0;
  const int result = SSL_read_ex(ssl_.get(), room.data(), room.size(), &received);
  const Status status = result == 1 ? absl::OkStatus() : failed("read", result);
  if (!status.ok()) return status;
  heard_ = heard_ || received > 0;
  return received;
}

bool TlsTransport::is_judged() const {
  return heard_ || demand_.ticket_arrived || SSL_version(ssl_.get()) < TLS1_3_VERSION ||
         socket_now().ns - done_at_.ns >= kJudgementNs;
}

Result<size_t> TlsTransport::unacknowledged() {
  const Result<size_t> left = tcp_.unacknowledged();
  if (!left.ok()) return left;
  return is_judged() ? cipher_text_.plain_unacknowledged(*left) : cipher_text_.plain_sealed();
}

void TlsTransport::close() {
  if (ssl_ != nullptr && done_ && !broken_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    push().IgnoreError();  // a farewell that finds no room is none
  }
  ssl_.reset();
  tcp_.close();
  cipher_text_.clear();
  demand_.refusal.clear();
  demand_.ticket_arrived = false;
  attached_ = done_ = broken_ = heard_ = false;
}

}  // namespace lictor
