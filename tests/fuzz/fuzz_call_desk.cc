// Any octets as SIP messages from anybody at two taps, to a desk with hardly any room, whose tasks come and go: a
// communication of a task begins before it goes on and ends once, rules are of tasks that are there, and when nothing
// is heard any more nothing is left.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/session/sip/call_desk.h"

namespace {

using namespace lictor;
using namespace lictor::sip;

constexpr uint32_t kTasks = 3;

struct NoSessions : SessionSink {
  void on_event(const SessionEvent& /*event*/) noexcept override {}
};

class Office : public TaskOffice {
 public:
  const WatchedTask* watched(TaskSlot slot) const noexcept override {
    const auto found = tasks.find(slot);
    return found == tasks.end() ? nullptr : &found->second;
  }
  uint32_t take_cin(TaskSlot /*slot*/) noexcept override { return ++cins_; }
  bool write(const SessionReport& report) noexcept override {
    LICTOR_CHECK(report.call.has_value() && report.cin != 0 && report.addresses.size() <= kReportAddressesMax);
    LICTOR_CHECK(report.call->message_at <= report.raw.size());
    State& state = told_[{report.slot, report.cin}];
    if (report.kind == SessionReport::Kind::kGone) {
      state = State::kEnded;
      return true;
    }
    if (report.kind == SessionReport::Kind::kState) return true;
    const CallStep step = report.call->step;
    if (step == CallStep::kBegin) LICTOR_CHECK(std::exchange(state, State::kOpen) == State::kNew);
    if (step == CallStep::kContinue) LICTOR_CHECK(state == State::kOpen);
    // What first names the target may end its call.
    if (step == CallStep::kEnd) LICTOR_CHECK(std::exchange(state, State::kEnded) != State::kEnded);
    return true;
  }
  std::atomic<int64_t>* media_clock(TaskSlot /*slot*/, uint32_t number) noexcept override { return clocks_.at(number); }
  std::vector<BindingChange>& bindings() noexcept override { return changes_; }
  void tell_others(const SessionReport& /*report*/) noexcept override {}
  void bind_remote_calls(TaskSlot /*slot*/, const MediaPlace& /*place*/) noexcept override {}

  // How many rules there are.
  size_t settle() {
    for (const BindingChange& change : std::exchange(changes_, {})) {
      const auto is_key = [&](const TargetRule& rule) {
        return rule.slot == change.rule.slot && rule.prefix == change.rule.prefix &&
               rule.target_ports == change.rule.target_ports;
      };
      if (change.kind == BindingChange::Kind::kRemove) {
        std::erase_if(rules_, is_key);
      } else {
        LICTOR_CHECK(tasks.contains(change.rule.slot) && tasks.at(change.rule.slot).cc && change.rule.cin != 0);
        rules_.push_back(change.rule);
      }
    }
    for (const TargetRule& rule : rules_) LICTOR_CHECK(tasks.contains(rule.slot));
    return rules_.size();
  }

  std::map<TaskSlot, WatchedTask> tasks;

 private:
  enum class State : uint8_t { kNew, kOpen, kEnded };
  std::map<std::pair<TaskSlot, uint32_t>, State> told_;
  std::vector<BindingChange> changes_;
  std::vector<TargetRule> rules_;
  MediaClocks clocks_{4};
  uint32_t cins_ = 0;
};

CallDeskPlan plan() {
  CallDeskPlan plan;
  plan.tracker = {.calls_max = 6, .key = {.low = 1, .high = 2}};
  plan.streams.streams_max = 1;
  plan.streams.key = {.low = 3, .high = 4};
  CallSet& set = plan.sets.emplace_back();
  set.servers = set.trusted = {*IpPrefix::parse("198.51.100.0/25")};
  set.from = true;
  set.numbers.country_code = "49";
  set.legs = {.charging_vector = true, .session_id = true, .sdp_origin = true};
  plan.scopes.resize(1);
  plan.keeps_all = true;
  plan.registrations_max = 4;
  plan.followed_max = 10;
  plan.exchanges_max = 4;
  return plan;
}

// The first task asks for a name of each kind, the second for content of none, the third for what is redirected.
void change_tasks(uint8_t which, CallDesk& desk, Office& office, PacketTime now) {
  const TaskSlot slot{which % kTasks};
  std::vector<TaskSlot> removed;
  std::vector<TaskSlot> added;
  if (office.tasks.erase(slot) != 0) removed.push_back(slot);
  if (which < 128) {
    WatchedTask task{.slot = slot, .start = {1}, .stop = {INT64_MAX}, .cc = which % kTasks != 1};
    task.redirected_calls = which % kTasks == 2;
    task.identities = {{IdentityKind::kSipUri, "b@example.org"}, {IdentityKind::kImpi, "private@example.org"}};
    if (which % kTasks == 0) task.identities.push_back({IdentityKind::kTelUri, "+49301234567"});
    office.tasks[slot] = std::move(task);
    added.push_back(slot);
  }
  std::vector<AskedName> asked;
  for (const auto& [of, task] : office.tasks)
    for (const WatchedIdentity& identity : task.identities) asked.push_back({of, {identity.kind, identity.value}});
  desk.tasks_changed(*CallWatch::make(asked, {5, 6}), removed, added, now);
}

}  // namespace

// Of each message: seconds since the last one, the sender's last octet and port, a task that comes or goes (0: none),
// its length in two octets, and it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader in({data, size});
  Office office;
  NoSessions none;
  const auto desk = *CallDesk::make(plan(), office);
  PacketTime now{1'700'000'000 * kNanosecondsPerSecond};
  change_tasks(0, *desk, office, now);
  while (in.remaining() > 0) {
    now.unix_ns += int64_t{in.u8()} * kNanosecondsPerSecond;
    SignalRecord record;
    record.header.source = {.address = {198, 51, 100, in.u8()}, .port = 5060};
    record.header.destination = {.address = {198, 51, 100, 1}, .port = 5060};
    const uint8_t task = in.u8();
    if (task != 0) change_tasks(task, *desk, office, now);
    record.header.port = task & 1;
    record.frame = record.message = in.take(std::min<size_t>(in.u16(), in.remaining()));
    record.header.frame_bytes = record.header.message_bytes = static_cast<uint32_t>(record.message.size());
    record.header.arrival = now;
    record.header.kind = SignalKind::kSip;
    desk->on_message(record, none);
    desk->on_tick(now, none);
    office.settle();
  }
  // A day later.
  for (int round = 0; round < 600; ++round) {
    now.unix_ns += 150 * kNanosecondsPerSecond;
    desk->on_tick(now, none);
  }
  LICTOR_CHECK(office.settle() == 0 && desk->followed() == 0 && desk->tracker().calls() == 0);
  return 0;
}
