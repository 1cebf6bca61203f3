// The product's encoder loop with all that it needs, and behind it either nobody (records are encoded into a spool and
// forgotten there) or the product's handover, over TCP to a receiver in this process. One lcore runs the rounds.
#pragma once

#include <memory>
#include <vector>

#include "encoders/encode/encode_loop.h"
#include "encoders/handover/handover.h"
#include "perf/discard_server.h"
#include "perf/tail.h"

namespace lictor::perf {

enum class Delivery : uint8_t { kForgotten, kOverTcp };

class EncodeTail : public Tail {
 public:
  // A task for each of `slots`, which are below kTasksMax, without repetition. Call asn1::prime_asn1_types() before.
  static Result<std::unique_ptr<EncodeTail>> make(MatchRing& ring, const std::vector<TaskSlot>& slots,
                                                  Delivery delivery);
  ~EncodeTail() override;

  bool round() noexcept override;
  [[nodiscard]] bool drained() const noexcept override;
  void finish() noexcept override;
  void close() override;
  [[nodiscard]] TailTotals totals() const override;

 private:
  EncodeTail();
  Status open_handover();
  Status add_tasks(const std::vector<TaskSlot>& slots);
  bool forget() noexcept;

  std::vector<TaskAccount> accounts_;
  std::vector<TaskProgress> progress_;
  AlarmQueue alarms_;
  SpscQueue<TaskCommand> commands_;
  std::unique_ptr<Spool> forgotten_spool_;  // of kForgotten
  std::unique_ptr<DiscardServer> server_;   // of kOverTcp
  std::unique_ptr<Handover> handover_;      // of kOverTcp
  Spool* spool_ = nullptr;
  std::unique_ptr<EncodeLoop> loop_;
  Counter forgotten_;
};

}  // namespace lictor::perf
