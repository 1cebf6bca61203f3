// The fleet as lictord knows it: each network element's present incarnation, and what that incarnation was told about
// each task (a hold). What is to be told follows from the warrants; the book plans the difference, numbers it, and,
// once the plan was committed, applies it. No gRPC here. Not thread-safe: under the administration's mutex.
//
// Resuming. A dataplane that comes back says the last generation that it applied. Of each hold only the newest
// directive of each kind is kept, under its generation, so what has to be sent is everything above that number: a delta
// of any length needs no queue. A hold whose first tap is above the number is unknown to the dataplane: it is never
// sent a withdrawal.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "control/fleet/directives.h"
#include "control/fleet/payload_keys.h"
#include "control/fleet/spool_keys.h"
#include "control/registry/records.pb.h"
#include "control/registry/registry.h"
#include "control/store/store.h"
#include "dataplane/base/clock.h"
#include "lictor/v1/fleet.pb.h"

namespace lictor::control {

// For sessions of one task on one incarnation of a dataplane. What it does not use is lost with it: of a warrant, 1,500
// dataplanes may restart ten times each between two restores of the store (kCinsPerEpoch).
constexpr uint32_t kCinsPerLease = 256;

// A window that is prolonged so shortly before its end may reach a dataplane behind it, where the task has ended.
constexpr int64_t kProlongMarginNs = 5 * kNanosecondsPerSecond;

// Whether a dataplane is told of tasks that it does not hold. What it holds follows its warrant in any case.
enum class NewTasks { kTold, kWithheld };

struct NetworkElement {
  StoredNetworkElement stored;
  std::map<std::string, StoredHold> holds;            // by XID
  std::map<uint64_t, std::string> log;                // generation of each kept directive -> XID
  std::map<std::string, std::set<std::string>> xids;  // of the holds, by warrant
  bool attached = false;
  NewTasks new_tasks = NewTasks::kTold;                                   // on the present stream
  uint64_t sent_generation = 0;                                           // on the present stream, or before it
  uint64_t acknowledged_generation = 0;                                   // the highest
  v1::Statistics statistics;                                              // the newest
  std::unordered_map<std::string_view, const v1::TaskStatistics*> tasks;  // of the statistics, by the XID's octets
  uint64_t reported_generation = 0;                                       // acknowledged when they came
};

// A change of the fleet that is not in force yet.
struct FleetPlan {
  uint64_t generation = 0;                               // the last that was given away
  bool full = false;                                     // of an attachment: the dataplane's state is not known
  std::map<std::string, StoredNetworkElement> elements;  // attached anew
  std::set<std::string> emptied;                         // their holds go, all of them
  std::set<std::string> retired;                         // among them: network elements that are forgotten
  std::map<std::string, std::map<std::string, std::optional<StoredHold>>> holds;  // ne -> XID -> new; none: goes
  std::map<std::string, StoredCins> cins;                                         // by warrant
  std::map<std::string, std::set<uint64_t>> issued;                               // generations to wait for, by ne
  std::vector<std::string> unreadable;  // XIDs that had records in a spool, perhaps, and whose key is gone
  std::vector<std::string> withheld;    // dataplanes in lab mode that were not told of a delivery to a real agency
};

class FleetBook {
 public:
  // The keys outlive the book; null: mediations go without such keys.
  static Result<std::unique_ptr<FleetBook>> load(Store& store, SpoolKeys* keys = nullptr,
                                                 PayloadKeys* payload_keys = nullptr);

  [[nodiscard]] const StoredFleet& fleet() const { return fleet_; }
  [[nodiscard]] const std::map<std::string, NetworkElement>& elements() const { return elements_; }
  // Null where there is none.
  NetworkElement* element(const std::string& network_element_id);

  [[nodiscard]] FleetPlan begin() const { return {.generation = fleet_.generation()}; }

