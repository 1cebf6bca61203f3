#include "dataplane/session_lcores.h"

#include <rte_pause.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <thread>
#include <utility>

#include "dataplane/dpdk/idle_backoff.h"
#include "dataplane/session/session_snapshot.h"

namespace lictor {
namespace {

constexpr auto kLookAgain = std::chrono::microseconds(50);

void rest(IdleBackoff& backoff, Nap& nap, const SessionLoop& loop) {
  const uint32_t sleep_us = backoff.next_sleep_us();
  if (sleep_us == 0) return rte_pause();
  nap.take(sleep_us, [&loop] { return !loop.drained(); });
}

}  // namespace

Result<std::unique_ptr<SessionLcores>> SessionLcores::make(const DataplaneConfig& config, Quiescence& quiescence) {
  std::unique_ptr<SessionLcores> lcores(new SessionLcores(config));
  Result<std::unique_ptr<Doorbell>> bell = Doorbell::make();
  if (!bell.ok()) return bell.status();
  lcores->news_bell_ = *std::move(bell);
  Result<Snapshot> snapshot = lcores->find_snapshot();
  if (!snapshot.ok()) return snapshot.status();
  lcores->keys_ = snapshot->keys;
  const SnapshotConfig& kept = config.signalling.snapshot;
  if (!kept.file.empty() && kept.interval_s != 0 && !config.replay)
    lcores->writer_ = std::make_unique<SnapshotWriter>(kept, lcores->keys_);
  for (size_t i = 0; i < config.session_lcores.size(); ++i) {
    Result<std::unique_ptr<Lcore>> lcore = lcores->make_lcore(quiescence);
    if (!lcore.ok()) return lcore.status();
    lcores->lcores_.push_back(*std::move(lcore));
  }
  lcores->restore(*snapshot);
  return lcores;
}

// Of its sources; null: none has a clock.
Tracker* SessionLcores::clocks_of(const Lcore& lcore) {
  return lcore.trackers.by_kind()[static_cast<size_t>(SignalKind::kRadius)];
}

// That cannot be used is told and left alone: the next one takes its place.
Result<Snapshot> SessionLcores::find_snapshot() const {
  const SnapshotConfig& config = config_.signalling.snapshot;
  if (!config.file.empty() && !config_.replay) {
    if (Status status = check_snapshot_key(config); !status.ok()) return status;
    Result<Snapshot> snapshot = read_snapshot(config, legal_now());
    if (snapshot.ok()) return snapshot;
    spdlog::info("no sessions of a former process: {}", std::string(snapshot.status().message()));
  }
  Snapshot none;
  none.keys = SnapshotKeys::random();
  return none;
}

void SessionLcores::restore(const Snapshot& snapshot) {
  if (snapshot.sessions.empty()) return;
  const Result<SnapshotTotals> totals = restore_snapshot(snapshot.sessions, [this](uint16_t source_set) {
    if (source_set >= config_.signalling.sets.size()) return SnapshotOwner();
    Lcore& lcore = *lcores_[session_lcore_of(source_set, lcores_.size())];
    return SnapshotOwner{lcore.book.get(), lcore.desk.get(), clocks_of(lcore)};
  });
  if (!totals.ok()) return spdlog::warn("sessions of a former process: {}", std::string(totals.status().message()));
  spdlog::info("{} sessions of a former process go on, {} of them targets'; {} were refused", totals->sessions,
               totals->followed, totals->refused);
}

void SessionLcores::keep() const {
  const SnapshotConfig& config = config_.signalling.snapshot;
  if (config.file.empty() || config_.replay) return;
  Snapshot snapshot{.keys = keys_, .made = legal_now(), .sessions = {}};
  for (const auto& lcore : lcores_) {
    append_clocks(clocks_of(*lcore), snapshot.sessions);
    append_snapshot(*lcore->book, *lcore->desk, snapshot.sessions);
  }
  const Status status = write_snapshot(config, snapshot);
  if (status.ok()) return;
  spdlog::warn("sessions are not kept: {}", std::string(status.message()));
  remove_snapshot(config);  // the former one would say of somebody what is not so any more
}

SessionLcores::SessionLcores(const DataplaneConfig& config)
    : config_(config), sources_(signal_sources_of(config.signalling, config.ports)) {}

SessionLcores::~SessionLcores() { stop(); }

Status SessionLcores::make_rings(Lcore& lcore) const {
  for (size_t rx = 0; rx < config_.rx_lcores.size(); ++rx) {
    Result<std::unique_ptr<SpscByteRing>> bytes = SpscByteRing::make(config_.signalling.ring_bytes);
    if (!bytes.ok()) return bytes.status();
    lcore.signals.push_back(std::make_unique<MatchRing>());
    lcore.signals.back()->bytes = *std::move(bytes);
  }
  for (size_t encoder = 0; encoder < config_.encoder_lcores.size(); ++encoder) {
    Result<std::unique_ptr<SpscByteRing>> bytes = SpscByteRing::make(config_.signalling.report_ring_bytes);
    if (!bytes.ok()) return bytes.status();
    lcore.reports.push_back(std::make_unique<ReportRing>());
    lcore.reports.back()->bytes = *std::move(bytes);
    lcore.reports.back()->clocks = MediaClocks(config_.signalling.target_sessions_max);
  }
  Result<std::unique_ptr<SpscByteRing>> news = SpscByteRing::make(kNewsBytes);
  if (!news.ok()) return news.status();
  lcore.news.bytes = *std::move(news);
  return absl::OkStatus();
}

Result<std::unique_ptr<SessionLcores::Lcore>> SessionLcores::make_lcore(Quiescence& quiescence) {
  const SignallingConfig& signalling = config_.signalling;
  auto lcore = std::make_unique<Lcore>();
  if (Status status = make_rings(*lcore); !status.ok()) return status;
  Result<std::unique_ptr<SessionBook>> book =
      SessionBook::make({.sessions_max = signalling.sessions_max,
                         .cells_bytes_max = signalling.cells_bytes,
                         .addresses_per_session_max = signalling.addresses_per_session_max,
                         .form = signalling.form,
                         .key = keys_.book});
  if (!book.ok()) return book.status();
  lcore->book = *std::move(book);
  Result<SessionTrackers> trackers = SessionTrackers::make(signalling, config_.ports, keys_, *lcore->book);
  if (!trackers.ok()) return trackers.status();
  lcore->trackers = *std::move(trackers);
  if (Status status = make_desk(*lcore); !status.ok()) return status;
  if (Status status = make_calls(*lcore); !status.ok()) return status;
  if (Status status = make_loop(*lcore, quiescence); !status.ok()) return status;
  return lcore;
}

Status SessionLcores::make_desk(Lcore& lcore) {
  const SignallingConfig& signalling = config_.signalling;
  if (writer_ != nullptr) {
    const Result<SessionKeeper*> keeper = writer_->add(*lcore.book, clocks_of(lcore));
    if (!keeper.ok()) return keeper.status();
    lcore.keeper = *keeper;
  }
  SessionDeskPlan desk{.tasks_max = config_.buffers.tasks_max,
                       .target_sessions_max = signalling.target_sessions_max,
                       .scopes = binding_scopes_of(signalling, config_.ports),
                       .replay = config_.replay.has_value(),
                       .reports = {},
                       .wishes = &lcore.wishes,
                       .keeper = lcore.keeper,
                       .news = &lcore.news,
                       .news_bell = news_bell_.get()};
  for (const auto& ring : lcore.reports) desk.reports.push_back(ring.get());
  lcore.desk = std::make_unique<SessionDesk>(std::move(desk), *lcore.book);
  return absl::OkStatus();
}

Status SessionLcores::make_calls(Lcore& lcore) {
  std::optional<sip::CallDeskPlan> plan =
      call_desk_plan_of(config_.signalling, config_.ports, config_.replay.has_value());
  if (!plan) return absl::OkStatus();
  Result<std::unique_ptr<sip::CallDesk>> calls = sip::CallDesk::make(*std::move(plan), *lcore.desk);
  if (!calls.ok()) return calls.status();
  lcore.calls = *std::move(calls);
  lcore.desk->follow_calls_by(*lcore.calls);
  return absl::OkStatus();
}

Status SessionLcores::make_loop(Lcore& lcore, Quiescence& quiescence) {
  Result<std::unique_ptr<DatagramAssembly>> assembly =
      DatagramAssembly::make({.datagrams_max = config_.signalling.fragmented_max});
  if (!assembly.ok()) return assembly.status();
  lcore.assembly = *std::move(assembly);
  lcore.bindings = std::make_unique<BindingTable>(quiescence);
  SessionLoopPlan loop{.signals = {},
                       .changes = &lcore.changes,
                       .trackers = lcore.trackers.by_kind(),
                       .book = lcore.book.get(),
                       .desk = lcore.desk.get(),
                       .outlet = lcore.bindings.get(),
                       .keeper = lcore.keeper,
                       .assembly = lcore.assembly.get(),
                       .sources = sources_,
                       .wrong_sums = config_.signalling.checks_sums ? WrongSums::kNotRead : WrongSums::kRead,
                       .lcore = lcores_.size(),
                       .lcores = config_.session_lcores.size(),
                       .watched = sources_->addresses()};
  for (const SignalKind kind : {SignalKind::kSip, SignalKind::kSipSegment})
    loop.trackers[static_cast<size_t>(kind)] = lcore.calls.get();
  for (const auto& ring : lcore.signals) loop.signals.push_back(ring.get());
  lcore.loop = std::make_unique<SessionLoop>(std::move(loop));
  return absl::OkStatus();
}

void SessionLcores::join_rx(size_t rx, RxPlan& plan) {
  plan.signals.sources = sources_;
  for (const auto& lcore : lcores_) {
    plan.signals.rings.push_back(lcore->signals[rx].get());
    plan.signals.naps.push_back(&lcore->nap);
    plan.bindings.push_back(lcore->bindings.get());
  }
}

void SessionLcores::join_encoder(size_t encoder, EncodeLoopPlan& plan) {
  for (const auto& lcore : lcores_) plan.reports.push_back(lcore->reports[encoder].get());
  plan.held_bytes = config_.signalling.held_bytes;
}

Status SessionLcores::start() {
  const SnapshotConfig& kept = config_.signalling.snapshot;
  const bool has_former = !kept.file.empty() && !config_.replay;  // though nothing may be left of it
  for (const auto& lcore : lcores_) {
    if (has_former) lcore->book->restored({legal_now().unix_ns});
  }
  for (size_t i = 0; i < lcores_.size(); ++i) {
    Result<std::unique_ptr<LcoreThread>> thread =
        LcoreThread::launch(config_.session_lcores[i], [this, lcore = lcores_[i].get()] { run(*lcore); });
    if (!thread.ok()) return thread.status();
    threads_.push_back(*std::move(thread));
  }
  if (writer_ != nullptr) {
    writer_->start();
  } else if (has_former) {
    remove_snapshot(kept);  // nobody adds to it what ends from now on
  }
  return absl::OkStatus();
}

void SessionLcores::stop() {
  stop_.store(true, std::memory_order_release);
  if (std::exchange(threads_, {}).empty()) return;
  if (writer_ != nullptr) writer_->stop();
  keep();
}

// A capture's clock stands still where nothing comes: what it says last counts.
void SessionLcores::run(Lcore& lcore) const noexcept {
  IdleBackoff backoff(config_.idle_sleep_us_max);
  const auto run_round = [&] {
    const PacketTime now = config_.replay ? lcore.loop->heard() : PacketTime{legal_now().unix_ns};
    if (lcore.loop->run_once(now)) {
      backoff.worked();
    } else {
      rest(backoff, lcore.nap, *lcore.loop);
    }
  };
  while (!stop_.load(std::memory_order_acquire)) run_round();
  while (!lcore.loop->drained()) run_round();
  run_round();  // what the last messages meant is told
  lcore.desk->passed({INT64_MAX});
}

void SessionLcores::change(size_t lcore, WatchChange change) {
  Lcore& own = *lcores_[lcore];
  // NOLINTNEXTLINE(bugprone-use-after-move): a full queue leaves the change with the caller.
  while (!own.changes.push(std::move(change))) std::this_thread::sleep_for(kLookAgain);
  ++own.changes_pushed;
}

void SessionLcores::wait_until_in_force() {
  for (const auto& lcore : lcores_) {
    while (lcore->loop->counters().changes_done.get() < lcore->changes_pushed) std::this_thread::sleep_for(kLookAgain);
    const uint64_t published = lcore->bindings->published();
    while (lcore->bindings->settled() < published) std::this_thread::sleep_for(kLookAgain);
  }
}

}  // namespace lictor
