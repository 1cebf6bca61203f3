// The network's own signalling on an rx lcore: frames of configured servers are copied to the session lcore whose
// business they are. Behind the parser, and apart from the verdict: a frame of signalling is matched or unmatched as
// any other. One rx lcore each; no allocation, no lock, no wait.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/base/match_ring.h"
#include "dataplane/base/nap.h"
#include "dataplane/packet/packet_batch.h"
#include "dataplane/packet/prefilter.h"
#include "dataplane/rx_account.h"
#include "dataplane/session/signal_sources.h"

struct rte_mbuf;

namespace lictor {

struct SignalPlan {
  std::shared_ptr<const SignalSources> sources;  // null: nothing is signalling
  std::vector<MatchRing*> rings;                 // one a session lcore
  std::vector<Nap*> naps;                        // the same
};

class SignalStage {
 public:
  // `plan` and `account`, of this rx lcore, outlive this.
  SignalStage(const SignalPlan& plan, RxSignalAccount& account)
      : plan_(plan), account_(account), written_(plan.rings.size()), shown_(plan.rings.size()) {
    LICTOR_CHECK(plan.naps.size() == plan.rings.size());
  }

  [[nodiscard]] bool concerns() const { return plan_.sources != nullptr; }

  // Signalling of links that the prefilter must let through at this port.
  [[nodiscard]] LinkSignals links_at(uint16_t port) const;

  // After parse_batch: `frames` are the batch's. Of a frame's levels the innermost that is signalling counts; of a
  // link's messages the outermost Ethernet header. Fragments go as they are; a message whose beginning was not captured
  // is counted and not read; where a ring is full, the message is lost and counted.
  void see(const PacketBatch& batch, std::span<const rte_mbuf* const> frames) noexcept;

  // Shows the session lcores what was copied, and wakes those for whom there is something.
  void publish() noexcept;
  // Behind publish(): everything that was received up to `now` is there.
  void passed(LegalTime now) noexcept;

  // Whether what was published is in force: rx lcores match by what it means.
  [[nodiscard]] bool is_in_force() const noexcept;

  // Whether every ring would take a burst of the longest frames.
  [[nodiscard]] bool has_room_for_burst(uint32_t frame_bytes_max) noexcept;

 private:
  // Where in a frame a message is, and what is known of it beside.
  struct Place {
    SignalKind kind{};
    uint16_t source_set = 0;
    uint32_t offset = 0;
    uint32_t bytes = 0;
  };
  bool see_datagram(const PacketBatch& batch, size_t index, const rte_mbuf& frame) noexcept;
  bool see_neighbour(const PacketBatch& batch, size_t index, const rte_mbuf& frame) noexcept;
  void see_link(const PacketBatch& batch, size_t index, const rte_mbuf& frame) noexcept;
  SignalRecordHeader* copy(const PacketBatch& batch, size_t index, const Place& place, const rte_mbuf& frame) noexcept;
  void copy_level(const PacketBatch& batch, size_t index, const IpLevel& level, const Place& place,
                  const rte_mbuf& frame) noexcept;

  const SignalPlan& plan_;
  RxSignalAccount& account_;
  std::vector<uint64_t> written_;  // octets, by ring
  std::vector<uint64_t> shown_;    // of them
};

}  // namespace lictor
