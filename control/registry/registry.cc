// Reading agencies and warrants from the store, and the writes that change them. Under the administration's mutex.
#include "control/registry/registry.h"

#include <algorithm>

#include "control/registry/keys.h"
#include "control/registry/warrant_rules.h"

namespace lictor::control {
namespace {

constexpr size_t kEntriesPerRead = 256;

Result<StoredWarrant> warrant_of(const Entry& entry) {
  StoredWarrant stored;
  if (!stored.ParseFromString(entry.value)) return absl::DataLossError("store: a warrant cannot be read");
  stored.mutable_warrant()->set_revision(entry.revision);
  return stored;
}

int64_t end_of(const v1::Warrant& warrant) {
  return (warrant.has_window() ? warrant.window() : window_of(warrant)).end_unix_ns();
}

// Calls `each` for every entry with the prefix that comes after `after`, until it answers false.
template <typename Each>
Status for_each_entry(Store& store, const std::string& prefix, std::string after, const Each& each) {
  for (;;) {
    const Result<std::vector<Entry>> entries = store.list(prefix, after, kEntriesPerRead);
    if (!entries.ok()) return entries.status();
    for (const Entry& entry : *entries) {
      const Result<bool> more = each(entry);
      if (!more.ok() || !*more) return more.status();
    }
    if (entries->size() < kEntriesPerRead) return absl::OkStatus();
    after = entries->back().key;
  }
}

}  // namespace

bool is_live(v1::WarrantState state) {
  return state == v1::WARRANT_STATE_FILED || state == v1::WARRANT_STATE_SUBMITTED ||
         state == v1::WARRANT_STATE_APPROVED || is_in_force(state);
}

Result<std::unique_ptr<Registry>> Registry::load(Store& store) {
  std::unique_ptr<Registry> registry(new Registry(store));
  if (Status status = registry->load_agencies(); !status.ok()) return status;
  if (Status status = registry->load_warrants(); !status.ok()) return status;
  return registry;
}

Status Registry::load_agencies() {
  return for_each_entry(store_, kAgencyPrefix, "", [&](const Entry& entry) -> Result<bool> {
    v1::Agency agency;
    if (!agency.ParseFromString(entry.value)) return absl::DataLossError("store: an agency cannot be read");
    committed(agency, entry.revision);
    return true;
  });
}

Status Registry::load_warrants() {
  return for_each_entry(store_, kWarrantPrefix, "", [&](const Entry& entry) -> Result<bool> {
    const Result<StoredWarrant> warrant = warrant_of(entry);
    if (!warrant.ok()) return warrant.status();
    committed(*warrant, entry.revision);
    return true;
  });
}

const v1::Agency* Registry::agency(const std::string& id) const {
  const auto found = agencies_.find(id);
  return found == agencies_.end() ? nullptr : &found->second;
}

Result<StoredWarrant> Registry::warrant(const std::string& id) const {
  if (const auto found = live_.find(id); found != live_.end()) return found->second;
  if (id.empty() || id.size() > Store::kKeyBytesMax / 2) return absl::NotFoundError("no such warrant");
  const Result<std::optional<Entry>> entry = store_.get(warrant_key(id));
  if (!entry.ok()) return entry.status();
  if (!entry->has_value()) return absl::NotFoundError("no such warrant");
  return warrant_of(**entry);
}

Result<StoredWarrant> Registry::warrant(const std::string& id, const DeskSet& desks) const {
  Result<StoredWarrant> stored = warrant(id);
  if (!stored.ok() || desks.sees(stored->warrant().desk())) return stored;
  // What is not there is looked for in the store.
  if (const Result<std::optional<Entry>> entry = store_.get(warrant_key(id)); !entry.ok()) return entry.status();
  return absl::NotFoundError("no such warrant");
}

std::vector<const std::set<std::string>*> Registry::ids_of(const DeskSet& desks) const {
  std::vector<const std::set<std::string>*> sets;
  if (desks.sees_all()) {
    for (const auto& [desk, ids] : ids_) sets.push_back(&ids);
    return sets;
  }
  const auto add = [&](const std::string& desk) {
    if (const auto found = ids_.find(desk); found != ids_.end()) sets.push_back(&found->second);
  };
  add("");
  for (const std::string& desk : desks.names()) add(desk);
  return sets;
}

void Registry::for_each_id(const DeskSet& desks, const std::string& after,
                           const std::function<bool(const std::string& id)>& visit) const {
  using Ids = std::set<std::string>;
  std::vector<std::pair<Ids::const_iterator, Ids::const_iterator>> rest;
  for (const Ids* ids : ids_of(desks)) rest.emplace_back(ids->upper_bound(after), ids->end());
  for (;;) {
    std::erase_if(rest, [](const auto& range) { return range.first == range.second; });
    const auto next =
        std::ranges::min_element(rest, {}, [](const auto& range) -> const std::string& { return *range.first; });
    if (next == rest.end() || !visit(*next->first++)) return;
  }
}

void Registry::for_each_live(const DeskSet& desks,
                             const std::function<bool(const StoredWarrant& warrant)>& visit) const {
  for_each_id(desks, {}, [&](const std::string& id) {
    const auto live = live_.find(id);
    return live == live_.end() || visit(live->second);
  });
}

Result<WarrantPage> Registry::list_warrants(const std::string& agency_id, v1::WarrantState state, size_t page_size,
                                            const std::string& after, const DeskSet& desks) const {
  WarrantPage page;
  Status status;
  for_each_id(desks, after, [&](const std::string& id) {
    const Result<StoredWarrant> stored = warrant(id);
    status = stored.status();
    if (!status.ok()) return false;
    const v1::Warrant& warrant = stored->warrant();
    if (!agency_id.empty() && warrant.agency_id() != agency_id) return true;
    if (state != v1::WARRANT_STATE_UNSPECIFIED && warrant.state() != state) return true;
    if (page.warrants.size() == page_size) {
      page.next = page.warrants.back().id();
      return false;
    }
    page.warrants.push_back(warrant);
    return true;
  });
  if (!status.ok()) return status;
  return page;
}

Write Registry::write_of(const v1::Agency& agency) {
  v1::Agency stored = agency;
  stored.clear_revision();
  return {.key = agency_key(agency.id()), .value = stored.SerializeAsString(), .expected_revision = agency.revision()};
}

Write Registry::write_of(const StoredWarrant& warrant) {
  StoredWarrant stored = warrant;
  stored.mutable_warrant()->clear_revision();
  return {.key = warrant_key(warrant.warrant().id()),
          .value = stored.SerializeAsString(),
          .expected_revision = warrant.warrant().revision()};
}

Write Registry::deletion_of(const v1::Agency& agency) {
  return {.key = agency_key(agency.id()), .value = std::nullopt, .expected_revision = agency.revision()};
}

void Registry::committed(const v1::Agency& agency, uint64_t revision) {
  v1::Agency& kept = agencies_[agency.id()];
  kept = agency;
  kept.set_revision(revision);
}

void Registry::committed(const StoredWarrant& warrant, uint64_t revision) {
  const std::string& id = warrant.warrant().id();
  if (const auto known = live_.find(id); known != live_.end()) {
    ends_.erase({end_of(known->second.warrant()), id});
    if (const std::string& desk = known->second.warrant().desk(); desk != warrant.warrant().desk())
      ids_.at(desk).erase(id);
  }
  ids_[warrant.warrant().desk()].insert(id);
  if (!is_live(warrant.warrant().state())) {
    live_.erase(id);
    if (warrant.erased_unix_ns() != 0)
      closed_.erase(id);
    else if (warrant.closed_unix_ns() != 0)
      closed_[id] = warrant.closed_unix_ns();
    return;
  }
  ends_.emplace(end_of(warrant.warrant()), id);
  StoredWarrant& kept = live_[id];
  kept = warrant;
  kept.mutable_warrant()->set_revision(revision);
}

}  // namespace lictor::control
