// How the book turns warrants into directives: what each dataplane should hold, against what it was told.
#include "control/fleet/book.h"
#include "control/fleet/restored_fleet.h"
#include "control/registry/delivery_rules.h"
#include "control/registry/keys.h"
#include "control/registry/uuid.h"

namespace lictor::control {

// Plans for one dataplane, or for its new incarnation.
class FleetBook::Planner {
 public:
  // `holds`: what the incarnation was told so far. `sent`: the generation up to which it has that.
  Planner(const FleetBook& book, FleetPlan& plan, const StoredNetworkElement& element,
          const std::map<std::string, StoredHold>& holds, uint64_t sent, LegalTime now, NewTasks new_tasks)
      : book_(book), plan_(plan), element_(element), holds_(holds), sent_(sent), now_(now), new_tasks_(new_tasks) {}

  // The XIDs of this warrant that the dataplane shall hold. `order`: what its approver signed; null: nothing.
  Result<std::set<std::string>> follow(const v1::Warrant& warrant, const v1::Agency* agency,
                                       const v1::SignedOrder* order) {
    order_ = order;
    std::set<std::string> wanted;
    if (warrant.state() != v1::WARRANT_STATE_ACTIVE || agency == nullptr) return wanted;
    for (int i = 0; i < warrant.deliveries_size(); ++i) {
      const Result<bool> held = follow_delivery(warrant, i, *agency);
      if (!held.ok()) return held.status();
      if (*held) wanted.insert(warrant.xids(i));
    }
    return wanted;
  }

  void withdraw(const std::string& xid, v1::WithdrawalReason reason) {
    const auto found = holds_.find(xid);
    if (found == holds_.end()) return;
    if (found->second.first_generation() > sent_) {  // it knows nothing of the task
      edits()[xid] = std::nullopt;
      return;
    }
    const v1::WithdrawalReason before = withdrawal_of(found->second);
    if (before == reason || before == v1::WITHDRAWAL_REASON_REVOKED) return;
    StoredHold hold = found->second;
    if (hold.mediation().generation() != 0)
      hold.set_last_mediation(directive_of(hold.mediation()).mediation().SerializeAsString());
    hold.clear_tap();
    hold.clear_mediation();
    hold.clear_refusal();
    v1::Directive directive;
    directive.mutable_withdrawal()->set_xid(octets_of(xid));
    directive.mutable_withdrawal()->set_reason(reason);
    number(directive, *hold.mutable_withdrawal());
    edits()[xid] = hold;
  }

  // What a former incarnation was told of a task that has ended, and may have left in its spools.
  void drain(const StoredHold& before) {
    v1::Mediation mediation =
        before.mediation().generation() != 0 ? directive_of(before.mediation()).mediation() : v1::Mediation();
    if (before.mediation().generation() == 0 && !mediation.ParseFromString(before.last_mediation())) return;
    if (mediation.xid().empty()) return;
    if (!book_.keys_->has(before.xid())) {
      plan_.unreadable.push_back(before.xid());
      return;
    }
    mediation.set_draining(true);
    StoredHold hold;
    hold.set_xid(before.xid());
    hold.set_warrant_id(before.warrant_id());
    hold.set_cin(before.cin());
    v1::Directive directive;
    *directive.mutable_mediation() = mediation;
    number(directive, *hold.mutable_mediation());
    hold.set_first_generation(plan_.generation);
    edits()[before.xid()] = hold;
  }

  // Another range for what it holds, beside what is left of the former one.
  Status lease_more(const StoredHold& before) {
    StoredHold hold = before;
    if (Status status = lease(hold); !status.ok()) return status;
    v1::Directive directive;
    *directive.mutable_mediation() = directive_of(before.mediation()).mediation();
    directive.mutable_mediation()->mutable_cin()->set_leased_first(hold.leased_first());
    directive.mutable_mediation()->mutable_cin()->set_leased_count(hold.leased_count());
    number(directive, *hold.mutable_mediation());
    edits()[hold.xid()] = hold;
    return absl::OkStatus();
  }

 private:
  // CINs that nobody had and nobody else will have, whatever becomes of this incarnation.
  Status lease(StoredHold& hold) {
    const Result<StoredCins*> cins = cins_of(hold.warrant_id());
    if (!cins.ok()) return cins.status();
    const uint32_t first = (*cins)->next();
    if (UINT32_MAX - first < kCinsPerLease) return absl::ResourceExhaustedError("all CINs of this warrant were used");
    (*cins)->set_next(first + kCinsPerLease);
    hold.set_leased_first(first);
    hold.set_leased_count(kCinsPerLease);
    return absl::OkStatus();
  }

