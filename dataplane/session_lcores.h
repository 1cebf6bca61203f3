// The lcores that follow sessions: for each its trackers, everybody's sessions of its share of the sources, what it
// tells encoder lcores, and the table by which rx lcores find its targets' packets. Made and ended by the engine. Main
// thread, except where a declaration says otherwise.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "dataplane/base/doorbell.h"
#include "dataplane/base/match_ring.h"
#include "dataplane/base/nap.h"
#include "dataplane/base/spsc_queue.h"
#include "dataplane/binding_table.h"
#include "dataplane/config.h"
#include "dataplane/dpdk/eal.h"
#include "dataplane/rx_loop.h"
#include "dataplane/session/session_loop.h"
#include "dataplane/session_trackers.h"
#include "dataplane/snapshot_writer.h"
#include "encoders/encode/encode_loop.h"

namespace lictor {

class SessionLcores {
 public:
  // Changes that may wait for a session lcore, which takes all of them in a round; who finds it full waits.
  static constexpr size_t kChangesMax = 64;
  // What may wait for the control thread; what finds no room is wished again.
  static constexpr size_t kWishesMax = 4096;
  static constexpr size_t kNewsBytes = size_t{1} << 20;

  // `config` and `quiescence`, of as many readers as there are rx lcores, outlive this. ResourceExhausted where memory
  // is refused; else as SessionTrackers::make().
  static Result<std::unique_ptr<SessionLcores>> make(const DataplaneConfig& config, Quiescence& quiescence);
  // Where stop() was not called: the same.
  ~SessionLcores();
  SessionLcores(const SessionLcores&) = delete;
  SessionLcores& operator=(const SessionLcores&) = delete;

  // Joins an rx lcore and an encoder lcore to all session lcores, before either runs.
  void join_rx(size_t rx, RxPlan& plan);
  void join_encoder(size_t encoder, EncodeLoopPlan& plan);
  Status start();
  // The rx lcores have ended: reads what they left, tells the encoders that nothing follows, ends.
  void stop();

  // --- control thread ---
  [[nodiscard]] size_t size() const { return lcores_.size(); }
  // Hands it over; waits where the lcore has not come to what was handed over before.
  void change(size_t lcore, WatchChange change);
  // Returns when all that was handed over to any of them is in force: encoders can know of it, and rx lcores match by
  // it.
  void wait_until_in_force();
  // What other dataplanes are to know: visit(const SessionReport&) for each report that the lcore's desk made for them,
  // in order, until one is answered with false, which stays with those behind it. True: none was.
  // One without CIN: tell_all() of its `session` is done.
  template <typename Visit>
  bool take_news(size_t lcore, Visit visit) {
    SpscByteRing& ring = *lcores_[lcore]->news.bytes;
    const Bytes waiting = ring.readable();
    size_t taken = 0;
    while (taken < waiting.size()) {
      SessionReport report;
      SessionReportParts parts;
      const size_t bytes = read_session_report(waiting.subspan(taken), report, parts);
      if (!visit(report)) break;
      taken += bytes;
    }
    ring.release(taken);
    return taken == waiting.size();
  }
  // Every session that is followed will be news, and then `number`, which is not 0 and never used again.
  void tell_all(size_t lcore, uint64_t number) {
    change(lcore, {.table = nullptr, .added = {}, .removed = {}, .remotes = {}, .tell_all = number});
  }
  // Rung when there are news.
  [[nodiscard]] Doorbell& news_bell() { return *news_bell_; }
  // Nothing: no task of this lcore wants more CINs.
  std::optional<CinWish> next_wish(size_t lcore) { return lcores_[lcore]->wishes.pop(); }

  // --- any thread ---
  [[nodiscard]] const SessionLoop& loop(size_t lcore) const { return *lcores_[lcore]->loop; }
  [[nodiscard]] const SessionDesk& desk(size_t lcore) const { return *lcores_[lcore]->desk; }
  [[nodiscard]] const SessionBook& book(size_t lcore) const { return *lcores_[lcore]->book; }
  // Null: sessions are not kept before the end.
  [[nodiscard]] const SnapshotCounters* snapshots() const { return writer_ ? &writer_->counters() : nullptr; }
  [[nodiscard]] const SessionTrackers& trackers(size_t lcore) const { return lcores_[lcore]->trackers; }
  [[nodiscard]] const DatagramAssembly& assembly(size_t lcore) const { return *lcores_[lcore]->assembly; }
  // Null: no set has calls.
  [[nodiscard]] const sip::CallDesk* calls(size_t lcore) const { return lcores_[lcore]->calls.get(); }

 private:
  struct Lcore {
    std::vector<std::unique_ptr<MatchRing>> signals;   // from each rx lcore
    std::vector<std::unique_ptr<ReportRing>> reports;  // to each encoder lcore
    SpscQueue<WatchChange> changes{kChangesMax};
    SpscQueue<CinWish> wishes{kWishesMax};
    ReportRing news;  // to the control thread
    std::unique_ptr<BindingTable> bindings;
    std::unique_ptr<SessionBook> book;
    SessionKeeper* keeper = nullptr;  // the writer's
    SessionTrackers trackers;
    std::unique_ptr<SessionDesk> desk;
    std::unique_ptr<sip::CallDesk> calls;  // null: no set has any
    std::unique_ptr<DatagramAssembly> assembly;
    std::unique_ptr<SessionLoop> loop;
    uint64_t changes_pushed = 0;  // control thread's
    Nap nap;                      // rx lcores end it
  };

  explicit SessionLcores(const DataplaneConfig& config);
  [[nodiscard]] Result<Snapshot> find_snapshot() const;
  void restore(const Snapshot& snapshot);
  void keep() const;
  Result<std::unique_ptr<Lcore>> make_lcore(Quiescence& quiescence);
  Status make_desk(Lcore& lcore);
  Status make_calls(Lcore& lcore);
  Status make_loop(Lcore& lcore, Quiescence& quiescence);
  Status make_rings(Lcore& lcore) const;
  static Tracker* clocks_of(const Lcore& lcore);
  void run(Lcore& lcore) const noexcept;

  const DataplaneConfig& config_;
  std::shared_ptr<const SignalSources> sources_;
  SnapshotKeys keys_;
  std::unique_ptr<Doorbell> news_bell_;
  std::vector<std::unique_ptr<Lcore>> lcores_;
  std::unique_ptr<SnapshotWriter> writer_;  // null: sessions are kept at the end alone, or not at all
  std::atomic<bool> stop_{false};
  std::vector<std::unique_ptr<LcoreThread>> threads_;
};

}  // namespace lictor
