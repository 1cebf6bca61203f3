#include "dataplane/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "dataplane/match_writer.h"
#include "dataplane/stage_plan.h"

namespace lictor {

Result<std::unique_ptr<Engine>> Engine::make(const DataplaneConfig& config, AlarmQueue& alarms) {
  std::unique_ptr<Engine> engine(new Engine(config, alarms));
  if (Status status = engine->lock_secrets(); !status.ok()) return status;
  if (Status status = engine->open_ports(); !status.ok()) return status;
  if (Status status = engine->make_rx_lcores(); !status.ok()) return status;
  if (Status status = engine->make_encoder_lcores(); !status.ok()) return status;
  if (Status status = engine->make_handover(); !status.ok()) return status;
  return engine;
}

Engine::Engine(const DataplaneConfig& config, AlarmQueue& alarms)
    : config_(config),
      alarms_(alarms),
      accounts_(config.buffers.tasks_max),
      progress_(config.buffers.tasks_max),
      pools_(config.buffers.mbufs, config.buffers.mbuf_data_bytes),
      spreader_waits_(config.spreader_lcores.size()),
      idle_misses_(config.ports.size()) {}

Engine::~Engine() { stop(0); }

Status Engine::open_ports() {
  for (size_t i = 0; i < config_.ports.size(); ++i) {
    const PortConfig& port = config_.ports[i];
    Result<std::unique_ptr<Port>> opened = Port::open({.name = port.name,
                                                       .device = port.device,
                                                       .queues = port.queues,
                                                       .prespread = port.prespread,
                                                       .card_stamps = port.card_stamps,
                                                       .interrupts = port.interrupts && !config_.replay,
                                                       .rx_descriptors = port.rx_descriptors,
                                                       .frame_bytes_max = config_.buffers.frame_bytes_max,
                                                       .mbuf_data_bytes = config_.buffers.mbuf_data_bytes},
                                                      pools_);
    if (!opened.ok())
      return {opened.status().code(), fmt::format("ports[{}]: {}", i, std::string(opened.status().message()))};
    ports_.push_back(*std::move(opened));
    const uint32_t bytes = ports_.back()->frame_bytes_max();
    if (bytes < config_.buffers.frame_bytes_max) tell_frame_limit(port, bytes);
  }
  return absl::OkStatus();
}

void Engine::tell_frame_limit(const PortConfig& port, uint32_t bytes) {
  alarms_.raise({.code = "port_frames_limited",
                 .severity = AlarmSeverity::kInformation,
                 .xid = {},
                 .destination_id = "port/" + port.name,
                 .text = fmt::format("port {}: its device takes frames of at most {} octets", port.name, bytes),
                 .raised = legal_now(),
                 .cleared = false,
                 .count = 0});
}

// Replay never sleeps: what is captured is there to be looked at. Nor does who always reads signalling.
Status Engine::make_idle_gate() {
  if (config_.replay || config_.idle_untapped_poll_ms == 0 || config_.signalling.always) return absl::OkStatus();
  Result<std::unique_ptr<IdleGate>> gate = IdleGate::make(config_.rx_lcores.size() + config_.spreader_lcores.size());
  if (!gate.ok()) return gate.status();
  idle_ = *std::move(gate);
  return absl::OkStatus();
}

void Engine::follow_taps(bool tapped, SocketTime now) {
  constexpr int64_t kUntappedNs = kNanosecondsPerSecond;  // a task that is replaced puts nobody to sleep
  if (tapped) tapped_at_ = now;
  if (idle_ == nullptr || !idle_->is_awake() || now.ns - tapped_at_.ns < kUntappedNs) return;
  for (size_t i = 0; i < ports_.size(); ++i) idle_misses_[i].before = ports_[i]->losses().imissed;
  idle_->sleep();
}

void Engine::wake_receivers() {
  if (idle_ == nullptr || idle_->is_awake()) return;
  idle_->wake();
  tapped_at_ = socket_now();
  for (size_t i = 0; i < ports_.size(); ++i) {
    idle_misses_[i].missed += ports_[i]->losses().imissed - idle_misses_[i].before;
  }
}

PortLosses Engine::losses(size_t port) const {
  PortLosses losses = ports_[port]->losses();
  const IdleMisses& misses = idle_misses_[port];
  const bool asleep = idle_ != nullptr && !idle_->is_awake();
  losses.idle = misses.missed + (asleep ? losses.imissed - misses.before : 0);
  losses.imissed -= losses.idle;
  for (const auto& rx : rx_lcores_) losses.idle += rx->account.by_port[port].idle.get();
  for (const auto& source : spread_sources_) losses.idle += source->port == port ? source->account.idle.get() : 0;
  return losses;
}

void Engine::tend_ports(SocketTime now) {
  constexpr int64_t kClocksEveryNs = 250'000'000;
  if (now < clocks_due_) return;
  clocks_due_ = {now.ns + kClocksEveryNs};
  for (const auto& port : ports_) port->discipline_stamps();
}

Status Engine::make_rx_lcores() {
  const auto lcores = static_cast<uint32_t>(config_.rx_lcores.size());
  Result<std::unique_ptr<Quiescence>> quiescence = Quiescence::make(lcores);
  if (!quiescence.ok()) return quiescence.status();
  quiescence_ = *std::move(quiescence);
  tables_ = std::make_unique<LiveTable<RxTables>>(*quiescence_, RxTables::make_empty());
  const Result<StampField> stamps = find_stamp_field();
  if (!stamps.ok()) return stamps.status();
  stamps_ = *stamps;
  if (Status status = make_idle_gate(); !status.ok()) return status;
  if (config_.signalling.is_on()) {
    Result<std::unique_ptr<SessionLcores>> sessions = SessionLcores::make(config_, *quiescence_);
    if (!sessions.ok()) return sessions.status();
    sessions_ = *std::move(sessions);
  }
  for (uint32_t reader = 0; reader < lcores; ++reader) {
    auto rx = std::make_unique<RxLcore>(config_);
    for (size_t encoder = 0; encoder < config_.encoder_lcores.size(); ++encoder) {
      Result<std::unique_ptr<SpscByteRing>> bytes = SpscByteRing::make(config_.buffers.copy_ring_bytes);
      if (!bytes.ok()) return bytes.status();
      rx->rings.push_back(std::make_unique<MatchRing>());
      rx->rings.back()->bytes = *std::move(bytes);
      rx->plan.rings.push_back(rx->rings.back().get());
    }
    rx->plan.reader = reader;
    rx->plan.tables = tables_.get();
    rx->plan.quiescence = quiescence_.get();
    rx->plan.account = &rx->account;
    rx->plan.stages = plan_match_stages(config_, reader, rx->account);
    rx->plan.fragments = config_.fragments;
    rx->plan.tasks_max = config_.buffers.tasks_max;
    rx->plan.frame_bytes_max = config_.buffers.frame_bytes_max;
    rx->plan.idle_sleep_us_max = config_.idle_sleep_us_max;
    // A frame may have waited as long as its lcore slept, and nobody has it who was bound to its address meanwhile.
    constexpr uint32_t kBoundWaitMs = 1;
    rx->plan.interrupt_wait_ms =
        sessions_ == nullptr ? config_.idle_interrupt_wait_ms : std::min(config_.idle_interrupt_wait_ms, kBoundWaitMs);
    rx->plan.lossless = config_.replay.has_value();
    if (config_.replay) {
      const uint64_t shares = config_.rx_lcores.size();
      rx->plan.replay_packets_per_s = (config_.replay->packets_per_s + shares - 1) / shares;
    }
    if (sessions_ != nullptr) sessions_->join_rx(reader, rx->plan);
    rx->plan.idle = idle_.get();
    rx->plan.untapped_poll_ms = config_.idle_untapped_poll_ms;
    rx->plan.open = &open_;
    rx->plan.stop = &stop_receiving_;
    rx_lcores_.push_back(std::move(rx));
  }
  return give_out_queues();
}

// By number within a tap group (queue_plan.h): who compares the packets of a group's ports finds them on one lcore.
Status Engine::give_out_queues() {
  for (size_t i = 0; i < config_.spreader_lcores.size(); ++i) {
    spreaders_.push_back({.stamps = stamps_,
                          .idle_sleep_us_max = config_.idle_sleep_us_max,
                          .interrupt_wait_ms = config_.idle_interrupt_wait_ms,
                          .lossless = config_.replay.has_value(),
                          .idle = idle_.get(),
                          .idle_lcore = rx_lcores_.size() + i,
                          .untapped_poll_ms = config_.idle_untapped_poll_ms,
                          .interrupt_waits = &spreader_waits_[i],
                          .open = &open_,
                          .stop = &stop_spreading_});
  }
  for (const QueueReceiver& receiver : plan_queues(config_.ports, rx_lcores_.size(), spreaders_.size())) {
    const Port& port = *ports_[receiver.port];
    const RxQueue queue{.port_id = port.id(),
                        .queue = receiver.queue,
                        .waiting_max = port.frames_waiting_max(),
                        .port_index = static_cast<uint16_t>(receiver.port),
                        .interrupts = port.has_interrupts(),
                        .in_caches = port.copies_frames() && !receiver.spread,
                        .arrival = arrival_plan(port),
                        .trust = config_.ports[receiver.port].trust};
    if (!receiver.spread) {
      rx_lcores_[receiver.lcore]->plan.queues.push_back(queue);
    } else if (Status status = give_to_spreader(receiver, queue); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

// The spreader receives from the queue, every rx lcore takes what is its own from a ring.
Status Engine::give_to_spreader(const QueueReceiver& receiver, const RxQueue& queue) {
  auto source = std::make_unique<SpreadSource>();
  source->port = receiver.port;
  SpreadQueue spread{.port_id = queue.port_id,
                     .queue = queue.queue,
                     .waiting_max = queue.waiting_max,
                     .interrupts = queue.interrupts,
                     .arrival = queue.arrival,
                     .account = &source->account};
  RxQueue taken = queue;
  taken.interrupts = false;
  taken.waiting_max = config_.buffers.spread_ring_frames;
  // A capture's stamps come through as they are; all others the spreader has brought to UTC.
  if (queue.arrival.kind != StampKind::kCapture) taken.arrival = {.kind = StampKind::kSpreader, .field = stamps_};
  for (size_t lcore = 0; lcore < rx_lcores_.size(); ++lcore) {
    const std::string name = fmt::format("spread-{}-{}-{}", queue.port_id, queue.queue, lcore);
    Result<std::unique_ptr<FrameRing>> ring = FrameRing::make(name, config_.buffers.spread_ring_frames);
    if (!ring.ok()) return ring.status();
    taken.ring = ring->get();
    spread.rings.push_back(ring->get());
    rx_lcores_[lcore]->plan.queues.push_back(taken);
    source->rings.push_back(*std::move(ring));
  }
  spreaders_[receiver.lcore].queues.push_back(std::move(spread));
  spread_sources_.push_back(std::move(source));
  return absl::OkStatus();
}

ArrivalPlan Engine::arrival_plan(const Port& port) const {
  if (config_.replay) {
    return {.kind = port.has_capture_stamps() ? StampKind::kCapture : StampKind::kHost, .field = stamps_};
  }
  if (port.card_stamps() == nullptr) return {};
  return {.kind = StampKind::kCard, .field = stamps_, .card = port.card_stamps()};
}

// Each task has a spool key where spools are on disk, and a payload key where its agency wants one for each warrant;
// others share those of the configuration.
Status Engine::lock_secrets() {
  const size_t keys = size_t{config_.spool.on_disk ? 2U : 1U} * config_.buffers.tasks_max;
  const size_t others = locked_bytes_of(config_.signalling, config_.session_lcores.size());
  if (SecretKey::prepare(keys + config_.handover.payload_keys.paths.size(), others)) return absl::OkStatus();
  const std::string text = "there is no locked memory for the tasks' keys: raise its limit";
  if (config_.spool.on_disk || others > 0) return absl::ResourceExhaustedError(text);
  alarms_.raise({.code = "keys_not_locked",
                 .severity = AlarmSeverity::kWarning,
                 .xid = {},
                 .destination_id = {},
                 .text = text,
                 .raised = legal_now(),
                 .cleared = false,
                 .count = 0});
  return absl::OkStatus();
}

Status Engine::make_encoder_lcores() {
  integrity_ = std::make_unique<IntegrityThread>(config_.encoder_lcores.size(), config_.handover.integrity_ring_bytes);
  for (size_t encoder = 0; encoder < config_.encoder_lcores.size(); ++encoder) {
    auto lcore = std::make_unique<EncoderLcore>();
    Result<std::unique_ptr<Doorbell>> bell = Doorbell::make();
    if (!bell.ok()) return bell.status();
    lcore->bell = *std::move(bell);
    EncodeLoopPlan plan{.rings = {},
                        .commands = &lcore->commands,
                        .accounts = accounts_,
                        .progress = progress_,
                        .alarms = &alarms_,
                        .integrity = &integrity_->lane(encoder),
                        .mode = config_.replay ? EncodeMode::kLossless : EncodeMode::kLive};
    for (const auto& rx : rx_lcores_) plan.rings.push_back(rx->rings[encoder].get());
    if (sessions_ != nullptr) sessions_->join_encoder(encoder, plan);
    lcore->loop = std::make_unique<EncodeLoop>(std::move(plan));
    lcore->plan = {.loop = lcore->loop.get(),
                   .idle_sleep_us_max = config_.idle_sleep_us_max,
                   .untapped_poll_ms = config_.idle_untapped_poll_ms,
                   .bell = lcore->bell.get(),
                   .stop = &stop_encoding_,
                   .drain_until_ns = &drain_until_ns_};
    encoders_.push_back(std::move(lcore));
  }
  return absl::OkStatus();
}

Status Engine::make_handover() {
  credentials_ = std::make_unique<CredentialStore>(config_.handover.credentials, alarms_);
  Result<std::unique_ptr<SpoolDepot>> depot = SpoolDepot::make(config_.spool, alarms_);
  if (!depot.ok()) return depot.status();
  depot_ = *std::move(depot);
  Result<std::unique_ptr<Handover>> handover =
      Handover::make({.threads = config_.handover.threads,
                      .encoders = config_.encoder_lcores.size(),
                      .depot = depot_.get(),
                      .connect_retry_min_ms = config_.handover.connect_retry_min_ms,
                      .connect_retry_max_ms = config_.handover.connect_retry_max_ms,
                      .peers = &peers_,
                      .certificate_warn_days = config_.handover.credentials.warn_days,
                      .credentials = credentials_.get(),
                      .lanes_max = config_.handover.lanes_max,
                      .files = config_.files},
                     accounts_, alarms_);
  if (!handover.ok()) return handover.status();
  handover_ = *std::move(handover);
  return absl::OkStatus();
}

Status Engine::start() {
  const auto launch = [](unsigned lcore, auto run, std::vector<std::unique_ptr<LcoreThread>>& threads) {
    Result<std::unique_ptr<LcoreThread>> thread = LcoreThread::launch(lcore, run);
    if (thread.ok()) threads.push_back(*std::move(thread));
    return thread.status();
  };
  Status status = absl::OkStatus();
  for (size_t i = 0; status.ok() && i < encoders_.size(); ++i) {
    status = launch(
        config_.encoder_lcores[i], [plan = &encoders_[i]->plan] { run_encode_loop(*plan); }, encoder_threads_);
  }
  if (status.ok() && sessions_ != nullptr) status = sessions_->start();
  for (size_t i = 0; status.ok() && i < rx_lcores_.size(); ++i) {
    status = launch(
        config_.rx_lcores[i], [plan = &rx_lcores_[i]->plan] { run_rx_loop(*plan); }, rx_threads_);
  }
  for (size_t i = 0; status.ok() && i < spreaders_.size(); ++i) {
    status = launch(
        config_.spreader_lcores[i], [plan = &spreaders_[i]] { run_spread_loop(*plan); }, spreader_threads_);
  }
  return status;
}

void Engine::stop(uint32_t drain_ms) {
  const int64_t drain_until_ns = socket_now().ns + int64_t{drain_ms} * 1'000'000;
  stop_spreading_.store(true, std::memory_order_release);
  if (idle_ != nullptr) idle_->ring_all();
  spreader_threads_.clear();
  const auto all_taken = [this] { return std::ranges::all_of(spread_sources_, is_taken); };
  while (!rx_threads_.empty() && !all_taken() && socket_now().ns < drain_until_ns) {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  stop_receiving_.store(true, std::memory_order_release);
  if (idle_ != nullptr) idle_->ring_all();
  rx_threads_.clear();
  for (const auto& source : spread_sources_) drop_rest(*source);
  if (sessions_ != nullptr) sessions_->stop();
  peers_.put_all_in_force();
  drain_until_ns_.store(drain_until_ns, std::memory_order_relaxed);
  stop_encoding_.store(true, std::memory_order_release);
  for (const auto& encoder : encoders_) encoder->bell->ring();
  encoder_threads_.clear();
  if (handover_ == nullptr || std::exchange(stopped_, true)) return;
  handover_->stop(static_cast<uint32_t>(std::max<int64_t>(drain_until_ns - socket_now().ns, 0) / 1'000'000));
}

bool Engine::is_taken(const std::unique_ptr<SpreadSource>& source) {
  return std::ranges::all_of(source->rings, [](const auto& ring) { return ring->empty(); });
}

// What no rx lcore came to before the end. Its spreader has ended: the account is the main thread's.
void Engine::drop_rest(SpreadSource& source) {
  for (const auto& ring : source.rings) {
    const FrameRing::Dropped dropped = ring->drop_all();
    source.account.dropped_bytes.add(dropped.bytes);
    source.account.dropped.add(dropped.frames);
  }
}

SpreadTotals Engine::spread_totals(size_t port) const {
  SpreadTotals totals;
  for (const auto& source : spread_sources_) {
    if (source->port != port) continue;
    totals.dropped += source->account.dropped.get();
    totals.dropped_bytes += source->account.dropped_bytes.get();
  }
  return totals;
}

uint64_t Engine::stamps_refused(size_t port) const {
  uint64_t refused = 0;
  for (const auto& rx : rx_lcores_) refused += rx->account.by_port[port].stamps_refused.get();
  for (const auto& source : spread_sources_) {
    refused += source->port == port ? source->account.stamps_refused.get() : 0;
  }
  return refused;
}

uint64_t Engine::interrupt_waits() const {
  uint64_t waits = 0;
  for (const auto& rx : rx_lcores_) waits += rx->account.interrupt_waits.get();
  for (const Counter& spreader : spreader_waits_) waits += spreader.get();
  return waits;
}

std::vector<RxAccount*> Engine::rx_accounts() const {
  std::vector<RxAccount*> accounts;
  for (const auto& rx : rx_lcores_) accounts.push_back(&rx->account);
  return accounts;
}

bool Engine::rings_empty() const {
  return std::ranges::all_of(rx_lcores_, [](const auto& rx) {
    return std::ranges::all_of(rx->rings, [](const auto& ring) { return ring->bytes->in_flight() == 0; });
  });
}

}  // namespace lictor
