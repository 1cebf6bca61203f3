// The seam between what is measured and how: something that empties a port, a burst a round. One lcore each.
#pragma once

#include <cstdint>

namespace lictor::perf {

class Loop {
 public:
  virtual ~Loop() = default;

  // On the lcore, before its first round and after its last one.
  virtual void enter() noexcept {}
  virtual void leave() noexcept {}
  // One burst, if there is one. Whether there was.
  virtual bool round() noexcept = 0;

  // Packets that were taken since the loop was made. Any thread.
  [[nodiscard]] virtual uint64_t received() const noexcept = 0;
};

}  // namespace lictor::perf
