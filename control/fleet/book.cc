// Loading the book, committing a plan and sending from it. How plans are made is in book_plan.cc. Under the
// administration's mutex.
#include "control/fleet/book.h"

#include <spdlog/spdlog.h>

#include "control/registry/keys.h"
#include "control/registry/uuid.h"

namespace lictor::control {
namespace {

constexpr size_t kEntriesPerRead = 256;
constexpr size_t kKeysAtOnce = 16;

template <typename Each>
Status for_each_entry(Store& store, const std::string& prefix, const Each& each) {
  std::string after;
  for (;;) {
    const Result<std::vector<Entry>> entries = store.list(prefix, after, kEntriesPerRead);
    if (!entries.ok()) return entries.status();
    for (const Entry& entry : *entries)
      if (!each(entry)) return absl::DataLossError("store: an entry below " + prefix + " cannot be read");
    if (entries->size() < kEntriesPerRead) return absl::OkStatus();
    after = entries->back().key;
  }
}

// Whether this directive needs a key that is not there yet.
bool lacks_key(const SpoolKeys* keys, const NetworkElement& element,
               const std::pair<const uint64_t, std::string>& logged) {
  if (keys == nullptr || keys->has(logged.second)) return false;
  return element.holds.at(logged.second).mediation().generation() == logged.first;
}

// How many of the next directives may go out together: making keys waits for the disk, and others wait meanwhile.
size_t until_keys(const SpoolKeys* keys, const NetworkElement& element, size_t count) {
  size_t missing = 0;
  size_t next_ones = 0;
  for (auto next = element.log.upper_bound(element.sent_generation); next != element.log.end() && next_ones < count;
       ++next) {
    if (lacks_key(keys, element, *next) && ++missing > kKeysAtOnce) break;
    ++next_ones;
  }
  return next_ones;
}

}  // namespace

Result<std::unique_ptr<FleetBook>> FleetBook::load(Store& store, SpoolKeys* keys, PayloadKeys* payload_keys) {
  std::unique_ptr<FleetBook> book(new FleetBook(store, keys, payload_keys));
  if (Status status = book->load_fleet(); !status.ok()) return status;
  if (Status status = book->load_elements(); !status.ok()) return status;
  if (Status status = book->load_holds(); !status.ok()) return status;
  return book;
}

Status FleetBook::load_fleet() {
  const Result<std::optional<Entry>> entry = store_.get(kFleetKey);
  if (!entry.ok()) return entry.status();
  if (entry->has_value()) {
    fleet_revision_ = (*entry)->revision;
    return fleet_.ParseFromString((*entry)->value) ? absl::OkStatus()
                                                   : absl::DataLossError("store: the fleet's entry cannot be read");
  }
  fleet_.set_fleet_id(make_random_uuid().to_string());
  fleet_.set_epoch(1);
  fleet_.set_generation(1);  // 0 means "nothing" in Hello
  const Result<uint64_t> revision =
      store_.commit({{.key = kFleetKey, .value = fleet_.SerializeAsString(), .expected_revision = kMustBeAbsent}});
  if (revision.ok()) fleet_revision_ = *revision;
  return revision.status();
}

Status FleetBook::load_elements() {
  return for_each_entry(store_, kNetworkElementPrefix, [&](const Entry& entry) {
    StoredNetworkElement stored;
    if (!stored.ParseFromString(entry.value)) return false;
    elements_[stored.network_element_id()].stored = stored;
    return true;
  });
}

Status FleetBook::load_holds() {
  return for_each_entry(store_, kHoldPrefix, [&](const Entry& entry) {
    StoredHold hold;
    const size_t slash = entry.key.rfind('/');
    const auto element = elements_.find(entry.key.substr(kHoldPrefix.size(), slash - kHoldPrefix.size()));
    if (!hold.ParseFromString(entry.value) || element == elements_.end()) return false;
    element->second.holds[hold.xid()] = hold;
    log_hold(element->second, hold);
    return true;
  });
}

NetworkElement* FleetBook::element(const std::string& network_element_id) {
  const auto found = elements_.find(network_element_id);
  return found == elements_.end() ? nullptr : &found->second;
}

std::vector<Write> FleetBook::writes_of(const FleetPlan& plan) const {
  std::vector<Write> writes;
  if (plan.generation != fleet_.generation()) {
    StoredFleet fleet = fleet_;
    fleet.set_generation(plan.generation);
    writes.push_back({.key = kFleetKey, .value = fleet.SerializeAsString(), .expected_revision = fleet_revision_});
  }
  for (const auto& [id, stored] : plan.elements)
    writes.push_back({.key = network_element_key(id), .value = stored.SerializeAsString()});
  for (const std::string& id : plan.emptied) {
    const auto element = elements_.find(id);
    if (element == elements_.end()) continue;
    const auto anew = plan.holds.find(id);
    for (const auto& [xid, hold] : element->second.holds)
      if (anew == plan.holds.end() || anew->second.count(xid) == 0)
        writes.push_back({.key = hold_key(id, xid), .value = std::nullopt});
  }
  for (const std::string& id : plan.retired) writes.push_back({.key = network_element_key(id), .value = std::nullopt});
  for (const auto& [id, holds] : plan.holds)
    for (const auto& [xid, hold] : holds)
      writes.push_back(
          {.key = hold_key(id, xid), .value = hold ? std::optional(hold->SerializeAsString()) : std::nullopt});
  for (const auto& [warrant_id, cins] : plan.cins)
    writes.push_back({.key = cins_key(warrant_id), .value = cins.SerializeAsString()});
  return writes;
}

void FleetBook::apply(const FleetPlan& plan, uint64_t revision) {
  if (plan.generation != fleet_.generation()) {
    fleet_.set_generation(plan.generation);
    fleet_revision_ = revision;
  }
  for (const auto& [id, stored] : plan.elements) elements_[id].stored = stored;
  for (const std::string& id : plan.emptied) {
    NetworkElement& element = elements_[id];
    element.holds.clear();
    element.log.clear();
    element.xids.clear();
    element.acknowledged_generation = 0;
    element.tasks.clear();
    element.statistics.Clear();
    element.reported_generation = 0;
  }
  for (const std::string& id : plan.retired) elements_.erase(id);
  for (const auto& [id, holds] : plan.holds) {
    NetworkElement& element = elements_[id];
    for (const auto& [xid, hold] : holds) {
      if (const auto old = element.holds.find(xid); old != element.holds.end()) {
        unlog_hold(element, old->second);
        element.holds.erase(old);
      }
      if (!hold) continue;
      element.holds[xid] = *hold;
      log_hold(element, *hold);
    }
  }
}

void FleetBook::log_hold(NetworkElement& element, const StoredHold& hold) {
  for (const StoredDirective* directive : {&hold.tap(), &hold.mediation(), &hold.withdrawal()})
    if (directive->generation() != 0) element.log[directive->generation()] = hold.xid();
  element.xids[hold.warrant_id()].insert(hold.xid());
}

void FleetBook::unlog_hold(NetworkElement& element, const StoredHold& hold) {
  for (const StoredDirective* directive : {&hold.tap(), &hold.mediation(), &hold.withdrawal()})
    element.log.erase(directive->generation());
  const auto of_warrant = element.xids.find(hold.warrant_id());
  if (of_warrant == element.xids.end()) return;
  of_warrant->second.erase(hold.xid());
  if (of_warrant->second.empty()) element.xids.erase(of_warrant);
}

void FleetBook::take_statistics(NetworkElement& element, v1::Statistics& statistics) {
  element.tasks.clear();
  element.statistics.Swap(&statistics);
  for (const v1::TaskStatistics& task : element.statistics.tasks()) element.tasks[task.xid()] = &task;
  element.reported_generation = element.acknowledged_generation;
}

const v1::TaskStatistics* FleetBook::task_of(const NetworkElement& element, const StoredHold& hold) {
  const Result<Xid> xid = parse_uuid(hold.xid());
  if (!xid.ok()) return nullptr;
  const auto found = element.tasks.find(as_text(Bytes(xid->octets)));
  return found == element.tasks.end() ? nullptr : found->second;
}

std::optional<v1::SignedDirective> FleetBook::next_directive(NetworkElement& element) const {
  const auto next = element.log.upper_bound(element.sent_generation);
  if (next == element.log.end()) return std::nullopt;
  const StoredHold& hold = element.holds.at(next->second);
  element.sent_generation = next->first;
  for (const StoredDirective* directive : {&hold.tap(), &hold.mediation(), &hold.withdrawal()}) {
    v1::SignedDirective signed_directive;
    if (directive->generation() != next->first || !signed_directive.ParseFromString(directive->signed_directive()))
      continue;
    return directive == &hold.mediation() ? with_keys(signed_directive, hold) : signed_directive;
  }
  return std::nullopt;
}

std::vector<v1::SignedDirective> FleetBook::next_directives(NetworkElement& element, size_t count,
                                                            size_t octets) const {
  count = until_keys(keys_, element, count);
  make_keys(element, count);
  std::vector<v1::SignedDirective> directives;
  for (size_t sum = 0; directives.size() < count && sum < octets;) {
    std::optional<v1::SignedDirective> next = next_directive(element);
    if (!next) break;
    sum += next->directive().size();
    directives.push_back(*std::move(next));
  }
  return directives;
}

// Of the tasks whose mediations are the next to be sent. Where that fails, each tries for itself and says why.
void FleetBook::make_keys(const NetworkElement& element, size_t count) const {
  std::vector<std::string> missing;
  for (auto next = element.log.upper_bound(element.sent_generation); next != element.log.end() && count > 0;
       ++next, --count) {
    if (lacks_key(keys_, element, *next)) missing.push_back(next->second);
  }
  if (missing.size() > 1) keys_->make(missing).IgnoreError();
}

// The keys join the directive on its way out: the store, which is backed up, never sees one. Without a key that it
// needs, the dataplane refuses the task and says why.
v1::SignedDirective FleetBook::with_keys(const v1::SignedDirective& stored, const StoredHold& hold) const {
  v1::Directive directive;
  if (!directive.ParseFromString(stored.directive())) {
    spdlog::error("task {} is told without a key: its directive cannot be read", hold.xid());
    return stored;
  }
  v1::SignedDirective keyed = stored;
  if (const Status status = add_keys(*directive.mutable_mediation(), hold); !status.ok())
    spdlog::error("task {} is told without a key: {}", hold.xid(), std::string(status.message()));
  directive.SerializeToString(keyed.mutable_directive());
  SecretOctets::wipe(*directive.mutable_mediation()->mutable_spool_key());
  SecretOctets::wipe(*directive.mutable_mediation()->mutable_payload_key());
  return keyed;
}

// What only drains was encrypted before.
Status FleetBook::add_keys(v1::Mediation& mediation, const StoredHold& hold) const {
  Status status;
  if (keys_ != nullptr) {
    const Result<SecretOctets> key = keys_->get_or_make(hold.xid());
    if (key.ok()) mediation.set_spool_key(key->text());
    status.Update(key.status());
  }
  if (payload_keys_ != nullptr && mediation.profile().encryption().key_per_warrant() && !mediation.draining()) {
    const Result<SecretOctets> key = payload_keys_->get(hold.warrant_id());
    if (key.ok()) mediation.set_payload_key(key->text());
    status.Update(key.status());
  }
  return status;
}

bool FleetBook::only_drains(const StoredHold& hold) {
  return hold.mediation().generation() != 0 && directive_of(hold.mediation()).mediation().draining();
}

bool FleetBook::is_held(const std::string& xid) const {
  for (const auto& [id, element] : elements_)
    if (element.holds.count(xid) != 0) return true;
  return false;
}

}  // namespace lictor::control
