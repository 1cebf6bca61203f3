#include "encoders/handover/handover.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "dataplane/base/check.h"
#include "encoders/handover/connection.h"
#include "encoders/handover/credential_store.h"
#include "encoders/handover/handover_thread.h"
#include "encoders/handover/ipsec_transport.h"
#include "encoders/handover/tcp_transport.h"
#include "encoders/handover/tls_transport.h"

namespace lictor {
namespace {

// The sums of two connections to one destination.
void merge(DestinationStatistics& all, const DestinationStatistics& one) {
  ++all.connections;
  all.connections_up += one.connections_up;
  all.connected = all.connected || one.connected;
  all.confirm_level = std::min(all.confirm_level, one.confirm_level);
  all.confirm_reduced = all.confirm_reduced || one.confirm_reduced;
  if (all.confirm_shortfall == ConfirmShortfall::kNone) all.confirm_shortfall = one.confirm_shortfall;
  all.holding = all.holding || one.holding;
  all.waiting_ms = std::max(all.waiting_ms, one.waiting_ms);
  if (all.last_error.empty()) all.last_error = one.last_error;
  for (uint64_t DestinationStatistics::*sum :
       {&DestinationStatistics::connects, &DestinationStatistics::sent_bytes, &DestinationStatistics::sent_calls,
        &DestinationStatistics::backlog_records, &DestinationStatistics::backlog_bytes, &DestinationStatistics::holds,
        &DestinationStatistics::confirmed_bytes, &DestinationStatistics::confirmed_records,
        &DestinationStatistics::resent_records, &DestinationStatistics::keepalives_sent,
        &DestinationStatistics::keepalives_answered, &DestinationStatistics::acknowledgements_asked,
        &DestinationStatistics::acknowledgements, &DestinationStatistics::peer_ignored,
        &DestinationStatistics::peer_malformed, &DestinationStatistics::given_up_without_task}) {
    all.*sum += one.*sum;
  }
}

}  // namespace

std::string spool_name(HandoverSide side, const std::optional<Xid>& owner) {
  const std::string name = side == HandoverSide::kHi2 ? "hi2" : "hi3";
  return owner ? name + "-" + owner->to_string() : name;
}

Status Handover::check_plan(const DestinationPlan& plan) const {
  if (plan.files) return check_file_plan(*plan.files, plan_.files);
  if (plan.endpoints.empty() || plan.endpoints.size() > kEndpointsMax) {
    return absl::InvalidArgumentError(fmt::format("endpoints: must be 1 to {}", kEndpointsMax));
  }
  const auto unusable = [](const HandoverEndpoint& endpoint) { return endpoint.host.empty() || endpoint.port == 0; };
  if (std::ranges::any_of(plan.endpoints, unusable)) {
    return absl::InvalidArgumentError("endpoints: each needs a host and a port");
  }
  if (!plan.codec.question || !plan.codec.read_peer) return absl::InvalidArgumentError("codec: is missing");
  const TlsPlan& tls = plan.security.tls;
  const bool known = plan_.credentials != nullptr && plan_.credentials->has(tls.credential);
  if (plan.security.kind != HandoverSecurity::kTls || known) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("profile.tls.credential: this dataplane has none that is called {}", tls.credential));
}

std::unique_ptr<Transport> Handover::make_transport(const DestinationPlan& plan) const {
  TcpPlan tcp = plan.tcp;
  if (tcp.send_buffer_bytes == 0) tcp.send_buffer_bytes = plan_.send_buffer_bytes;
  switch (plan.security.kind) {
    case HandoverSecurity::kPlainLab:
      return std::make_unique<TcpTransport>(tcp);
    case HandoverSecurity::kPlainInIpsec:
      return std::make_unique<IpsecTransport>(tcp);
    case HandoverSecurity::kTls:
      break;
  }
  return std::make_unique<TlsTransport>(plan.security.tls, tcp, *plan_.credentials);
}

Handover::Handover(HandoverPlan plan, std::span<TaskAccount> accounts, AlarmQueue& alarms)
    : plan_(plan), accounts_(accounts), alarms_(alarms), revocations_(accounts.size()) {}

