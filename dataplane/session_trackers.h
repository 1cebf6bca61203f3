// What the configuration of signalling means: which packets are read, where bindings count, and the trackers of one
// session lcore. Main thread, at start.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/session/dhcp4/tracker.h"
#include "dataplane/session/dhcp6/tracker.h"
#include "dataplane/session/neighbour/tracker.h"
#include "dataplane/session/pppoe/tracker.h"
#include "dataplane/session/radius/tracker.h"
#include "dataplane/session/session_book.h"
#include "dataplane/session/session_desk.h"
#include "dataplane/session/signal_sources.h"
#include "dataplane/session/sip/call_desk.h"
#include "dataplane/session/tracker.h"
#include "dataplane/signalling_config.h"

namespace lictor {

struct PortConfig;

// Everything here counts sets as SignallingConfig::sets does: SignalRecordHeader::source_set.
std::shared_ptr<const SignalSources> signal_sources_of(const SignallingConfig& config,
                                                       std::span<const PortConfig> ports);
std::vector<BindingScope> binding_scopes_of(const SignallingConfig& config, std::span<const PortConfig> ports);

// Nothing: no set has calls.
std::optional<sip::CallDeskPlan> call_desk_plan_of(const SignallingConfig& config, std::span<const PortConfig> ports,
                                                   bool replay);

// Octets of locked memory that RADIUS secrets take, of `lcores` session lcores together, and keys of snapshots.
size_t locked_bytes_of(const SignallingConfig& config, size_t lcores);

// Null: no set has the protocol.
class SessionTrackers {
 public:
  // FailedPrecondition names the secret's file that is unusable; InvalidArgument what contradicts itself. `book`
  // outlives this.
  static Result<SessionTrackers> make(const SignallingConfig& config, std::span<const PortConfig> ports,
                                      const SnapshotKeys& keys, SessionBook& book);

  [[nodiscard]] std::array<Tracker*, kSignalKinds> by_kind() const;
  [[nodiscard]] const radius::RadiusTracker* radius() const { return radius_.get(); }
  [[nodiscard]] const dhcp4::LeaseTracker* dhcp4() const { return dhcp4_.get(); }
  [[nodiscard]] const dhcp6::LeaseTracker* dhcp6() const { return dhcp6_.get(); }
  [[nodiscard]] const PppoeTracker* pppoe() const { return pppoe_.get(); }
  [[nodiscard]] const NeighbourTracker* neighbour() const { return neighbour_.get(); }

 private:
  std::unique_ptr<radius::RadiusTracker> radius_;
  std::unique_ptr<dhcp4::LeaseTracker> dhcp4_;
  std::unique_ptr<dhcp6::LeaseTracker> dhcp6_;
  std::unique_ptr<PppoeTracker> pppoe_;
  std::unique_ptr<NeighbourTracker> neighbour_;
};

}  // namespace lictor
