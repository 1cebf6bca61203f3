// TLS over TCP, as client. Nothing of a record goes out before the handshake is done and the peer is known to be the
// agency; a handshake that fails ends the attempt. One handover thread; nothing blocks.
#pragma once

#include <string>

#include "encoders/handover/cipher_text.h"
#include "encoders/handover/credential_store.h"
#include "encoders/handover/tcp_transport.h"
#include "encoders/handover/tls_verify.h"

namespace lictor {

class TlsTransport final : public Transport {
 public:
  // One send() makes ciphertext of at most this; what the socket has no room for waits here.
  static constexpr size_t kSealBytesMax = size_t{256} << 10;
  // In TLS 1.3 a client is done before the server has judged its certificate. Until the server has sent something
  // behind the handshake, or has kept quiet for this long, nothing that it acknowledged counts as arrived.
  static constexpr int64_t kJudgementNs = 2'000'000'000;

  // `credentials` outlives this.
  TlsTransport(TlsPlan plan, const TcpPlan& options, const CredentialStore& credentials)
      : tcp_(options), credentials_(credentials), ssl_(nullptr, &SSL_free) {
    demand_.plan = std::move(plan);
  }
  ~TlsTransport() override { close(); }
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;

  Status connect(const SocketAddress& peer) override;
  Result<bool> finish_connect() override;
  Status advance() override;
  Result<size_t> send(Bytes bytes) override;
  Result<size_t> receive(MutableBytes room) override;
  Result<size_t> unacknowledged() override;
  void close() override;
  [[nodiscard]] std::optional<LegalTime> peer_until() const override;
  [[nodiscard]] int descriptor() const override { return tcp_.descriptor(); }
  [[nodiscard]] bool wants_write() const override { return tcp_.wants_write() || !cipher_text_.waiting().empty(); }

 private:
  Status prepare(const std::string& host);
  Status attach();
  Status push();
  Status failed(const char* what, int result);
  [[nodiscard]] bool is_judged() const;

  TcpTransport tcp_;
  const CredentialStore& credentials_;
  CredentialStore::Current credential_;
  PeerDemand demand_;
  CipherText cipher_text_;
  TlsCredential::SslPtr ssl_;
  bool attached_ = false;  // the socket is connected and the handshake has begun
  bool done_ = false;      // the handshake
  bool broken_ = false;    // OpenSSL has failed: no farewell
  bool heard_ = false;     // something came from the peer behind the handshake
  SocketTime done_at_;
};

}  // namespace lictor
