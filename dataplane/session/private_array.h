// Values of what subscribers' messages say, in memory that is taken and touched at once, in large pages where the
// kernel has such, and left out of core dumps. One session lcore.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "dataplane/base/check.h"
#include "dataplane/session/cell_arena.h"

namespace lictor {

template <typename Value>
class PrivateArray {
 public:
  // `count` is 1 or more. ResourceExhausted where the kernel has not so much.
  static Result<PrivateArray> make(size_t count) {
    Result<MappedMemory> memory = MappedMemory::make(count * sizeof(Value));
    if (!memory.ok()) return memory.status();
    return PrivateArray(*std::move(memory), count);
  }
  // The same; ends the program's start where the memory cannot be had, as a vector would.
  explicit PrivateArray(size_t count) : PrivateArray(MappedMemory::make(count * sizeof(Value)).value(), count) {}

  [[nodiscard]] Value& operator[](size_t index) { return data()[index]; }
  [[nodiscard]] const Value& operator[](size_t index) const { return data()[index]; }
  [[nodiscard]] size_t size() const { return count_; }

 private:
  PrivateArray(MappedMemory memory, size_t count) : memory_(std::move(memory)), count_(count) {
    static_assert(std::is_trivially_destructible_v<Value>);
    std::uninitialized_default_construct_n(data(), count);
  }

  [[nodiscard]] Value* data() const { return reinterpret_cast<Value*>(memory_.data()); }

  MappedMemory memory_;
  size_t count_;
};

}  // namespace lictor
