// A list with a bound, as a plain value: what does not fit is counted and left out; and counters of such, which stop at
// their greatest value. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>

namespace lictor {

// One more, up to the greatest value of its type.
template <typename Number>
void count_up(Number& number) {
  if (number < std::numeric_limits<Number>::max()) ++number;
}

// Up to N things in a row; what does not fit is counted.
template <typename T, size_t N>
struct UpTo {
  static_assert(N <= UINT16_MAX);
  std::array<T, N> items{};
  std::conditional_t<N <= UINT8_MAX, uint8_t, uint16_t> count = 0;
  uint16_t beyond = 0;

  void add(const T& item) {
    if (T* const place = next_place(); place != nullptr) *place = item;
  }
  // The place of one more, whose former value is there still; null where there is none, which is counted.
  T* next_place() {
    if (count < N) return &items[count++];
    count_up(beyond);
    return nullptr;
  }
  void clear() { count = 0, beyond = 0; }
  [[nodiscard]] std::span<const T> all() const { return std::span(items).first(count); }
  [[nodiscard]] std::span<T> all() { return std::span(items).first(count); }
};

}  // namespace lictor
