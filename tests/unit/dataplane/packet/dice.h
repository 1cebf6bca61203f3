// Choices for randomised tests: the same from the same seed everywhere. One thread.
#pragma once

#include <cstdint>
#include <random>

namespace lictor {

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}
  uint64_t below(uint64_t bound) { return random_() % bound; }
  bool one_in(uint64_t count) { return below(count) == 0; }
  template <typename Integer>
  Integer any() {
    return static_cast<Integer>(random_());
  }
  template <typename Integer>
  Integer from(uint64_t first, uint64_t count) {
    return static_cast<Integer>(first + below(count));
  }
  // One of `choices`.
  template <typename Choices>
  const auto& of(const Choices& choices) {
    return choices[below(std::size(choices))];
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace lictor
