// What is remembered of each access server (NAS): its number, how its clock goes, when it was last restarted. One
// session lcore; allocates only when it is made.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "dataplane/base/clock.h"

namespace lictor::radius {

// How far behind the packets' clock a NAS's time stamps are when they are fresh: the smallest difference lately. Its
// clock may be wrong by years; what counts is by how much more than usual a message is late.
class NasClock {
 public:
  // By how many seconds a message that came at `received` and says that it was true at `event_unix_s` is late. Within
  // kSlackS it is not: stamps are whole seconds.
  int64_t lateness_s(PacketTime received, uint32_t event_unix_s) noexcept;

  // What that goes by; nothing: it has seen no stamp.
  [[nodiscard]] std::optional<int64_t> behind_s() const noexcept {
    const int64_t behind_s = std::min(now_s_, before_s_);
    return behind_s == INT64_MAX ? std::nullopt : std::optional(behind_s);
  }
  // It was so when a former process ended; for a window, as it would have been there.
  void restore(int64_t behind_s) noexcept { before_s_ = behind_s; }

 private:
  static constexpr int64_t kSlackS = 2;
  // Enough messages that one that was kept back, or is played again, is not alone in a window.
  static constexpr uint32_t kWindowMessages = 16;
  static constexpr int64_t kWindowSeconds = 60;
  // Of a NAS that says little: one stamp from the future makes all others late no longer than two of these.
  static constexpr uint32_t kQuietMessages = 2;
  static constexpr int64_t kQuietSeconds = 900;

  int64_t now_s_ = INT64_MAX;     // the smallest difference of the window at hand
  int64_t before_s_ = INT64_MAX;  // and of the last one
  int64_t began_s_ = 0;
  uint32_t messages_ = 0;
};

struct Nas {
  uint64_t hash = 0;  // 0: none
  NasClock clock;
  PacketTime restarted{};   // Accounting-On or -Off, by effective time
  uint16_t source_set = 0;  // that it was first heard in
  bool must_end = false;    // its sessions are to be ended, by the next tick
  bool opened = false;      // a session since then
};

class NasTable {
 public:
  explicit NasTable(uint32_t nas_max);

  // Its number, from 1, made where it is not known; 0 where the table is full.
  uint32_t number_of(uint64_t hash) noexcept;
  [[nodiscard]] Nas& at(uint32_t number) noexcept { return places_[number - 1]; }
  [[nodiscard]] const Nas& at(uint32_t number) const noexcept { return places_[number - 1]; }
  [[nodiscard]] uint32_t count() const { return count_; }
  // Numbers are below this.
  [[nodiscard]] uint32_t end() const { return static_cast<uint32_t>(places_.size()) + 1; }

 private:
  uint32_t nas_max_;
  uint32_t count_ = 0;
  std::vector<Nas> places_;  // twice as many as may be used: a power of two
};

}  // namespace lictor::radius
