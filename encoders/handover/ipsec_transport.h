// Plain TCP that stands only while the kernel's policy makes ESP of it: asked before the first packet, and again while
// connected. One handover thread.
#pragma once

#include "dataplane/base/clock.h"
#include "encoders/handover/tcp_transport.h"

namespace lictor {

class IpsecTransport final : public Transport {
 public:
  static constexpr int64_t kCheckNs = 5'000'000'000;

  explicit IpsecTransport(const TcpPlan& options) : tcp_(options) {}

  Status connect(const SocketAddress& peer) override;
  Result<bool> finish_connect() override { return tcp_.finish_connect(); }
  Status advance() override;
  Result<size_t> send(Bytes bytes) override { return tcp_.send(bytes); }
  Result<size_t> receive(MutableBytes room) override { return tcp_.receive(room); }
  Result<size_t> unacknowledged() override { return tcp_.unacknowledged(); }
  void close() override { tcp_.close(); }
  [[nodiscard]] int descriptor() const override { return tcp_.descriptor(); }
  [[nodiscard]] bool wants_write() const override { return tcp_.wants_write(); }

 private:
  TcpTransport tcp_;
  SocketAddress peer_;
  SocketTime check_at_;
};

}  // namespace lictor
