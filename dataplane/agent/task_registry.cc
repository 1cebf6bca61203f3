#include "dataplane/agent/task_registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "dataplane/agent/common_tap.h"

namespace lictor {
namespace {

// Behind the legal end: how long a task may live on by the monotonic clock before the legal one is not believed any
// more.
constexpr int64_t kDeadlineSlackNs = kNanosecondsPerSecond;

template <typename Key>
bool same_key(const std::shared_ptr<const Key>& one, const std::shared_ptr<const Key>& other) {
  if (one == nullptr || other == nullptr) return one == other;
  return std::ranges::equal(one->octets(), other->octets());
}

Status key_refused(const char* field, const Status& why) {
  return absl::FailedPreconditionError(fmt::format("mediation.profile.{}: {}", field, std::string(why.message())));
}

Status ended_already() { return absl::FailedPreconditionError("this task was withdrawn or has ended"); }

}  // namespace

Result<TaskRegistry::Task*> TaskRegistry::find_or_add(const Xid& xid) {
  if (const auto found = tasks_.find(xid); found != tasks_.end()) {
    const Phase phase = found->second.phase;
    if (phase != Phase::kWaiting && phase != Phase::kRunning) return ended_already();
    return &found->second;
  }
  if (tasks_.size() - ended_.size() >= plan_.accounts.size()) {
    return absl::ResourceExhaustedError(
        fmt::format("buffers.tasks_max: all {} tasks are in use", plan_.accounts.size()));
  }
  return &tasks_[xid];
}

void TaskRegistry::forget_if_empty(const Xid& xid) {
  const auto found = tasks_.find(xid);
  if (found != tasks_.end() && !found->second.tap && !found->second.mediation) tasks_.erase(found);
}

Status TaskRegistry::apply(const TapDirective& tap, LegalTime now) {
  const Result<Task*> task = find_or_add(tap.xid);
  if (!task.ok()) return task.status();
  Task& own = **task;
  own.tap_mentioned = true;
  if (own.tap && own.tap->octets == tap.octets) return absl::OkStatus();
  const bool running = own.phase == Phase::kRunning;
  Status status = change_tap(own, tap, now);
  if (status.ok()) return status;
  keep_common(own, tap, now);
  forget_if_empty(tap.xid);
  if (!running) return status;
  return {status.code(), fmt::format("{}; meanwhile nothing is copied that was not ordered before as well",
                                     std::string(status.message()))};
}

// As a whole, or not at all.
Status TaskRegistry::change_tap(Task& task, const TapDirective& tap, LegalTime now) {
  if (!tap.identities.empty() && plan_.signalling == Signalling::kNone)
    return absl::FailedPreconditionError(
        "tap.targets: one is known by signalling alone, and signalling is not configured here");
  if (Status status = check_identities(tap); !status.ok()) return status;
  Result<TaskFilter> filter = filters_.make(tap, task.tap, task.filter);
  if (!filter.ok()) return filter.status();
  const std::optional<TapDirective> before = std::exchange(task.tap, tap);
  const TaskFilter filter_before = std::exchange(task.filter, *std::move(filter));
  targets_bound_ += tap.targets.size() + tap.identities.size();
  Status status = has_room_for_targets()
                      ? follow(task, now)
                      : absl::ResourceExhaustedError("tap.targets: more than this dataplane can hold");
  if (status.ok()) return status;
  task.tap = before;
  task.filter = filter_before;
  return status;
}

// What a refused change takes away has lost its order. A task that has not begun waits for a tap that can be taken in.
void TaskRegistry::keep_common(Task& task, const TapDirective& refused, LegalTime now) {
  if (!task.tap) return;
  if (task.phase == Phase::kWaiting) {
    task.tap.reset();
    task.filter = {};
    return;
  }
  TapDirective common = common_tap(*task.tap, refused);
  if (orders_the_same(common, *task.tap)) return;
  if (common.cc && change_tap(task, common, now).ok()) return;
  // What was narrowed may need more room than there is.
  const std::set<TapTarget> held(task.tap->targets.begin(), task.tap->targets.end());
  std::erase_if(common.targets, [&](const TapTarget& target) { return !held.contains(target); });
  if (common.cc && !common.names_nobody() && change_tap(task, common, now).ok()) return;
  silence(task, std::move(common), now);
}

void TaskRegistry::narrow(const TapDirective& refused, LegalTime now) {
  const auto found = tasks_.find(refused.xid);
  if (found == tasks_.end()) return;
  Task& task = found->second;
  if (task.phase != Phase::kWaiting && task.phase != Phase::kRunning) return;
  task.tap_mentioned = true;
  keep_common(task, refused, now);
  forget_if_empty(refused.xid);
}

void TaskRegistry::distrust(const Xid& xid, LegalTime now) {
  const auto found = tasks_.find(xid);
  if (found == tasks_.end() || !found->second.tap) return;
  Task& task = found->second;
  if (task.phase == Phase::kRunning) return silence(task, *task.tap, now);
  if (task.phase != Phase::kWaiting) return;
  task.tap.reset();
  task.filter = {};
  forget_if_empty(xid);
}

// The task goes on without content, so that it can be changed again: its records are of signalling alone.
void TaskRegistry::silence(Task& task, TapDirective tap, LegalTime now) {
  if (tap.names_nobody()) {  // whom its records name
    tap.targets = task.tap->targets;
    tap.identities = task.tap->identities;
  }
  tap.cc = false;
  tap.patterns.clear();
  tap.exclusions.clear();
  tap.octets.clear();
  if (orders_the_same(tap, *task.tap)) return;
  if (change_tap(task, tap, now).ok()) return;
  take_out(task);
  task.tap = std::move(tap);
  task.filter = {};
}

Status TaskRegistry::apply(const MediationDirective& mediation, LegalTime now) {
  const auto is_lab = [](const std::optional<DestinationSpec>& spec) { return !spec || spec->lab; };
  if (plan_.replay && (!is_lab(mediation.hi2) || !is_lab(mediation.hi3))) {
    return absl::FailedPreconditionError(
        "mediation: replay is refused towards a destination that is not the laboratory's");
  }
  if (plan_.handover->depot().is_on_disk() && mediation.spool_key == nullptr) {
    return absl::FailedPreconditionError("mediation.spool_key: is missing, and the spool is on disk");
  }
  if (mediation.draining) return deliver_only(mediation, now);
  const Result<Task*> task = find_or_add(mediation.xid);
  if (!task.ok()) return task.status();
  Task& own = **task;
  own.mediation_mentioned = true;
  if (own.mediation && own.mediation->octets == mediation.octets &&
      same_key(own.mediation->spool_key, mediation.spool_key) &&
      same_key(own.mediation->parameters.payload_key, mediation.parameters.payload_key)) {
    if (own.mediation->cins == mediation.cins) return absl::OkStatus();
    own.mediation->cins = mediation.cins;
    if (own.phase == Phase::kRunning && !own.tap->identities.empty()) watches_due_.push_back(mediation.xid);
    return absl::OkStatus();
  }
  const std::optional<MediationDirective> before = std::exchange(own.mediation, mediation);
  Status status = follow(own, now);
  if (status.ok()) return status;
  own.mediation = before;
  forget_if_empty(mediation.xid);
  return status;
}

Status TaskRegistry::apply(const WithdrawalDirective& withdrawal) {
  leave(withdrawal.xid, withdrawal.revoked);
  return absl::OkStatus();
}

Status TaskRegistry::follow(Task& task, LegalTime now) {
  if (!task.tap || !task.mediation) return absl::OkStatus();
  // Each keeps within its own order; together they could give one warrant's target to another one's agency.
  const std::string& ordered = task.tap->ordered_by;
  if (!ordered.empty() && !task.mediation->ordered_by.empty() && ordered != task.mediation->ordered_by)
    return absl::PermissionDeniedError("order.warrant_id: tap and mediation are not of one warrant");
  return task.phase == Phase::kWaiting ? start(task, now) : replace(task, now);
}

Status TaskRegistry::start(Task& task, LegalTime now) {
  if (task.tap->stop <= latest_at(now)) return absl::FailedPreconditionError("tap.window: is over");
  const Result<TaskSlot> slot = take_slot();
  if (!slot.ok()) return slot.status();
  const size_t encoder = encoder_of(*slot, plan_.encoders.size());
  const auto give_back = [&](const Status& why) {
    free_slots_.push_back(*slot);
    return why;
  };
  Result<std::unique_ptr<EncodeTask>> encode = make_task(task, *slot);
  if (!encode.ok()) return give_back(encode.status());
  if (Status status = hold_flows(task, *slot); !status.ok()) return give_back(status);
  // Before the destinations: what lies there is read by whose key is known.
  plan_.handover->depot().keys().enter(task.tap->xid, *slot, task.mediation->spool_key);
  const bool per_liid = task.mediation->connection_per_liid;
  const OwnParts own{.hi2 = per_liid, .hi3 = per_liid, .lane = task.mediation->pacing.delivery_bps > 0};
  Result<TaskDestinations> destinations =
      open_destinations(*plan_.handover, &*task.tap, *task.mediation, plan_.element, encoder, own);
  Status status = destinations.ok() ? give_spools(**encode, *task.mediation, *destinations) : destinations.status();
  if (!status.ok()) {
    for (const DestinationHandle handle :
         destinations.ok() ? destinations->handles : std::vector<DestinationHandle>()) {
      plan_.handover->close(handle);
    }
    plan_.handover->depot().keys().forget(task.tap->xid);
    flows_.set_back(*slot, {});
    return give_back(status);
  }
  task.slot = *slot;
  take_own(task, *destinations);
  recover(task, *destinations, encode->get(), now);
  task.handles = std::move(destinations->handles);
  task.phase = Phase::kRunning;
  push_task(task, TaskCommand::Kind::kAdd, *std::move(encode), now);
  return absl::OkStatus();
}

Result<std::unique_ptr<EncodeTask>> TaskRegistry::make_task(const Task& task, TaskSlot slot) {
  MediationDirective mediation = *task.mediation;
  if (!mediation.payload_key.empty()) {
    Result<SharedPayloadKey> key = plan_.payload_keys.load(mediation.payload_key);
    if (!key.ok()) return key_refused("encryption.key", key.status());
    mediation.parameters.payload_key = *std::move(key);
  }
  mediation.parameters.encryption_started = legal_now();
  Result<std::unique_ptr<EncodeTask>> made = make_encode_task(*task.tap, mediation, plan_.element, slot);
  if (!made.ok() || !mediation.integrity) return made;
  if (Status status = give_chain(**made, mediation, slot); !status.ok()) return status;
  return made;
}

Status TaskRegistry::give_chain(EncodeTask& made, const MediationDirective& mediation, TaskSlot slot) {
  if (plan_.integrity == nullptr) return absl::FailedPreconditionError("mediation.profile.integrity: is not to be had");
  IntegrityPlan plan = *mediation.integrity;
  if (!mediation.signing_key.empty()) {
    Result<SharedSigningKey> key = plan_.signing_keys.load(mediation.signing_key);
    if (!key.ok()) return key_refused("integrity.signing_key", key.status());
    plan.key = *std::move(key);
  }
  Result<std::unique_ptr<IntegrityChain>> chain =
      plan_.integrity->make_chain(encoder_of(slot, plan_.encoders.size()), std::move(plan), slot);
  if (!chain.ok()) return chain.status();
  made.integrity = *std::move(chain);
  return absl::OkStatus();
}

Status TaskRegistry::replace(Task& task, LegalTime now) {
  const size_t encoder = encoder_of(*task.slot, plan_.encoders.size());
  // First what can be refused without a trace: an open destination takes up new endpoints at once.
  Result<std::unique_ptr<EncodeTask>> encode = make_task(task, *task.slot);
  if (!encode.ok()) return encode.status();
  if (Status status = hold_flows(task, *task.slot); !status.ok()) return status;
  OwnParts own = task.own;
  own.lane = own.lane || task.mediation->pacing.delivery_bps > 0;
  own.behind = own.lane && !task.own.lane;
  Result<TaskDestinations> destinations =
      open_destinations(*plan_.handover, &*task.tap, *task.mediation, plan_.element, encoder, own);
  Status status = destinations.ok() ? give_spools(**encode, *task.mediation, *destinations) : destinations.status();
  if (!status.ok()) {
    for (const DestinationHandle handle :
         destinations.ok() ? destinations->handles : std::vector<DestinationHandle>()) {
      plan_.handover->close(handle);
    }
    flows_.set_back(*task.slot, task.flows);
    return status;
  }
  take_own(task, *destinations);
  plan_.handover->depot().keys().enter(task.tap->xid, *task.slot, task.mediation->spool_key);
  std::vector<DestinationHandle> old = std::exchange(task.handles, std::move(destinations->handles));
  push_task(task, TaskCommand::Kind::kReplace, *std::move(encode), now);
  retired_.push_back({.encoder = encoder, .command = task.command, .handles = std::move(old)});
  return absl::OkStatus();
}

void TaskRegistry::take_own(Task& task, const TaskDestinations& destinations) {
  task.own = destinations.own;
  const bool is_shared = !task.own.lane && !task.own.hi3 && destinations.hi3 != destinations.hi2;
  task.shared_hi3 = is_shared ? destinations.hi3 : nullptr;
  task.lane_refused = false;
}

void TaskRegistry::push_task(Task& task, TaskCommand::Kind kind, std::unique_ptr<EncodeTask> encode, LegalTime now) {
  const int64_t left_ns = std::max<int64_t>(task.tap->stop.unix_ns - latest_at(now).unix_ns, 0);
  const int64_t monotonic_ns = socket_now().ns;
  task.deadline = {left_ns > INT64_MAX - monotonic_ns - kDeadlineSlackNs ? INT64_MAX
                                                                         : monotonic_ns + left_ns + kDeadlineSlackNs};
  uninstall(task);
  install(task);
  task.command = line(*task.slot).push({.kind = kind, .slot = *task.slot, .task = std::move(encode), .text = {}});
  if (task.tap->identities.empty()) {
    watches_.remove(*task.slot);
  } else {
    watches_due_.push_back(task.tap->xid);
  }
}

// Before anything of the task is changed: its flows may be refused.
Status TaskRegistry::hold_flows(const Task& task, TaskSlot slot) {
  std::vector<TargetRule> rules;
  append_rules(*task.tap, slot, plan_.element, rules);
  std::erase_if(rules, [](const TargetRule& rule) { return !is_flow_target(rule); });
  if (rules.empty() && task.flows.empty()) return absl::OkStatus();
  return flows_.set(slot, std::move(rules), socket_now());
}

// All but what hold_flows did.
void TaskRegistry::install(Task& task) {
  std::vector<TargetRule> rules;
  append_rules(*task.tap, *task.slot, plan_.element, rules);
  task.rules.reserve(task.rules.size() + rules.size());
  for (const TargetRule& rule : rules) {
    if (is_flow_target(rule)) {
      targets_.watch(rule.prefix);
      task.flows.push_back(rule);
    } else {
      targets_.add(rule);
      task.rules.push_back(rule);
    }
  }
  filters_.set(*task.slot, task.filter);
  tables_changed_ = true;
}

void TaskRegistry::uninstall(Task& task) {
  targets_.remove(*task.slot, task.rules);
  for (const TargetRule& rule : task.flows) targets_.unwatch(rule.prefix);
  filters_.set(*task.slot, {});
  task.rules.clear();
  task.flows.clear();
  tables_changed_ = true;
}

void TaskRegistry::take_out(Task& task) {
  uninstall(task);
  watches_.remove(*task.slot);
  flows_.set_back(*task.slot, {});
}

void TaskRegistry::leave(const Xid& xid, bool revoked) {
  const auto found = tasks_.find(xid);
  if (found == tasks_.end()) return;  // of an earlier incarnation, or forgotten: there is nothing to stop
  Task& task = found->second;
  if (task.phase == Phase::kWaiting) {
    tasks_.erase(found);
    return;
  }
  const bool first_revocation = revoked && !task.revoked && task.phase != Phase::kEnded;
  task.revoked |= revoked;
  if (task.phase == Phase::kRunning) {
    task.phase = Phase::kLeaving;
    take_out(task);
    leaving_.push_back(xid);
  } else if (first_revocation && task.phase == Phase::kDraining) {
    plan_.handover->revoke(*task.slot);
    erase_key(xid, task);
    if (task.only_delivers) return;
    task.command =
        line(*task.slot).push({.kind = TaskCommand::Kind::kRevoke, .slot = *task.slot, .task = {}, .text = {}});
  }
}

void TaskRegistry::commit(LegalTime now) {
  if (tables_changed_) publish();
  put_watches_in_force();
  for (const Xid& xid : std::exchange(leaving_, {})) tell_end(xid, tasks_.at(xid), now);
  if (keys_complete_) plan_.handover->let_left_go();
}

// Whom the handover wants to connect to is left out first.
void TaskRegistry::follow_peers() {
  if (plan_.peers == nullptr) return;
  std::optional<PeerBook::Changes> changes = plan_.peers->changes();
  if (!changes) return;
  filters_.set_own(std::move(changes->peers));
  peers_version_ = changes->version;
  tables_changed_ = true;
}

void TaskRegistry::publish() {
  if (flows_.changed()) flow_table_ = flows_.build();
  if (filters_.changed()) targets_.attach(filters_.build());
  if (plan_.before_publishing) plan_.before_publishing();
  plan_.tables->publish(std::make_unique<const RxTables>(RxTables{targets_.build(), flow_table_}));
  tables_changed_ = false;
  if (plan_.peers != nullptr) plan_.peers->put_in_force(peers_version_);
}

}  // namespace lictor
