// What the protocols' models share: the tap, the reference, the clock, chance, and addresses that change hands soon.
// One thread.
#pragma once

#include <string>
#include <vector>

#include "tests/simulation/reference.h"
#include "tests/simulation/simulated_tap.h"

namespace lictor::simulation {

struct World {
  World(const Faults& faults, uint64_t seed) : tap(faults, seed), random(seed ^ 0x5eed) {}

  [[nodiscard]] PacketTime in_ms(int64_t ms) const { return {now.unix_ns + ms * kMillisecond}; }
  int64_t between(int64_t first, int64_t last) { return first + static_cast<int64_t>(random() % (last - first + 1)); }
  bool one_in(int64_t n) { return between(1, n) == 1; }
  // Servers' own books: until when each has promised an address to a client, whoever heard it.
  void promise(const std::string& address, const std::string& name, PacketTime until) {
    PacketTime& known = promises.try_emplace(address + " " + name, until).first->second;
    known = std::max(known, until);
  }
  [[nodiscard]] PacketTime promised(const std::string& address, const std::string& name) const {
    const auto found = promises.find(address + " " + name);
    return found == promises.end() ? PacketTime{} : found->second;
  }

  SimulatedTap tap;
  Reference reference;
  std::mt19937_64 random;
  PacketTime now{1'700'000'000 * kNanosecondsPerSecond};
  std::unordered_map<std::string, PacketTime> promises;
};

// Numbers from 1. Whatever came back last goes out next: nothing changes hands faster.
class AddressPool {
 public:
  explicit AddressPool(uint8_t count) : count_(count) {
    for (uint8_t last = count; last > 0; --last) free_.push_back({last, {}});
  }
  // 0: there is none.
  uint8_t take(PacketTime now) {
    for (size_t i = free_.size(); i-- > 0;) {
      if (now < free_[i].rests_until) continue;
      const uint8_t last = free_[i].number;
      free_.erase(free_.begin() + static_cast<ptrdiff_t>(i));
      return last;
    }
    return 0;
  }
  void give_back(uint8_t number, PacketTime rests_until = {}) { free_.push_back({number, rests_until}); }
  [[nodiscard]] uint8_t count() const { return count_; }

 private:
  struct Free {
    uint8_t number = 0;
    PacketTime rests_until;
  };
  const uint8_t count_;
  std::vector<Free> free_;
};

inline std::string ipv4_text(const Octets& octets) {
  std::string text;
  for (const uint8_t octet : octets) text += (text.empty() ? "" : ".") + std::to_string(octet);
  return text;
}

}  // namespace lictor::simulation