  // The dataplane that says hello becomes the present incarnation, and gets what the live warrants say.
  Status plan_attach(FleetPlan& plan, const v1::Hello& hello, const Registry& registry, LegalTime now,
                     NewTasks new_tasks = NewTasks::kTold) const;
  // What was withheld from this attached dataplane.
  Status plan_withheld(FleetPlan& plan, const std::string& network_element_id, const Registry& registry,
                       LegalTime now) const;
  // All attached dataplanes follow this warrant, as it will be stored; `xids_before` are those that it had before the
  // change. A detached dataplane follows when it attaches. `order`: what its approver signed, which goes with it.
  Status plan_warrant(FleetPlan& plan, const v1::Warrant& warrant, const v1::Agency* agency,
                      const std::set<std::string>& xids_before, LegalTime now,
                      const v1::SignedOrder* order = nullptr) const;
  // Null where nobody signed.
  static const v1::SignedOrder* order_of(const StoredWarrant& stored) {
    return stored.has_order() ? &stored.order() : nullptr;
  }
  // The XIDs of this warrant, as it will be stored, that `network_element_id` shall hold (`lab`: it is in lab mode) but
  // would refuse: it held them before and was told to withdraw them, or ends them by itself before a longer window can
  // reach it. `sent`: the generation up to which it has what it was told. Such deliveries need new XIDs.
  Result<std::set<std::string>> spent_xids(const v1::Warrant& warrant, const v1::Agency& agency,
                                           const std::string& network_element_id, bool lab, uint64_t sent,
                                           LegalTime now) const;
  // The same for every network element that is known, attached or not.
  Result<std::set<std::string>> spent_xids(const v1::Warrant& warrant, const v1::Agency& agency, LegalTime now) const;
  // The dataplane has used most of the CINs that it was leased for a task: it is leased more, once for each lease.
  Status plan_lease(FleetPlan& plan, const std::string& network_element_id, const v1::CinRequest& request,
                    LegalTime now) const;
  // These holds are done with: delivered, or withdrawn before they were known.
  void plan_removal(FleetPlan& plan, const std::string& network_element_id, const std::set<std::string>& xids) const;
  // It is not attached, and not expected any more: it is forgotten with all that it holds.
  static void plan_retirement(FleetPlan& plan, const std::string& network_element_id);

  // For the same commit as the change that the plan follows from.
  [[nodiscard]] std::vector<Write> writes_of(const FleetPlan& plan) const;
  // After that commit.
  void apply(const FleetPlan& plan, uint64_t revision);

  // The newest of a dataplane, which acknowledges what it does.
  static void take_statistics(NetworkElement& element, v1::Statistics& statistics);
  // Null where this dataplane has said nothing of the task.
  static const v1::TaskStatistics* task_of(const NetworkElement& element, const StoredHold& hold);

  // The task has ended, and this incarnation of the dataplane was told to deliver what is left of it.
  [[nodiscard]] static bool only_drains(const StoredHold& hold);
  // Whether any dataplane holds the task, or may still have something of it.
  [[nodiscard]] bool is_held(const std::string& xid) const;

  // The directive with the lowest generation above what was sent to this dataplane, which is then counted as sent.
  // Nothing where it has everything.
  std::optional<v1::SignedDirective> next_directive(NetworkElement& element) const;
  // The same, so many at most; no more where they have so many octets. Keys that are missing are made together.
  std::vector<v1::SignedDirective> next_directives(NetworkElement& element, size_t count, size_t octets) const;

 private:
  FleetBook(Store& store, SpoolKeys* keys, PayloadKeys* payload_keys)
      : store_(store), keys_(keys), payload_keys_(payload_keys) {}
  [[nodiscard]] v1::SignedDirective with_keys(const v1::SignedDirective& stored, const StoredHold& hold) const;
  Status add_keys(v1::Mediation& mediation, const StoredHold& hold) const;
  void make_keys(const NetworkElement& element, size_t count) const;
  Status load_fleet();
  Status load_elements();
  Status load_holds();

  // The XIDs of this warrant that the network element was ever told.
  Result<std::set<std::string>> xids_with_cin(const std::string& warrant_id,
                                              const std::string& network_element_id) const;

  class Planner;
  static void log_hold(NetworkElement& element, const StoredHold& hold);
  static void unlog_hold(NetworkElement& element, const StoredHold& hold);

  Store& store_;
  SpoolKeys* const keys_;
  PayloadKeys* const payload_keys_;
  StoredFleet fleet_;
  uint64_t fleet_revision_ = 0;
  std::map<std::string, NetworkElement> elements_;
};

}  // namespace lictor::control