  static std::string octets_of(const std::string& xid) {
    const Result<Xid> id = parse_uuid(xid);
    return id.ok() ? std::string(id->octets.begin(), id->octets.end()) : std::string();
  }

  static v1::WithdrawalReason withdrawal_of(const StoredHold& hold) {
    if (hold.withdrawal().generation() == 0) return v1::WITHDRAWAL_REASON_UNSPECIFIED;
    return directive_of(hold.withdrawal()).withdrawal().reason();
  }

  std::map<std::string, std::optional<StoredHold>>& edits() { return plan_.holds[element_.network_element_id()]; }

  void number(v1::Directive& directive, StoredDirective& stored) {
    directive.set_epoch(book_.fleet_.epoch());
    directive.set_generation(++plan_.generation);
    stored.set_generation(plan_.generation);
    stored.set_signed_directive(sign(directive));
    plan_.issued[element_.network_element_id()].insert(plan_.generation);
  }

  // Whether the dataplane shall hold this delivery's task; plans what it needs for that.
  Result<bool> follow_delivery(const v1::Warrant& warrant, int index, const v1::Agency& agency) {
    const std::string& xid = warrant.xids(index);
    if (element_.lab() && !is_lab_delivery(warrant, index, agency)) {
      plan_.withheld.push_back(element_.network_element_id());
      return false;
    }
    std::optional<v1::Tap> tap = make_tap(warrant, xid, element_.network_element_id());
    if (!tap) return false;
    const auto found = holds_.find(xid);
    const bool held = found != holds_.end() && found->second.withdrawal().generation() == 0;
    // Behind its window a task is the dataplane's to finish; nobody is told of it any more.
    if (now_.unix_ns >= warrant.window().end_unix_ns()) return held;
    if (!held && new_tasks_ == NewTasks::kWithheld) return false;
    StoredHold hold;
    // Told of it before: a later withdrawal has to be sent, whatever it held in between.
    if (!held && found != holds_.end()) hold.set_first_generation(found->second.first_generation());
    if (held) {
      hold = found->second;
    } else if (Status status = begin_hold(hold, warrant, index, agency); !status.ok()) {
      return status;
    }
    if (hold.leased_count() == 0 && names_sessions(*tap))
      if (Status status = lease(hold); !status.ok()) return status;
    const Cin cin{.value = hold.cin(),
                  .reset_first = hold.reset_first(),
                  .leased_first = hold.leased_first(),
                  .leased_count = hold.leased_count()};
    v1::Mediation mediation = make_mediation(warrant, index, agency, cin);
    if (order_ != nullptr) {
      *tap->mutable_order() = *order_;
      *mediation.mutable_order() = *order_;
    }
    if (update(hold, *tap, mediation)) edits()[xid] = hold;
    return true;
  }

  Status begin_hold(StoredHold& hold, const v1::Warrant& warrant, int index, const v1::Agency& agency) {
    const std::string& xid = warrant.xids(index);
    const bool by_liid =
        agency.profile().number_series() == v1::NUMBER_SERIES_LIID &&
        !goes_into_files(agency, warrant.deliveries(index));  // where each CIN has its own numbers in any case
    const Result<Cin> cin = allot(warrant.id(), xid, agency.profile().cin_policy(), by_liid);
    if (!cin.ok()) return cin.status();
    hold.set_xid(xid);
    hold.set_warrant_id(warrant.id());
    hold.set_cin(cin->value);
    hold.set_reset_first(cin->reset_first);
    return absl::OkStatus();
  }

  // Whether anything has to be told. The tap goes first: a tap may wait for its mediation, not the other way round.
  bool update(StoredHold& hold, const v1::Tap& tap, const v1::Mediation& mediation) {
    bool changed = false;
    if (directive_of(hold.tap()).tap().SerializeAsString() != tap.SerializeAsString()) {
      v1::Directive directive;
      *directive.mutable_tap() = tap;
      number(directive, *hold.mutable_tap());
      if (hold.first_generation() == 0 || hold.first_generation() > sent_) hold.set_first_generation(plan_.generation);
      changed = true;
    }
    if (directive_of(hold.mediation()).mediation().SerializeAsString() != mediation.SerializeAsString()) {
      v1::Directive directive;
      *directive.mutable_mediation() = mediation;
      number(directive, *hold.mutable_mediation());
      changed = true;
    }
    if (changed) hold.clear_refusal();
    return changed;
  }

