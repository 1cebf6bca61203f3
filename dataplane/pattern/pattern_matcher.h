// Says whether a target's packet is one that its task's patterns select. One rx lcore each; no allocation, no lock, no
// system call behind the start. Everything that it keeps is bounded, and what a bound costs is counted.
//
// A packet is looked at by itself, a TCP segment as the continuation of its direction's stream, so that a match may
// span segments. Streams are followed in the order of arrival: only octets that are new are fed, a gap begins the
// stream anew, and what arrives late or again is looked at by itself. A match selects the packet in which it ends.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "dataplane/pattern/conversation_map.h"
#include "dataplane/pattern/cycle_budget.h"
#include "dataplane/pattern/packet_payload.h"
#include "dataplane/pattern/pattern_account.h"
#include "dataplane/pattern/pattern_set.h"
#include "dataplane/pattern/stream_pool.h"

namespace lictor {

// A packet of a target, contiguous.
struct PatternPacket {
  const IpLevel& level;  // that matched
  Bytes frame;
  uint16_t tap_group = 0;
  PacketTime time;
};

enum class PatternVerdict : uint8_t {
  kSelected,
  kNotSelected,
  kOverBudget,  // not looked at: it is not delivered, and its loss is told
};

struct PatternMatcherPlan {
  size_t lcore = 0;  // whose scratch of a set is used
  PatternLimits limits;
  uint64_t (*cycles)() = nullptr;  // a steady counter
  uint64_t cycles_per_second = 0;
  PatternAccount* account = nullptr;
};

class PatternMatcher {
 public:
  explicit PatternMatcher(const PatternMatcherPlan& plan);
  ~PatternMatcher();
  PatternMatcher(const PatternMatcher&) = delete;
  PatternMatcher& operator=(const PatternMatcher&) = delete;

  // For one task: `set` is its own. Packet time may step backwards. A packet of which nobody knows to which flow it
  // belongs (ConversationSight::known) is judged by its own content, and selects no flow.
  PatternVerdict judge(const PatternSet& set, const PatternPacket& packet) noexcept;

 private:
  // One direction of a TCP connection.
  struct Lane {
    hs_stream* stream = nullptr;  // null: not followed
    uint32_t next = 0;            // sequence number of the next octet
  };
  struct Connection {
    std::array<Lane, 2> lanes;  // by ConversationDirection
  };
  // A flow that a match has selected.
  struct Selected {
    uint8_t finished = 0;  // bit d: direction d has sent its FIN
    bool reset = false;
  };
  // What one scan found. Hyperscan calls back for each match.
  struct Hits {
    const PatternSet* set;
    bool packet = false;
    bool flow = false;
  };

  static int on_match(unsigned pattern, unsigned long long from, unsigned long long to, unsigned flags, void* hits);
  static int on_first_match(unsigned pattern, unsigned long long from, unsigned long long to, unsigned flags,
                            void* hits);

  bool continues_selected(const ConversationSight& flow, const std::optional<TcpSegment>& segment,
                          PacketTime time) noexcept;
  void select(const ConversationKey& key, PacketTime time) noexcept;
  void expire(PacketTime now) noexcept;
  void scan(const ConversationSight& flow, const std::optional<TcpSegment>& segment, const PatternPacket& packet,
            Hits& hits) noexcept;
  void scan_by_itself(Bytes payload, Hits& hits) noexcept;
  void scan_segment(const ConversationSight& flow, const TcpSegment& segment, PacketTime time, Hits& hits) noexcept;
  void begin_lane(Lane& lane, const PatternSet& set, uint32_t sequence) noexcept;
  Connection& connection_of(const ConversationKey& key, PacketTime time) noexcept;
  void end_lanes(const ConversationSight& flow, uint8_t flags) noexcept;
  void give_up_oldest() noexcept;
  bool close(Connection& connection) noexcept;
  bool close(Lane& lane) noexcept;

  const PatternMatcherPlan plan_;
  CycleBudget budget_;
  StreamPool pool_;
  ConversationMap<Connection> connections_;
  ConversationMap<Selected> selected_;
  PatternAccount& account_;
};

}  // namespace lictor
