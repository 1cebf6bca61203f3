#include "tests/simulation/calls/audit.h"

#include <algorithm>

namespace lictor::simulation {

Audit::Audit(const std::vector<WatchedPeople>& watched) : matcher_(watched.size() + 1) {
  for (const WatchedPeople& one : watched) {
    WatchedTask task{.slot = one.slot, .start = {1}, .stop = {INT64_MAX}, .cc = one.cc};
    for (const Person* person : one.people) {
      task.identities.push_back({IdentityKind::kSipUri, person->user()});
      task.identities.push_back({IdentityKind::kTelUri, "+49" + person->digits()});
      people_[one.slot].insert(person->number);
    }
    tasks_[one.slot] = std::move(task);
  }
}

void Audit::serve(sip::CallDesk& desk) {
  desk_ = &desk;
  std::vector<sip::AskedName> asked;
  std::vector<TaskSlot> slots;
  for (const auto& [slot, task] : tasks_) {
    slots.push_back(slot);
    for (const WatchedIdentity& identity : task.identities) asked.push_back({slot, {identity.kind, identity.value}});
  }
  desk.tasks_changed(*sip::CallWatch::make(asked, {5, 6}), {}, slots, {1});
}

CallRecord& Audit::open(uint16_t port) {
  CallRecord& call = *calls_.emplace_back(std::make_unique<CallRecord>());
  call.number = static_cast<uint32_t>(calls_.size());
  call.port = port;
  return call;
}

const WatchedTask* Audit::watched(TaskSlot slot) const noexcept {
  const auto found = tasks_.find(slot);
  return found == tasks_.end() ? nullptr : &found->second;
}

uint32_t Audit::take_cin(TaskSlot /*slot*/) noexcept { return next_cin_++; }

bool Audit::write(const SessionReport& report) noexcept {
  const Bytes octets = report.raw.subspan(report.call->message_at);
  told_.push_back({.slot = report.slot,
                   .cin = report.cin,
                   .kind = report.kind,
                   .part = *report.call,
                   .has_message = !octets.empty(),
                   .is_whole = record_ != nullptr && std::ranges::equal(octets, record_->message),
                   .addresses = report.addresses.size()});
  return true;
}

std::set<TaskSlot> Audit::asked_by(const std::set<uint32_t>& named) const {
  std::set<TaskSlot> slots;
  for (const auto& one : people_)
    if (std::ranges::any_of(named, [&one](uint32_t person) { return one.second.contains(person); }))
      slots.insert(one.first);
  return slots;
}

// A task without content has no rule, whatever happens.
void Audit::take_rules() {
  for (const BindingChange& change : changes_) {
    const WatchedTask* const task = watched(change.rule.slot);
    if (change.kind == BindingChange::Kind::kRemove) {
      std::erase_if(held_, [&](const TargetRule& r) {
        return r.slot == change.rule.slot && r.prefix == change.rule.prefix &&
               r.target_ports == change.rule.target_ports;
      });
      continue;
    }
    held_.push_back(change.rule);
    EXPECT_TRUE(task != nullptr && task->cc) << "a rule for a task that asks for no content";
    EXPECT_EQ(change.rule.key, RuleKey::kEndpoint);
    EXPECT_TRUE(by_cin_.contains(change.rule.cin)) << "a rule of a CIN that nobody was told of";
  }
  matcher_.apply(changes_);
}

std::string Audit::words_of(const CallRecord& call, TaskSlot slot) {
  return "call " + std::to_string(call.number) + " of task " + std::to_string(index_of(slot)) + ", lost " +
         std::to_string(call.lost) + ": " + call.words;
}

void Audit::hear(const ReadMessage& message) {
  told_.clear();
  record_ = &message.record;
  desk_->on_message(message.record, none_);
  record_ = nullptr;
  ++figures_.messages;
  figures_.reports += told_.size();
  CallRecord& call = message.call;
  const TapView::Step step = call.view.hear(message.meaning, message.again, message.record.header.arrival);
  if (call.view.is_open()) open_.insert(&call);
  if (step == TapView::Step::kEnd) {
    open_.erase(&call);
    call.ended = message.record.header.arrival;
  }
  for (const Told& told : told_)
    EXPECT_TRUE(told.is_whole && told.kind == SessionReport::Kind::kEvent) << words_of(call, told.slot);
  step == TapView::Step::kNoCall ? check_exchange(message) : check_call(message, step);
  take_rules();
}

void Audit::check_call(const ReadMessage& message, TapView::Step step) {
  CallRecord& call = message.call;
  const bool is_alone =
      step == TapView::Step::kLater || (step == TapView::Step::kContinue && !call.view.is_part(message.meaning));
  if (!is_alone)
    for (const TaskSlot slot : asked_by(message.named)) call.followed.try_emplace(slot);
  std::set<TaskSlot> said = asked_by(call.calling);
  said.merge(asked_by(call.called));
  std::set<TaskSlot> reported;
  for (const Told& told : told_) {
    EXPECT_TRUE(reported.insert(told.slot).second) << "told twice: " << words_of(call, told.slot);
    if (!is_alone && call.view.is_in_midst() && said.contains(told.slot)) call.followed.try_emplace(told.slot);
    // Whom what comes behind the end, or beside the call, names first, and what follows under that Call-ID.
    if (is_alone && !call.followed.contains(told.slot)) {
      EXPECT_TRUE(call.exchanges.contains(told.slot) || asked_by(message.named).contains(told.slot))
          << "not his: " << words_of(call, told.slot);
      check_told_alone(call, told, message.record.header.arrival);
      continue;
    }
    EXPECT_TRUE(call.followed.contains(told.slot)) << "not his: " << words_of(call, told.slot);
    if (!call.followed.contains(told.slot)) continue;
    check_told(call, told, step);
    check_direction(call, told, message.meaning);
  }
  for (const auto& [slot, followed] : call.followed)
    EXPECT_TRUE(reported.contains(slot)) << "not told: " << words_of(call, slot) << "\n"
                                         << as_text(message.record.message);
}

void Audit::take_name(CallRecord& call, TaskSlot slot, uint32_t cin) {
  const auto named = by_cin_.try_emplace(cin, &call, slot);
  EXPECT_TRUE(named.second) << "a CIN of another: " << words_of(call, slot) << "\n"
                            << words_of(*named.first->second.first, named.first->second.second);
  ++figures_.communications;
}

void Audit::check_told(CallRecord& call, const Told& told, TapView::Step step) {
  CallRecord::OfTask& followed = call.followed.at(told.slot);
  if (followed.cin == 0) {
    take_name(call, told.slot, told.cin);
    followed.cin = told.cin;
  }
  EXPECT_EQ(told.cin, followed.cin) << words_of(call, told.slot);
  CallStep expected = CallStep::kReport;
  if (step == TapView::Step::kEnd) {
    // Whom the last message names first.
    expected = followed.has_begun ? CallStep::kEnd : CallStep::kReport;
    followed.has_ended = true;
  } else if (step != TapView::Step::kLater) {
    expected = followed.has_begun ? CallStep::kContinue : CallStep::kBegin;
  }
  EXPECT_EQ(static_cast<int>(told.part.step), static_cast<int>(expected)) << words_of(call, told.slot);
  followed.has_begun = true;
  EXPECT_TRUE(told.addresses == 0 || tasks_.at(told.slot).cc) << words_of(call, told.slot);
}

std::optional<bool> Audit::is_calling(const CallRecord& call, TaskSlot slot) const {
  const std::set<uint32_t>& people = people_.at(slot);
  const auto is_one = [&people](uint32_t person) { return people.contains(person); };
  const bool calls = std::ranges::any_of(call.calling, is_one);
  const bool is_called = std::ranges::any_of(call.called, is_one);
  return calls == is_called ? std::nullopt : std::optional(calls);
}

void Audit::check_direction(const CallRecord& call, const Told& told, const Meaning& meaning) {
  const std::optional<bool> calling = is_calling(call, told.slot);
  if (!calling || told.part.step == CallStep::kReport) return;
  const bool from_target = (meaning.sender() == kCaller) == *calling;
  EXPECT_EQ(static_cast<int>(told.part.direction),
            static_cast<int>(from_target ? Direction::kFromTarget : Direction::kToTarget))
      << words_of(call, told.slot);
}

// A report of no call.
void Audit::check_told_alone(CallRecord& call, const Told& told, PacketTime now) {
  constexpr int64_t kRememberedNs = 32 * kNanosecondsPerSecond;
  EXPECT_EQ(static_cast<int>(told.part.step), static_cast<int>(CallStep::kReport)) << words_of(call, told.slot);
  CallRecord::OfExchange& exchange = call.exchanges[told.slot];
  if (exchange.cin == told.cin) return;
  EXPECT_GE(now.unix_ns, exchange.heard.unix_ns + kRememberedNs) << words_of(call, told.slot);
  take_name(call, told.slot, told.cin);
  exchange.cin = told.cin;
}

// Of no call that is known: whoever is named is told.
void Audit::check_exchange(const ReadMessage& message) {
  CallRecord& call = message.call;
  const PacketTime now = message.record.header.arrival;
  std::set<TaskSlot> reported;
  for (const Told& told : told_) {
    EXPECT_TRUE(reported.insert(told.slot).second) << "told twice: " << words_of(call, told.slot);
    check_told_alone(call, told, now);
  }
  for (const TaskSlot slot : asked_by(message.named)) EXPECT_TRUE(reported.contains(slot)) << words_of(call, slot);
  for (auto& [slot, exchange] : call.exchanges) exchange.heard = now;
}

void Audit::tick(PacketTime now) {
  told_.clear();
  desk_->on_tick(now, none_);
  for (const Told& told : told_) {
    const auto named = by_cin_.find(told.cin);
    ASSERT_NE(named, by_cin_.end());
    CallRecord& call = *named->second.first;
    const auto followed = call.followed.find(told.slot);
    ASSERT_TRUE(followed != call.followed.end() && !told.has_message) << words_of(call, told.slot);
    EXPECT_TRUE(call.view.may_end_by_time(now)) << "no time has passed: " << words_of(call, told.slot);
    EXPECT_TRUE(call.is_over || call.lost > 0) << "it goes on: " << words_of(call, told.slot);
    if (told.part.step != CallStep::kEnd) continue;
    EXPECT_FALSE(followed->second.has_ended) << "ended twice: " << words_of(call, told.slot);
    EXPECT_NE(static_cast<int>(told.part.reason), static_cast<int>(CallEndReason::kNone));
    followed->second.has_ended = true;
    ++figures_.ended_by_time;
    call.view.end_by_time();
    call.ended = now;
    open_.erase(&call);
  }
  take_rules();
}

void Audit::expect_all_over() {
  for (const auto& call : calls_)
    for (const auto& [slot, followed] : call->followed)
      EXPECT_TRUE(followed.has_begun && followed.has_ended) << "without end: " << words_of(*call, slot);
  for (const TargetRule& rule : held_)
    ADD_FAILURE() << rule.target_ports.first << " remote " << rule.remote_ports.first << " "
                  << words_of(*by_cin_.at(rule.cin).first, rule.slot);
  EXPECT_EQ(desk_->followed(), 0U);
}

}  // namespace lictor::simulation
