// When a frame arrived: by the stamp in its buffer where somebody put one there that can be read, else by the reading
// of the host's clock that follows its reception. One queue of one lcore each; neither waits nor calls the kernel.
#pragma once

#include <cstdint>

#include "dataplane/base/clock.h"
#include "dataplane/base/counter.h"
#include "dataplane/dpdk/stamp_converter.h"
#include "dataplane/packet/packet_batch.h"

struct rte_mbuf;

namespace lictor {

// Where buffers carry an arrival stamp, and the flag that says that they do.
struct StampField {
  int offset = -1;
  uint64_t flag = 0;
};

enum class StampKind : uint8_t {
  kHost,      // none that can be read: the host's clock
  kCapture,   // a capture file's, microseconds since the epoch: replay from net_pcap
  kCard,      // the card's clock, by its converter
  kSpreader,  // nanoseconds since the epoch, by the lcore that received the frame
};

struct ArrivalPlan {
  StampKind kind = StampKind::kHost;
  StampField field;
  const StampConverter* card = nullptr;  // kCard's; outlives its user
};

class ArrivalStamps {
 public:
  // `refused` counts stamps that cannot be right; its writer is this lcore.
  ArrivalStamps(const ArrivalPlan& plan, Counter& refused) : plan_(plan), refused_(&refused) {}

  // Before the first frame of a burst. `now` was read after it was received.
  void begin_burst(LegalTime now) noexcept {
    // Of the host's clock a burst has one reading: frames are a nanosecond apart, so that their order is in their
    // stamps.
    const bool is_close = now <= last_ && last_.unix_ns - now.unix_ns < kCloseNs;
    now_ = is_close ? LegalTime{last_.unix_ns + 1} : now;
    last_ = {now_.unix_ns + static_cast<int64_t>(kBurst) - 1};
    if (plan_.kind == StampKind::kCard) mapping_ = plan_.card->current();
  }
  // `index`: of the frame in its burst.
  [[nodiscard]] PacketTime of(const rte_mbuf& frame, size_t index) noexcept;
  // Whether stamps say when a frame was taken out of its queue, and not when it got there.
  [[nodiscard]] bool are_of_reception() const { return plan_.kind == StampKind::kHost; }

  // The time that a window's start is held against: a live frame counts by its arrival, so that none is copied whose
  // record would say that it came before; a capture's stamps are of another day.
  [[nodiscard]] LegalTime legal_time_of(PacketTime arrival) const noexcept {
    if (plan_.kind == StampKind::kCapture) return now_;
    return {arrival.unix_ns < now_.unix_ns ? arrival.unix_ns : now_.unix_ns};
  }

 private:
  ArrivalPlan plan_;
  Counter* refused_;
  static constexpr int64_t kCloseNs = 1'000'000;  // what is further back is a clock that was set

  LegalTime now_;
  LegalTime last_;  // that the burst's last frame can have
  StampMapping mapping_;
};

// Writes an arrival for whoever reads it as StampKind::kSpreader.
void put_arrival(rte_mbuf& frame, const StampField& field, PacketTime arrival) noexcept;

}  // namespace lictor