  Result<StoredCins*> cins_of(const std::string& warrant_id) {
    if (const auto found = plan_.cins.find(warrant_id); found != plan_.cins.end()) return &found->second;
    const Result<std::optional<Entry>> entry = book_.store_.get(cins_key(warrant_id));
    if (!entry.ok()) return entry.status();
    StoredCins cins;
    cins.set_next(1);
    if (entry->has_value() && !cins.ParseFromString((*entry)->value))
      return absl::DataLossError("store: the CINs of a warrant cannot be read");
    follow_epoch(cins, book_.fleet().epoch());
    return &(plan_.cins[warrant_id] = cins);
  }

  // The CIN of a delivery on this incarnation of this dataplane. No CIN is ever used twice within a LIID, except the
  // one that is announced by a cINReset. `by_liid`: a fresh one goes on in the series of the LIID's former ones here,
  // of whatever task, and where the dataplane cannot do that, it says so. What was used since a backup is not known.
  Result<Cin> allot(const std::string& warrant_id, const std::string& xid, v1::CinPolicy policy, bool by_liid) {
    const Result<StoredCins*> cins = cins_of(warrant_id);
    if (!cins.ok()) return cins.status();
    CinUse* use = nullptr;
    bool used_here = book_.fleet().epoch() > 1;
    for (CinUse& candidate : *(*cins)->mutable_uses()) {
      if (candidate.network_element_id() != element_.network_element_id()) continue;
      used_here = true;
      if (candidate.xid() == xid) use = &candidate;
    }
    if (use != nullptr && policy == v1::CIN_POLICY_SAME_WITH_RESET)
      return Cin{.value = use->cin(), .reset_first = true};
    if ((*cins)->next() == UINT32_MAX) return absl::ResourceExhaustedError("all CINs of this warrant were used");
    if (use == nullptr) {
      use = (*cins)->add_uses();
      use->set_xid(xid);
      use->set_network_element_id(element_.network_element_id());
    }
    use->set_cin((*cins)->next());
    (*cins)->set_next((*cins)->next() + 1);
    return Cin{.value = use->cin(), .reset_first = by_liid && used_here};
  }

