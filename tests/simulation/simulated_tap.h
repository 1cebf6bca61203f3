// A tap that is not perfect: what passes it is lost, seen twice, or read later and in another order than it passed. One
// thread.
#pragma once

#include <functional>
#include <map>
#include <random>
#include <utility>

#include "dataplane/base/signal_record.h"
#include "tests/unit/dataplane/session/octets.h"

namespace lictor::simulation {

constexpr int64_t kMillisecond = 1'000'000;

struct Faults {
  double lost = 0;
  double repeated = 0;
  int64_t jitter_ms = 0;    // between passing and being read, at most
  double late = 0;          // of these it is minutes
  bool keeps_back = false;  // access servers lose their way to the accounting server, and tell what was when it is back
  uint32_t sessions_max = 0;  // of the book; 0: enough
};

class SimulatedTap {
 public:
  using Effect = std::function<void()>;
  using Reader = std::function<void(const SignalRecord&)>;

  SimulatedTap(const Faults& faults, uint64_t seed) : faults_(faults), random_(seed) {}

  // A message passes; its stamp is in the header. `effect` is what it tells, and happens when its first copy is read.
  void carry(const SignalRecordHeader& header, Octets octets, Effect effect) {
    if (chance(faults_.lost)) {
      ++lost_;
      return;
    }
    const PacketTime read_at = reading_of(header.arrival);
    const bool is_repeated = chance(faults_.repeated);
    if (is_repeated) {
      SignalRecordHeader again = header;
      again.arrival.unix_ns += static_cast<int64_t>(random_() % 20) * kMillisecond;
      // Behind the first, or the effect would come too late.
      const PacketTime later{std::max(read_at, reading_of(again.arrival)).unix_ns + 1};
      waiting_.emplace(later, Copy{again, octets, nullptr});
    }
    waiting_.emplace(read_at, Copy{header, std::move(octets), std::move(effect)});
  }

  // Everything that is to be read until then.
  void read_until(PacketTime until, const Reader& read) {
    while (!waiting_.empty() && waiting_.begin()->first <= until) {
      const Copy copy = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      ++read_;
      read({.header = copy.header, .frame = copy.octets, .message = copy.octets});
      if (copy.effect) copy.effect();
    }
  }

  [[nodiscard]] uint64_t read() const { return read_; }
  [[nodiscard]] uint64_t lost() const { return lost_; }
  [[nodiscard]] const Faults& faults() const { return faults_; }

 private:
  static constexpr int64_t kLateMsMax = 180'000;

  struct Copy {
    SignalRecordHeader header;
    Octets octets;
    Effect effect;
  };

  bool chance(double share) { return share > 0 && std::uniform_real_distribution<>(0, 1)(random_) < share; }

  PacketTime reading_of(PacketTime passed) {
    int64_t ms = faults_.jitter_ms == 0 ? 0 : static_cast<int64_t>(random_() % faults_.jitter_ms);
    if (chance(faults_.late)) ms += static_cast<int64_t>(random_() % kLateMsMax);
    return {passed.unix_ns + ms * kMillisecond};
  }

  const Faults faults_;
  std::mt19937_64 random_;
  std::multimap<PacketTime, Copy> waiting_;
  uint64_t read_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace lictor::simulation
