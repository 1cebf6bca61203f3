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
Status Handover::check_plan(const DestinationPlan& plan) const {
  if (plan.files) return check_file_plan(*plan.files, plan_.files);
  if (plan.endpoints.empty() || plan.endpoints.size() > kEndpointsMax) {
    return absl::InvalidArgumentError(fmt::format("endpoints: must be 1 to {}", kEndpointsMax));
  }
  const auto unusable = [](const HandoverEndpoint& endpoint) { return endpoint.host.empty() || endpoint.port == 0; };
  if (std::ranges::any_of(plan.endpoints, unusable)) {
    return absl::InvalidArgumentError("endpoints: each needs a host and a port");
  }
  if (!plan.codec.keepalive_request || !plan.codec.read_peer) return absl::InvalidArgumentError("codec: is missing");
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
  Result<SpoolSet> spools = depot_->open(plan.id, plan.side == HandoverSide::kHi2 ? "hi2" : "hi3", plan_.encoders);
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

Result<DestinationHandle> Handover::open(const DestinationPlan& plan) {
  LICTOR_CHECK(!stopped_);
  if (Status status = check_plan(plan); !status.ok()) return status;
  const Key key{plan.id, plan.side, plan.files.has_value()};
  if (const auto known = destinations_.find(key); known != destinations_.end()) {
    known->second.outlet->change(plan);
    ++known->second.references;
    if (known->second.files != nullptr) known->second.files->hurry(false);
    sweep();
    return known->second.handle;
  }
  Result<Destination> made = plan.files ? make_files(plan) : make_connection(plan);
  if (!made.ok()) return made.status();
  const DestinationHandle handle{handles_++};
  made->references = 1;
  made->handle = handle;
  destinations_[key] = *std::move(made);
  keys_[handle] = key;
  sweep();
  return handle;
}

const Handover::Destination& Handover::at(DestinationHandle handle) const {
  const auto key = keys_.find(handle);
  LICTOR_CHECK(key != keys_.end());
  return destinations_.at(key->second);
}

Spool* Handover::spool(DestinationHandle handle, size_t encoder) const {
  LICTOR_CHECK(encoder < plan_.encoders);
  return at(handle).outlet->spool(encoder);
}

void Handover::close(DestinationHandle handle) {
  LICTOR_CHECK(at(handle).references > 0);
  Destination& destination = destinations_.at(keys_.at(handle));
  --destination.references;
  if (destination.references == 0 && destination.files != nullptr) destination.files->hurry(true);
  sweep();
}

void Handover::sweep() {
  if (stopped_) return;
  for (auto at = destinations_.begin(); at != destinations_.end();) {
    Destination& destination = at->second;
    if (destination.references > 0 || !destination.outlet->drained()) {
      ++at;
      continue;
    }
    if (destination.connection != nullptr) threads_[destination.thread]->remove(destination.connection);
    if (destination.files != nullptr) destination.files->stop();
    destination.outlet->finish(legal_now());
    destination.outlet->remove_spools();
    keys_.erase(destination.handle);
    at = destinations_.erase(at);
  }
}

void Handover::disturb(const std::string& id, HandoverSide side, Disturbance disturbance) {
  const auto known = destinations_.find({id, side, false});
  if (known != destinations_.end()) known->second.connection->disturb(disturbance);
}

void Handover::let_left_go() {
  for (auto& [key, destination] : destinations_) destination.outlet->let_left_go();
}

std::vector<DestinationStatistics> Handover::statistics() {
  sweep();
  std::vector<DestinationStatistics> all;
  for (const auto& [key, destination] : destinations_) all.push_back(destination.outlet->statistics());
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
