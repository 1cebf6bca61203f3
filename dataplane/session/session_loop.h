// What a session lcore does: takes signalling out of its rings, lets trackers read it, ticks their clocks, takes the
// control thread's word; then, in this order, shows the encoders what was told, publishes the table that rx lcores find
// targets' packets by, and says up to when everything has been heard. One session lcore, except where a declaration
// says "any thread". Neither locks nor waits.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/base/match_ring.h"
#include "dataplane/base/signal_record.h"
#include "dataplane/base/spsc_queue.h"
#include "dataplane/packet/target_table_builder.h"
#include "dataplane/session/datagram_assembly.h"
#include "dataplane/session/session_desk.h"
#include "dataplane/session/session_keeper.h"
#include "dataplane/session/signal_sources.h"
#include "dataplane/session/tracker.h"

namespace lictor {

// Where a table goes.
class BindingOutlet {
 public:
  virtual ~BindingOutlet() = default;
  // Rx lcores find targets' packets by `table` from now on. What was published before is freed when nobody reads it any
  // more, without waiting for that.
  virtual void publish(std::unique_ptr<const TargetTable> table) noexcept = 0;
  // Frees what can be freed. Once a round.
  virtual void tend() noexcept = 0;
};

// What becomes of datagrams and segments whose checksum is wrong. Hosts drop them; but of hosts that leave sums to
// their network card a tap before the card (a virtual switch's mirror) sees wrong ones only.
enum class WrongSums : uint8_t { kRead, kNotRead };

struct SessionLoopPlan {
  std::vector<MatchRing*> signals;  // from each rx lcore: SignalRecords
  SpscQueue<WatchChange>* changes = nullptr;
  // Of each kind of message, whose it is; null: nobody's. They outlive the loop.
  std::array<Tracker*, kSignalKinds> trackers{};
  SessionBook* book = nullptr;
  SessionDesk* desk = nullptr;
  BindingOutlet* outlet = nullptr;
  SessionKeeper* keeper = nullptr;  // null: nothing is kept before the end
  // Null: datagrams that come in fragments are not read. Whose they are say `sources`, where they are whole.
  DatagramAssembly* assembly = nullptr;
  std::shared_ptr<const SignalSources> sources;
  WrongSums wrong_sums = WrongSums::kRead;
  size_t lcore = 0;  // this one, among all session lcores
  size_t lcores = 1;
  // What rx lcores must let through besides: the servers' addresses.
  std::vector<IpPrefix> watched;
  size_t rules_max = TargetTable::kRulesMax / 4;  // of all that is bound; what is beyond is bound by none
  size_t messages_per_round_max = 256;            // of each ring, so that tables follow soon
};

// Written by the session lcore, read by any thread.
struct SessionLoopCounters {
  std::array<Counter, kSignalKinds> messages;
  Counter without_tracker;
  Counter elsewhere;     // datagrams in fragments, which were no signalling, or another session lcore's
  Counter wrong_sums;    // datagrams and segments with a wrong checksum, read or not
  Counter tables;        // that were published
  Counter rules_over;    // addresses, and ends of media, that found no room in them: rules_max
  Counter changes_done;  // changes of finished rounds: tables and reports follow them
};

class SessionLoop {
 public:
  explicit SessionLoop(SessionLoopPlan plan);
  ~SessionLoop();
  SessionLoop(const SessionLoop&) = delete;
  SessionLoop& operator=(const SessionLoop&) = delete;

  // One round. `now`: the packets' clock where nothing comes, which is the legal one where packets are live. Answers
  // whether there was anything to do.
  bool run_once(PacketTime now) noexcept;
  // When the last message arrived.
  [[nodiscard]] PacketTime heard() const { return heard_; }
  // Whether nothing waits. Every producer has stopped.
  [[nodiscard]] bool drained() const;

  [[nodiscard]] const SessionLoopCounters& counters() const { return counters_; }

 private:
  // A ring, and how far what was published before a known time has been taken out of it.
  struct Source {
    MatchRing* ring = nullptr;
    uint64_t taken = 0;  // octets since the start
    uint64_t mark = 0;   // everything before it was published before mark_passed
    LegalTime mark_passed{INT64_MIN};
    LegalTime heard_until{INT64_MIN};
  };

  bool take_changes(PacketTime now) noexcept;
  bool take_messages(Source& source) noexcept;
  void take_record(const SignalRecord& record) noexcept;
  void take_message(const SignalRecord& record) noexcept;
  void tick(PacketTime now) noexcept;
  void publish_bindings() noexcept;

  const SessionLoopPlan plan_;
  SessionLoopCounters counters_;
  std::vector<Source> sources_;
  TargetTableBuilder builder_;
  PacketTime ticked_{0};
  PacketTime heard_{0};
  uint64_t changes_taken_ = 0;
};

}  // namespace lictor
