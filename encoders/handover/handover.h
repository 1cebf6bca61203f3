// Owner of the handover threads and of all destinations of the process. The control thread opens a destination for each
// task that names it, hands its spools to the encoder lcores, and closes it when the task is gone; the threads connect,
// send, confirm and account. A destination belongs to one handover thread. All calls from the control thread, unless a
// declaration says otherwise.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "dataplane/base/alarm.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/result.h"
#include "dataplane/base/task_account.h"
#include "encoders/handover/destination.h"
#include "encoders/handover/file_outlet.h"
#include "encoders/handover/revocations.h"
#include "encoders/handover/transport.h"
#include "encoders/spool/spool_depot.h"

namespace lictor {

class Connection;
class CredentialStore;
class HandoverThread;
class PeerBook;
class Resolver;
class TokenBucket;

struct HandoverPlan {
  size_t threads = 1;           // 1 to kThreadsMax
  size_t encoders = 1;          // spools of a destination: one for each encoder lcore
  size_t backlog_bytes = 0;     // of each spool, where there is no depot
  SpoolDepot* depot = nullptr;  // makes the spools; null: they are memory
  uint32_t connect_retry_min_ms = 200;
  uint32_t connect_retry_max_ms = 10'000;
  uint32_t connect_wait_ms = 10'000;    // for one address to accept
  uint32_t send_buffer_bytes = 0;       // SO_SNDBUF; 0: the kernel's own tuning
  PeerBook* peers = nullptr;            // whom no connection may go to before its packets are left out; null: anybody
  uint32_t certificate_warn_days = 30;  // before the end of an agency's certificate an alarm stands
  const CredentialStore* credentials = nullptr;  // for TLS; null: there are none, and TLS is refused
  uint32_t lanes_max = 64;  // spools of tasks' own, to each interface of a destination; beyond that a task shares one
  FilesPlan files;          // where destinations that are directories lie
};

enum class DestinationHandle : uint32_t {};

// What the depot knows the spools of an interface by; those of a task's own connection have a name of their own.
std::string spool_name(HandoverSide side, const std::optional<Xid>& owner);

class Handover {
 public:
  static constexpr size_t kThreadsMax = 64;
  static constexpr size_t kEncodersMax = 256;

  // Starts the threads. `accounts` has an element a slot; both outlive the handover. InvalidArgument names the bound.
  static Result<std::unique_ptr<Handover>> make(HandoverPlan plan, std::span<TaskAccount> accounts, AlarmQueue& alarms);
  // As stop(0), where stop() was not called.
  ~Handover();
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;

  // The destination of this (id, side, kind) and, where the plan names one and `connections_max` are not reached or it
  // is a former one, owner, made and being connected if it is new, with one reference more. Endpoints, keepalive and
  // codec become those of `plan`: other endpoints make the connection anew, on a record boundary. InvalidArgument where
  // the plan has no or too many endpoints or names a credential that is not there, ResourceExhausted where a spool's
  // memory is not to be had; nothing has changed then.
  Result<DestinationHandle> open(const DestinationPlan& plan);

  // The same with a spool of the task's own, which LanePlan says; the one that is there for this owner is taken up
  // again. The handle is that spool's; beyond `lanes_max` that of open(plan), and the task has no pace of its own.
  Result<DestinationHandle> open(const DestinationPlan& plan, const LanePlan& lane);

  // What a former process left of this task alone, behind this handle's connection, goes at the task's pace and keeps
  // nobody else waiting. Its content must not go through the shared spools in this process.
  void leave_apart(DestinationHandle handle, const Xid& task, uint64_t rate_bps);

  // Whether an interface of this destination may have one spool of a task's own more.
  [[nodiscard]] bool has_free_lane(const std::string& id, HandoverSide side) const {
    return lanes_to({id, side}) < plan_.lanes_max;
  }

  // The spool into which encoder lcore `encoder` appends this destination's records. Valid until the last close().
  [[nodiscard]] Spool* spool(DestinationHandle handle, size_t encoder) const;

  // The one beside it for HI1, which goes before all that waits there; null where there is none: HI3, directories. At
  // most SpoolDepot::express_bytes() may wait in it. Valid as long as the other.
  [[nodiscard]] Spool* express(DestinationHandle handle, size_t encoder) const;

  // One reference less. Call it when no encoder appends through that reference any more
  // (EncodeStatistics::commands_done). Without references a destination delivers what it holds, then disconnects and is
  // forgotten; open() takes it up again.
  void close(DestinationHandle handle);

  // The order of this slot's task is annulled: what of it was not sent is skipped and counted as given up. Until
  // admit().
  void revoke(TaskSlot slot) { revocations_.revoke(slot); }
  // The slot belongs to a new task. Only after everything of its last task is accounted for.
  void admit(TaskSlot slot) { revocations_.admit(slot); }

  // For acceptance runs: until it is said anew. Nothing where nobody has opened this destination.
  // Of the connection that this task has, its own or the shared one.
  void disturb(const std::string& id, HandoverSide side, const Xid& task, Disturbance disturbance);

