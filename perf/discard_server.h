// A TCP server on the loopback interface that reads and forgets everything: the cheapest receiver that handover can
// have. A thread of its own; made and ended by the main thread.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "dataplane/base/result.h"

namespace lictor::perf {

class DiscardServer {
 public:
  // Unavailable where no port can be had.
  static Result<std::unique_ptr<DiscardServer>> start();
  ~DiscardServer();
  DiscardServer(const DiscardServer&) = delete;
  DiscardServer& operator=(const DiscardServer&) = delete;

  [[nodiscard]] uint16_t port() const { return port_; }
  // CPU seconds of its thread so far.
  [[nodiscard]] double cpu_s();

 private:
  DiscardServer(int listener, uint16_t port);
  void run() noexcept;

  const int listener_;
  const uint16_t port_;
  std::atomic<bool> stop_{false};  // written by the main thread, read by the server's
  std::thread thread_;
};

}  // namespace lictor::perf
