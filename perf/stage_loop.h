// The first stages of the receive path without the others, for telling where the cycles go: the product's stage
// functions in a loop that ends after one of them. One lcore.
#pragma once

#include <array>
#include <memory>

#include "dataplane/base/counter.h"
#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/packet_batch.h"
#include "dataplane/packet/prefilter.h"
#include "dataplane/packet/target_table.h"
#include "perf/loop.h"

struct rte_mbuf;

namespace lictor::perf {

enum class LastStage : uint8_t {
  kReceive,    // receive and free the burst at once
  kPrefilter,  // and say which frames are to be looked into
  kParse,      // and parse every frame, whatever a prefilter would say
  kClassify,   // and classify every frame
};

struct StagePlan {
  uint16_t port = 0;  // DPDK's; queue 0 is polled
  uint32_t frame_bytes_max = 0;
  LastStage last = LastStage::kReceive;
  const TargetTable* targets = nullptr;  // of kPrefilter and kClassify
};

class StageLoop : public Loop {
 public:
  explicit StageLoop(const StagePlan& plan);

  bool round() noexcept override;
  [[nodiscard]] uint64_t received() const noexcept override { return received_.get(); }
  [[nodiscard]] uint64_t matched() const noexcept { return matched_.get(); }
  [[nodiscard]] uint64_t unmatched() const noexcept { return unmatched_.get(); }
  [[nodiscard]] uint64_t looked_into() const noexcept { return looked_into_.get(); }
  [[nodiscard]] uint64_t dropped() const noexcept { return dropped_.get(); }

 private:
  void describe() noexcept;
  void prefilter() noexcept;
  void count() noexcept;

  const StagePlan plan_;
  const PrefilterPlan prefilter_;
  Counter received_;
  Counter matched_;      // of kClassify: packets that a task is for
  Counter unmatched_;    // of kClassify
  Counter dropped_;      // by the parser
  Counter looked_into_;  // of kPrefilter
  MatchBatch matches_;
  PacketBatch batch_;
  std::array<rte_mbuf*, kBurst> mbufs_{};
};

}  // namespace lictor::perf
