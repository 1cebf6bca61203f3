// Values of what subscribers' messages say, in memory that is taken and touched at once, in large pages where the
// kernel has such, and left out of core dumps. One session lcore.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

#include "dataplane/base/check.h"
#include "dataplane/session/cell_arena.h"

namespace lictor {

template <typename Value>
class PrivateArray {
 public:
  // `count` is 1 or more. Ends the program's start where the memory cannot be had, as a vector would.
  explicit PrivateArray(size_t count) : memory_(MappedMemory::make(count * sizeof(Value)).value()), count_(count) {
    static_assert(std::is_trivially_destructible_v<Value>);
    std::uninitialized_default_construct_n(data(), count);
  }

  [[nodiscard]] Value& operator[](size_t index) { return data()[index]; }
  [[nodiscard]] const Value& operator[](size_t index) const { return data()[index]; }
  [[nodiscard]] size_t size() const { return count_; }

 private:
  [[nodiscard]] Value* data() const { return reinterpret_cast<Value*>(memory_.data()); }

  MappedMemory memory_;
  size_t count_;
};

}  // namespace lictor
