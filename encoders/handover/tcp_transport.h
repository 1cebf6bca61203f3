// Plain TCP. One handover thread.
#pragma once

#include <cstdint>
#include <utility>

#include "encoders/handover/tcp_plan.h"
#include "encoders/handover/transport.h"

namespace lictor {

class TcpTransport final : public Transport {
 public:
  explicit TcpTransport(TcpPlan plan) : plan_(std::move(plan)) {}
  ~TcpTransport() override { close(); }
  TcpTransport(const TcpTransport&) = delete;
  TcpTransport& operator=(const TcpTransport&) = delete;

  Status connect(const SocketAddress& peer) override;
  Result<bool> finish_connect() override;
  Status advance() override { return absl::OkStatus(); }
  Result<size_t> send(Bytes bytes) override;
  Result<size_t> receive(MutableBytes room) override;
  Result<size_t> unacknowledged() override;
  void close() override;
  [[nodiscard]] int descriptor() const override { return socket_; }
  [[nodiscard]] bool wants_write() const override { return connecting_ || full_; }

 private:
  const TcpPlan plan_;
  int socket_ = -1;
  bool connecting_ = false;
  bool full_ = false;  // the last send() found no room
};

}  // namespace lictor
