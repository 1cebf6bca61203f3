// Wakes a thread that sleeps because it has nothing to do. One that rings before the other sleeps is heard too.
#pragma once

#include <cstdint>
#include <memory>

#include "dataplane/base/result.h"

namespace lictor {

class Doorbell {
 public:
  // ResourceExhausted where the kernel has no descriptor left.
  static Result<std::unique_ptr<Doorbell>> make();
  ~Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  // Any thread.
  void ring() noexcept;
  // The sleeper: returns when somebody has rung since the last call returned, or after `timeout_ms`.
  void wait(uint32_t timeout_ms) noexcept;

  // For a sleeper that waits for other things as well: readable when somebody has rung, until clear().
  [[nodiscard]] int descriptor() const { return descriptor_; }
  void clear() noexcept;

 private:
  explicit Doorbell(int descriptor) : descriptor_(descriptor) {}

  const int descriptor_;
};

}  // namespace lictor
