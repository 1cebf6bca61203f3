// The world's account of calls, and what a desk makes of them held against it: each message of a target's call is told
// once under the call's CIN, it begins and ends once, each packet of its media is its task's, and nobody else's is. It
// is the desk's TaskOffice. One thread.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "dataplane/session/sip/call_desk.h"
#include "tests/simulation/calls/media_matcher.h"
#include "tests/simulation/calls/tap_view.h"

namespace lictor::simulation {

// Why a packet may be nobody's that is a target's, or another's: what was lost, or what no tap can know.
enum class Excuse {
  kBeginLost,        // no INVITE of the call was read, or nothing that names him
  kDescriptionLost,  // nothing that describes either end was
  kNotRead,          // it is on its way
  kInFlight,         // sent before its sender knew that the ends are others now
  kShared,           // another call names the end, and where the packet comes from was not described: a NAT's
  kManyEnds,         // shared, and the call has more ends than are paired
  kEndLost,          // the tap did not read that the call is over whose ends these were
  kChangeLost,       // nor that the call goes on with other ends
  kTwoCalls,         // two calls have the end for a moment: whoever takes a call over goes on with its ports
  kEndUnseen,        // a fork was refused on a hop that the tap does not see
  kGrace,            // media may come a second behind the end, unless another call has the end by then
  kCount,
};
constexpr std::array<const char*, static_cast<size_t>(Excuse::kCount)> kExcuses = {
    "begin lost", "description lost", "not read yet", "in flight",  "shared end", "too many ends",
    "end lost",   "change lost",      "two calls",    "end unseen", "grace"};

struct CallRecord {
  struct OfTask {
    uint32_t cin = 0;
    bool has_begun = false;
    bool has_ended = false;
  };
  struct OfExchange {
    uint32_t cin = 0;
    PacketTime heard;
  };
  uint32_t number = 0;
  uint16_t port = 0;           // where it passes
  std::string words;           // what happens in it
  std::set<uint32_t> calling;  // people on either side, and who is said to be
  std::set<uint32_t> called;
  std::set<uint32_t> named;  // people, in fields that are believed of what has passed the tap
  bool is_over = false;
  PacketTime ended;        // by what was read
  uint32_t lost = 0;       // messages that no tap read
  uint32_t unread = 0;     // that are on their way
  bool is_unseen = false;  // a fork's end passes where there is no tap
  std::multiset<MediaEnd> in_use;
  TapView view;
  std::map<TaskSlot, OfTask> followed;
  std::map<TaskSlot, OfExchange> exchanges;
};

struct WatchedPeople {
  TaskSlot slot{};
  std::vector<const Person*> people;
  bool cc = true;
};

// A message as the tap reads it.
struct ReadMessage {
  CallRecord& call;
  const Meaning& meaning;
  const std::set<uint32_t>& named;  // people, in fields that are believed
  bool again = false;
  const SignalRecord& record;
};

struct AuditFigures {
  uint64_t messages = 0;
  uint64_t reports = 0;
  uint64_t matched = 0;  // packets that are a task's, and were
  uint64_t nobodys = 0;  // and those that are nobody's, and were
  uint64_t communications = 0;
  uint64_t ended_by_time = 0;
  std::array<uint64_t, static_cast<size_t>(Excuse::kCount)> excused{};
};

class Audit : public TaskOffice {
 public:
  explicit Audit(const std::vector<WatchedPeople>& watched);
  void serve(sip::CallDesk& desk);

  void hear(const ReadMessage& message);
  void tick(PacketTime now);
  // `call` null: of nobody's call. `in_flight`: its sender does not know yet what the tap has read.
  struct Packet {
    CallRecord* call = nullptr;
    MediaEnd from;
    MediaEnd to;
    uint16_t port = 0;
    bool from_calling = false;
    bool in_flight = false;
  };
  void see(const Packet& packet, PacketTime now);
  // All that has begun has ended, and no rule is left.
  void expect_all_over();

  CallRecord& open(uint16_t port);
  [[nodiscard]] const AuditFigures& figures() const { return figures_; }

  [[nodiscard]] const WatchedTask* watched(TaskSlot slot) const noexcept override;
  uint32_t take_cin(TaskSlot slot) noexcept override;
  bool write(const SessionReport& report) noexcept override;
  std::atomic<int64_t>* media_clock(TaskSlot /*slot*/, uint32_t /*number*/) noexcept override { return nullptr; }
  void tell_others(const SessionReport& /*report*/) noexcept override {}
  void bind_remote_calls(TaskSlot /*slot*/, const MediaPlace& /*place*/) noexcept override {}
  std::vector<BindingChange>& bindings() noexcept override { return changes_; }

 private:
  struct Told {
    TaskSlot slot{};
    uint32_t cin = 0;
    SessionReport::Kind kind{};
    CallPart part;
    bool has_message = false;
    bool is_whole = false;  // its octets are those of the message at hand
    size_t addresses = 0;
  };
  struct NoSessions : SessionSink {
    void on_event(const SessionEvent& /*event*/) noexcept override {}
  };

  [[nodiscard]] std::set<TaskSlot> asked_by(const std::set<uint32_t>& named) const;
  void take_rules();
  void check_call(const ReadMessage& message, TapView::Step step);
  void check_exchange(const ReadMessage& message);
  void check_told_alone(CallRecord& call, const Told& told, PacketTime now);
  void check_told(CallRecord& call, const Told& told, TapView::Step step);
  void check_direction(const CallRecord& call, const Told& told, const Meaning& meaning);
  void take_name(CallRecord& call, TaskSlot slot, uint32_t cin);
  [[nodiscard]] std::optional<Excuse> why_missed(const Packet& packet) const;
  [[nodiscard]] std::optional<Excuse> why_taken_for(const CallRecord& other, const Packet& packet) const;
  [[nodiscard]] bool is_known_of_another(const CallRecord& call, const MediaEnd& end) const;
  [[nodiscard]] bool is_shared(const CallRecord& call, const MediaEnd& end) const;
  void check_match(const Packet& packet, TaskSlot slot, const TaskMatch& found);
  void check_missed(const Packet& packet, TaskSlot slot);
  // Whose side the task's people are on; nullopt where on both.
  [[nodiscard]] std::optional<bool> is_calling(const CallRecord& call, TaskSlot slot) const;
  void excuse(Excuse why) { ++figures_.excused[static_cast<size_t>(why)]; }
  static std::string words_of(const CallRecord& call, TaskSlot slot);

  std::map<TaskSlot, WatchedTask> tasks_;
  std::map<TaskSlot, std::set<uint32_t>> people_;
  std::vector<TargetRule> held_;
  PacketTime now_;
  sip::CallDesk* desk_ = nullptr;
  NoSessions none_;
  MediaMatcher matcher_;
  std::vector<BindingChange> changes_;
  std::vector<Told> told_;
  const SignalRecord* record_ = nullptr;
  std::vector<std::unique_ptr<CallRecord>> calls_;
  std::set<CallRecord*> open_;  // by what was read
  std::map<uint32_t, std::pair<CallRecord*, TaskSlot>> by_cin_;
  uint32_t next_cin_ = 1;
  AuditFigures figures_;
};

}  // namespace lictor::simulation