Result<std::unique_ptr<Handover>> Handover::make(HandoverPlan plan, std::span<TaskAccount> accounts,
                                                 AlarmQueue& alarms) {
  if (plan.threads < 1 || plan.threads > kThreadsMax) return absl::InvalidArgumentError("threads: out of bounds");
  if (plan.encoders < 1 || plan.encoders > kEncodersMax) return absl::InvalidArgumentError("encoders: out of bounds");
  if (plan.connect_retry_min_ms == 0 || plan.connect_retry_min_ms > plan.connect_retry_max_ms) {
    return absl::InvalidArgumentError("connect_retry_min_ms: must be 1 to connect_retry_max_ms");
  }
  std::unique_ptr<Handover> made(new Handover(plan, accounts, alarms));
  made->depot_ = made->plan_.depot;
  if (made->depot_ == nullptr) {
    Result<std::unique_ptr<SpoolDepot>> depot =
        SpoolDepot::make({.on_disk = false, .memory_bytes = made->plan_.backlog_bytes}, alarms);
    if (!depot.ok()) return depot.status();
    made->own_depot_ = *std::move(depot);
    made->depot_ = made->own_depot_.get();
  }
  for (size_t i = 0; i < made->plan_.threads; ++i) {
    Result<std::unique_ptr<HandoverThread>> thread = HandoverThread::make();
    if (!thread.ok()) return thread.status();
    made->threads_.push_back(*std::move(thread));
    made->resolvers_.push_back(std::make_unique<Resolver>());
  }
  return made;
}

Handover::~Handover() {
  if (!stopped_) stop(0);
}

Result<Handover::Destination> Handover::make_connection(const DestinationPlan& plan) {
  const Express express = plan.side == HandoverSide::kHi2 ? Express::kBeside : Express::kNone;
  Result<SpoolSet> spools =
      depot_->open(plan.id, spool_name(plan.side, plan.owner), plan.owner ? 1 : plan_.encoders, 0, express);
  if (!spools.ok()) return spools.status();
  const ConnectionLimits limits{.retry_min_ms = plan_.connect_retry_min_ms,
                                .retry_max_ms = plan_.connect_retry_max_ms,
                                .connect_wait_ms = plan_.connect_wait_ms,
                                .certificate_warn_days = plan_.certificate_warn_days,
                                .seed = std::random_device{}()};
  const ConnectionContext context{.accounts = accounts_,
                                  .revocations = &revocations_,
                                  .alarms = &alarms_,
                                  .resolver = resolvers_[next_thread_].get(),
                                  .peers = plan_.peers,
                                  .pace = pace_of(plan),
                                  .make_transport = [this](const DestinationPlan& of) { return make_transport(of); }};
  auto connection = std::make_unique<Connection>(plan, limits, *std::move(spools), context);
  Destination made{.connection = connection.get(), .thread = next_thread_};
  made.outlet = std::move(connection);
  threads_[next_thread_]->add(made.connection);
  next_thread_ = (next_thread_ + 1) % threads_.size();
  return made;
}

Result<Handover::Destination> Handover::make_files(const DestinationPlan& plan) {
  // Records of one kind are nothing that the other could deliver: each has spools of its own.
  Result<SpoolSet> spools = depot_->open(plan.id, "files", plan_.encoders, plan_.files.window_bytes);
  if (!spools.ok()) return spools.status();
  const FileOutletLimits limits{.files = plan_.files,
                                .retry_min_ms = plan_.connect_retry_min_ms,
                                .retry_max_ms = plan_.connect_retry_max_ms,
                                .certificate_warn_days = plan_.certificate_warn_days};
  const FileOutletContext context{.accounts = accounts_, .revocations = &revocations_, .alarms = &alarms_};
  auto files = std::make_unique<FileOutlet>(plan, limits, *std::move(spools), context);
  Destination made{.files = files.get()};
  made.outlet = std::move(files);
  made.files->start();
  return made;
}