  const FleetBook& book_;
  FleetPlan& plan_;
  const StoredNetworkElement& element_;
  const std::map<std::string, StoredHold>& holds_;
  const uint64_t sent_;
  const LegalTime now_;
  const NewTasks new_tasks_;
  const v1::SignedOrder* order_ = nullptr;  // of the warrant that is followed
};

namespace {

StoredNetworkElement element_of(const v1::Hello& hello, LegalTime now) {
  StoredNetworkElement stored;
  stored.set_network_element_id(hello.network_element_id());
  stored.set_incarnation(hello.incarnation());
  stored.set_interception_point_id(hello.interception_point_id());
  stored.set_software_version(hello.software_version());
  stored.set_lab(hello.lab());
  *stored.mutable_ports() = hello.ports();
  stored.set_attached_unix_ns(now.unix_ns);
  return stored;
}

// Whether what the dataplane says that it holds is what this store says that it was told.
bool can_resume(const StoredFleet& fleet, const v1::Hello& hello, const StoredNetworkElement& known) {
  return hello.incarnation() == known.incarnation() && hello.fleet_id() == fleet.fleet_id() &&
         hello.resume_epoch() == fleet.epoch() && hello.resume_generation() != 0 &&
         hello.resume_generation() <= fleet.generation();
}

v1::WithdrawalReason reason_of(v1::WarrantState state) {
  return state == v1::WARRANT_STATE_REVOKED ? v1::WITHDRAWAL_REASON_REVOKED : v1::WITHDRAWAL_REASON_ENDED;
}

}  // namespace

Status FleetBook::plan_attach(FleetPlan& plan, const v1::Hello& hello, const Registry& registry, LegalTime now,
                              NewTasks new_tasks) const {
  const std::string& id = hello.network_element_id();
  const auto known = elements_.find(id);
  plan.full = known == elements_.end() || !can_resume(fleet_, hello, known->second.stored);
  plan.elements[id] = element_of(hello, now);
  if (plan.full) plan.emptied.insert(id);
  static const std::map<std::string, StoredHold> kNothing;
  const std::map<std::string, StoredHold>& holds = plan.full ? kNothing : known->second.holds;
  Planner planner(*this, plan, plan.elements[id], holds, plan.full ? 0 : hello.resume_generation(), now, new_tasks);
  std::set<std::string> wanted;
  for (const auto& [warrant_id, stored] : registry.live_warrants()) {
    const Result<std::set<std::string>> xids =
        planner.follow(stored.warrant(), registry.agency(stored.warrant().agency_id()), order_of(stored));
    if (!xids.ok()) return xids.status();
    wanted.insert(xids->begin(), xids->end());
  }
  if (plan.full && known != elements_.end() && keys_ != nullptr) {
    for (const auto& [xid, hold] : known->second.holds) {
      if (wanted.count(xid) != 0) continue;
      const Result<StoredWarrant> warrant = registry.warrant(hold.warrant_id());
      if (warrant.ok() && warrant->warrant().state() != v1::WARRANT_STATE_REVOKED) planner.drain(hold);
    }
  }
  for (const auto& [xid, hold] : holds) {
    if (wanted.count(xid) != 0) continue;
    const Result<StoredWarrant> warrant = registry.warrant(hold.warrant_id());
    if (!warrant.ok()) return warrant.status();
    planner.withdraw(xid, reason_of(warrant->warrant().state()));
  }
  return absl::OkStatus();
}

Status FleetBook::plan_withheld(FleetPlan& plan, const std::string& network_element_id, const Registry& registry,
                                LegalTime now) const {
  const NetworkElement& element = elements_.at(network_element_id);
  Planner planner(*this, plan, element.stored, element.holds, element.sent_generation, now, NewTasks::kTold);
  for (const auto& [warrant_id, stored] : registry.live_warrants()) {
    const Result<std::set<std::string>> xids =
        planner.follow(stored.warrant(), registry.agency(stored.warrant().agency_id()), order_of(stored));
    if (!xids.ok()) return xids.status();
  }
  return absl::OkStatus();
}

Status FleetBook::plan_warrant(FleetPlan& plan, const v1::Warrant& warrant, const v1::Agency* agency,
                               const std::set<std::string>& xids_before, LegalTime now,
                               const v1::SignedOrder* order) const {
  for (const auto& [id, element] : elements_) {
    if (!element.attached) continue;
    Planner planner(*this, plan, element.stored, element.holds, element.sent_generation, now, element.new_tasks);
    const Result<std::set<std::string>> wanted = planner.follow(warrant, agency, order);
    if (!wanted.ok()) return wanted.status();
    std::set<std::string> xids = xids_before;
    xids.insert(warrant.xids().begin(), warrant.xids().end());
    for (const std::string& xid : xids)
      if (wanted->count(xid) == 0) planner.withdraw(xid, reason_of(warrant.state()));
  }
  return absl::OkStatus();
}

Status FleetBook::plan_lease(FleetPlan& plan, const std::string& network_element_id, const v1::CinRequest& request,
                             LegalTime now) const {
  const auto element = elements_.find(network_element_id);
  const Result<Xid> xid = Xid::from_octets(as_bytes(request.xid()));
  if (element == elements_.end() || !xid.ok()) return absl::OkStatus();
  const auto hold = element->second.holds.find(xid->to_string());
  if (hold == element->second.holds.end() || hold->second.withdrawal().generation() != 0) return absl::OkStatus();
  // Answered already, or of a task without sessions.
  if (hold->second.leased_count() == 0 || hold->second.leased_first() != request.leased_first() ||
      only_drains(hold->second))
    return absl::OkStatus();
  Planner planner(*this, plan, element->second.stored, element->second.holds, element->second.sent_generation, now,
                  NewTasks::kWithheld);
  return planner.lease_more(hold->second);
}

void FleetBook::plan_removal(FleetPlan& plan, const std::string& network_element_id,
                             const std::set<std::string>& xids) const {
  for (const std::string& xid : xids) plan.holds[network_element_id][xid] = std::nullopt;
}

void FleetBook::plan_retirement(FleetPlan& plan, const std::string& network_element_id) {
  plan.emptied.insert(network_element_id);
  plan.retired.insert(network_element_id);
}

}  // namespace lictor::control
