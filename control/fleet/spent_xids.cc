// Tasks that do not come back to a dataplane: it was told to withdraw them, or ends them by itself. Under the
// administration's mutex.
#include "control/fleet/book.h"
#include "control/fleet/restored_fleet.h"
#include "control/registry/delivery_rules.h"
#include "control/registry/keys.h"

namespace lictor::control {
namespace {

// Whether a dataplane that has everything up to `sent` ends this task by itself before the warrant's window, which is
// longer, can reach it. A tap that was lost on the way hides the end that the dataplane knows: that counts as ended.
bool ends_too_early(const StoredHold& hold, const v1::Warrant& warrant, uint64_t sent, LegalTime now) {
  if (hold.first_generation() > sent) return false;  // it knows nothing of the task
  if (hold.tap().generation() > sent) return true;
  const int64_t told = directive_of(hold.tap()).tap().window().end_unix_ns();
  return told < warrant.window().end_unix_ns() && told - kProlongMarginNs <= now.unix_ns;
}

}  // namespace

Result<std::set<std::string>> FleetBook::spent_xids(const v1::Warrant& warrant, const v1::Agency& agency,
                                                    const std::string& network_element_id, bool lab, uint64_t sent,
                                                    LegalTime now) const {
  std::set<std::string> spent;
  if (warrant.state() != v1::WARRANT_STATE_ACTIVE || warrant.window().end_unix_ns() <= now.unix_ns) return spent;
  if (!is_seen_at(warrant, network_element_id)) return spent;
  const auto element = elements_.find(network_element_id);
  if (element == elements_.end()) return spent;
  std::optional<std::set<std::string>> held_before;
  for (int i = 0; i < warrant.xids_size(); ++i) {
    const std::string& xid = warrant.xids(i);
    if (lab && !is_lab_delivery(warrant, i, agency)) continue;
    const auto hold = element->second.holds.find(xid);
    if (hold != element->second.holds.end() && hold->second.withdrawal().generation() == 0) {
      if (ends_too_early(hold->second, warrant, sent, now)) spent.insert(xid);
      continue;
    }
    // A hold goes when its task was delivered; that it was there is known from its CIN.
    if (!held_before) {
      const Result<std::set<std::string>> read = xids_with_cin(warrant.id(), network_element_id);
      if (!read.ok()) return read.status();
      held_before = *read;
    }
    if (held_before->count(xid) != 0) spent.insert(xid);
  }
  return spent;
}

Result<std::set<std::string>> FleetBook::spent_xids(const v1::Warrant& warrant, const v1::Agency& agency,
                                                    LegalTime now) const {
  std::set<std::string> spent;
  for (const auto& [id, element] : elements_) {
    // What is on its way to an attached dataplane is counted as there: nothing was lost yet.
    const Result<std::set<std::string>> xids =
        spent_xids(warrant, agency, id, element.stored.lab(), fleet_.generation(), now);
    if (!xids.ok()) return xids.status();
    spent.insert(xids->begin(), xids->end());
  }
  return spent;
}

Result<std::set<std::string>> FleetBook::xids_with_cin(const std::string& warrant_id,
                                                       const std::string& network_element_id) const {
  std::set<std::string> xids;
  const Result<std::optional<Entry>> entry = store_.get(cins_key(warrant_id));
  if (!entry.ok()) return entry.status();
  StoredCins cins;
  if (entry->has_value() && !cins.ParseFromString((*entry)->value))
    return absl::DataLossError("store: the CINs of a warrant cannot be read");
  for (const CinUse& use : cins.uses())
    if (use.network_element_id() == network_element_id) xids.insert(use.xid());
  return xids;
}

}  // namespace lictor::control