// All connections of a destination share its pace.
std::shared_ptr<TokenBucket> Handover::pace_of(const DestinationPlan& plan) {
  std::weak_ptr<TokenBucket>& known = paces_[{plan.id, plan.side}];
  std::shared_ptr<TokenBucket> pace = known.lock();
  if (pace == nullptr) known = pace = std::make_shared<TokenBucket>();
  pace->set_rate(plan.rate_bps);
  return pace;
}

Result<Handover::Destination*> Handover::find_or_make(DestinationPlan plan) {
  LICTOR_CHECK(!stopped_);
  if (Status status = check_plan(plan); !status.ok()) return status;
  const auto known_as = [&] { return destinations_.find({plan.id, plan.side, plan.files.has_value(), plan.owner}); };
  if (plan.files) plan.owner.reset();  // each task has a file of its own
  const bool may_be_refused = plan.owner && !plan.is_former && known_as() == destinations_.end();
  if (may_be_refused && !may_have_own(plan)) plan.owner.reset();
  const std::shared_ptr<TokenBucket> pace = pace_of(plan);
  if (const auto known = known_as(); known != destinations_.end()) {
    known->second.outlet->change(plan);
    if (known->second.files != nullptr) {
      known->second.files->hurry(false);
      known->second.files->go_on();
    }
    return &known->second;
  }
  Result<Destination> made = plan.files ? make_files(plan) : make_connection(plan);
  if (!made.ok()) return made.status();
  const DestinationHandle handle{handles_++};
  made->handle = handle;
  made->pace = pace;
  const Key key{plan.id, plan.side, plan.files.has_value(), plan.owner};
  handles_of_[handle] = {.key = key};
  return &(destinations_[key] = *std::move(made));
}

Result<DestinationHandle> Handover::open(const DestinationPlan& plan) {
  const Result<Destination*> destination = find_or_make(plan);
  if (!destination.ok()) return destination.status();
  ++(*destination)->references;
  sweep();
  return (*destination)->handle;
}

Result<Handover::OwnLane*> Handover::find_or_make_lane(Destination& destination, const DestinationPlan& plan,
                                                       const LanePlan& lane) {
  if (const auto known = destination.lanes.find(lane.owner); known != destination.lanes.end()) {
    known->second.pace->set_rate(lane.rate_bps);
    return &known->second;
  }
  const Key& key = handles_of_.at(destination.handle).key;
  Result<std::unique_ptr<Spool>> spool = depot_->open_lane(plan.id, spool_name(plan.side, key.owner), lane.encoder);
  if (!spool.ok()) return spool.status();
  OwnLane& own = destination.lanes[lane.owner];
  own.pace = task_pace(plan.id, lane.owner, lane.rate_bps);
  own.spool = destination.connection->add_lane(*std::move(spool), own.pace, lane.behind, lane.owner);
  own.handle = DestinationHandle{handles_++};
  handles_of_[own.handle] = {.key = key, .owner = lane.owner};
  return &own;
}

Result<DestinationHandle> Handover::open(const DestinationPlan& plan, const LanePlan& lane) {
  LICTOR_CHECK(lane.encoder < plan_.encoders);
  if (plan.files) return open(plan);
  const Result<Destination*> destination = find_or_make(plan);
  if (!destination.ok()) return destination.status();
  if (!may_have_lane(**destination, plan, lane)) {
    ++(*destination)->references;
    sweep();
    return (*destination)->handle;
  }
  const Result<OwnLane*> own = find_or_make_lane(**destination, plan, lane);
  if (own.ok()) {
    ++(*destination)->references;
    ++(*own)->references;
  }
  sweep();
  if (!own.ok()) return own.status();
  return (*own)->handle;
}

const Handover::Destination& Handover::at(DestinationHandle handle) const {
  const auto known = handles_of_.find(handle);
  LICTOR_CHECK(known != handles_of_.end());
  return destinations_.at(known->second.key);
}

Spool* Handover::spool(DestinationHandle handle, size_t encoder) const {
  LICTOR_CHECK(encoder < plan_.encoders);
  const Destination& destination = at(handle);
  const std::optional<Xid>& owner = handles_of_.at(handle).owner;
  if (owner) return destination.lanes.at(*owner).spool;
  return destination.outlet->spool(is_own(handle) ? 0 : encoder);
}