  // Of that connection alone; nothing where it is gone.
  [[nodiscard]] std::optional<DestinationStatistics> statistics_of(const std::string& id, HandoverSide side,
                                                                   const Xid& task);

  // What former processes left at the destinations may go: every key that is to be had is in the depot's book. What
  // nobody has a key for is given up.
  void let_left_go();
  SpoolDepot& depot() { return *depot_; }

  // Whether this handle's connection is its task's own.
  [[nodiscard]] bool is_own(DestinationHandle handle) const { return handles_of_.at(handle).key.owner.has_value(); }
  // Whether its spool is.
  [[nodiscard]] bool is_lane(DestinationHandle handle) const { return handles_of_.at(handle).owner.has_value(); }

  // Each destination, sorted by id and side, with the sums over its connections. Also after stop().
  [[nodiscard]] std::vector<DestinationStatistics> statistics();
  // Whether every record that was appended is accounted for.
  [[nodiscard]] bool drained() const;

  // Delivers what is left for at most `drain_ms`, then ends the connections and threads. What is left then is
  // accounted: records that were wholly handed to TCP and not acknowledged as `unconfirmed`, all others as given up
  // (shutdown). Afterwards appended == confirmed + unconfirmed + sum of given_up for every task. Call it once, after
  // the last append.
  void stop(uint32_t drain_ms);

 private:
  struct OwnLane {
    Spool* spool = nullptr;
    size_t references = 0;
    DestinationHandle handle{};
    std::shared_ptr<TokenBucket> pace;
  };
  struct Destination {
    std::unique_ptr<Outlet> outlet;
    Connection* connection = nullptr;  // the outlet, or
    FileOutlet* files = nullptr;       // it is one with a thread of its own
    size_t thread = 0;                 // of a connection
    size_t references = 0;             // its lanes' too
    DestinationHandle handle{};
    std::shared_ptr<TokenBucket> pace;
    std::map<Xid, OwnLane> lanes = {};
  };
  using Interface = std::pair<std::string, HandoverSide>;
  struct Key {
    std::string id;
    HandoverSide side;
    bool files;
    std::optional<Xid> owner;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  // What a handle stands for: a destination, or one task's lane of it.
  struct Handle {
    Key key;
    std::optional<Xid> owner = {};
  };

  Handover(HandoverPlan plan, std::span<TaskAccount> accounts, AlarmQueue& alarms);
  Status check_plan(const DestinationPlan& plan) const;
  [[nodiscard]] std::unique_ptr<Transport> make_transport(const DestinationPlan& plan) const;
  Result<Destination> make_connection(const DestinationPlan& plan);
  Result<Destination> make_files(const DestinationPlan& plan);
  Result<Destination*> find_or_make(DestinationPlan plan);
  [[nodiscard]] bool may_have_own(const DestinationPlan& plan);
  [[nodiscard]] bool has_fewer(const Interface& interface, uint32_t connections) const;
  void tell_bound(const std::string& id, bool cleared);
  [[nodiscard]] uint64_t lanes_to(const Interface& interface) const;
  [[nodiscard]] bool may_have_lane(const Destination& destination, const DestinationPlan& plan, const LanePlan& lane);
  void tell_lanes(const std::string& id, uint64_t refused, bool cleared);
  // Clears the alarm of every interface that is below its bound again.
  void look_at_bounds();
  std::shared_ptr<TokenBucket> pace_of(const DestinationPlan& plan);
  std::shared_ptr<TokenBucket> task_pace(const std::string& id, const Xid& task, uint64_t rate_bps);
  Result<OwnLane*> find_or_make_lane(Destination& destination, const DestinationPlan& plan, const LanePlan& lane);
  [[nodiscard]] const Destination& at(DestinationHandle handle) const;
  // The task's own, else the shared one; null where nobody has opened it.
  Destination* find(const std::string& id, HandoverSide side, bool files, const Xid& task);
  void sweep_lanes(Destination& destination);
  // Forgets destinations without references that have delivered everything.
  void sweep();

  const HandoverPlan plan_;
  const std::span<TaskAccount> accounts_;
  AlarmQueue& alarms_;
  Revocations revocations_;
  std::unique_ptr<SpoolDepot> own_depot_;
  SpoolDepot* depot_ = nullptr;
  std::vector<std::unique_ptr<Resolver>> resolvers_;  // one a thread
  std::vector<std::unique_ptr<HandoverThread>> threads_;
  std::map<Key, Destination> destinations_;
  std::map<Interface, std::weak_ptr<TokenBucket>> paces_;
  std::map<std::pair<std::string, Xid>, std::weak_ptr<TokenBucket>> task_paces_;
  std::map<Interface, uint32_t> at_bound_;            // the alarm stands; the bound that was reached
  std::map<Interface, std::set<Xid>> lanes_refused_;  // the alarm stands; the tasks that share since it does
  std::map<DestinationHandle, Handle> handles_of_;
  uint32_t handles_ = 0;
  size_t next_thread_ = 0;
  bool stopped_ = false;
};

}  // namespace lictor