Spool* Handover::express(DestinationHandle handle, size_t encoder) const {
  LICTOR_CHECK(encoder < plan_.encoders);
  const Connection* const connection = at(handle).connection;
  if (connection == nullptr || is_lane(handle)) return nullptr;
  return connection->express(is_own(handle) ? 0 : encoder);
}

void Handover::close(DestinationHandle handle) {
  LICTOR_CHECK(at(handle).references > 0);
  const Handle& closed = handles_of_.at(handle);
  Destination& destination = destinations_.at(closed.key);
  --destination.references;
  if (closed.owner) --destination.lanes.at(*closed.owner).references;
  if (destination.references == 0 && destination.files != nullptr) destination.files->hurry(true);
  sweep();
}

void Handover::sweep_lanes(Destination& destination) {
  std::erase_if(destination.lanes, [&](const auto& known) {
    const OwnLane& own = known.second;
    if (own.references > 0 || own.spool->backlog_records() > 0) return false;
    destination.connection->drop_lane(own.spool);
    handles_of_.erase(own.handle);
    return true;
  });
}

void Handover::sweep() {
  if (stopped_) return;
  for (auto at = destinations_.begin(); at != destinations_.end();) {
    Destination& destination = at->second;
    sweep_lanes(destination);
    // Where a disk hangs, nobody waits for it here.
    if (destination.references > 0 || !destination.outlet->drained() ||
        (destination.files != nullptr && !destination.files->ends())) {
      ++at;
      continue;
    }
    for (const auto& [owner, own] : destination.lanes) handles_of_.erase(own.handle);
    if (destination.connection != nullptr) threads_[destination.thread]->remove(destination.connection);
    if (destination.files != nullptr) destination.files->stop();
    destination.outlet->finish(legal_now());
    destination.outlet->remove_spools();
    handles_of_.erase(destination.handle);
    at = destinations_.erase(at);
  }
  look_at_bounds();
}

Handover::Destination* Handover::find(const std::string& id, HandoverSide side, bool files, const Xid& task) {
  auto known = destinations_.find({id, side, files, task});
  if (known == destinations_.end()) known = destinations_.find({id, side, files, std::nullopt});
  return known == destinations_.end() ? nullptr : &known->second;
}

void Handover::disturb(const std::string& id, HandoverSide side, const Xid& task, Disturbance disturbance) {
  Destination* const destination = find(id, side, false, task);
  if (destination != nullptr) destination->connection->disturb(disturbance);
}

std::optional<DestinationStatistics> Handover::statistics_of(const std::string& id, HandoverSide side,
                                                             const Xid& task) {
  sweep();
  const Destination* const destination = find(id, side, false, task);
  if (destination == nullptr) return std::nullopt;
  return destination->outlet->statistics();
}

void Handover::let_left_go() {
  for (auto& [key, destination] : destinations_) destination.outlet->let_left_go();
}

std::vector<DestinationStatistics> Handover::statistics() {
  sweep();
  std::vector<DestinationStatistics> all;
  for (const auto& [key, destination] : destinations_) {
    DestinationStatistics one = destination.outlet->statistics();
    one.connections_up = one.connected ? 1 : 0;
    if (!all.empty() && all.back().id == one.id && all.back().side == one.side && !one.is_files) {
      merge(all.back(), one);
    } else {
      all.push_back(std::move(one));
    }
  }
  return all;
}

bool Handover::drained() const {
  return std::ranges::all_of(destinations_, [](const auto& known) { return known.second.outlet->drained(); });
}

void Handover::stop(uint32_t drain_ms) {
  LICTOR_CHECK(!stopped_);
  for (auto& [key, destination] : destinations_) {
    if (destination.files != nullptr) destination.files->hurry(true);
  }
  const SocketTime deadline{socket_now().ns + int64_t{drain_ms} * kNanosecondsPerMillisecond};
  while (!drained() && socket_now() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  stopped_ = true;
  for (const std::unique_ptr<HandoverThread>& thread : threads_) thread->stop();
  for (auto& [key, destination] : destinations_) {
    if (destination.files != nullptr) destination.files->stop();
    destination.outlet->finish(legal_now());
  }
}

}  // namespace lictor
