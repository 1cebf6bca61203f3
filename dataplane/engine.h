// The dataplane below its control thread: ports, buffers, rings, tables, lcores and the handover, made and ended in the
// only order that works. Owns what all threads share; each thread writes its own part. Main thread, except where a
// declaration says otherwise.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "dataplane/base/alarm.h"
#include "dataplane/config.h"
#include "dataplane/dpdk/eal.h"
#include "dataplane/dpdk/live_table.h"
#include "dataplane/dpdk/mbuf_pool.h"
#include "dataplane/dpdk/port.h"
#include "dataplane/encode_lcore.h"
#include "dataplane/idle_gate.h"
#include "dataplane/queue_plan.h"
#include "dataplane/rx_loop.h"
#include "dataplane/rx_tables.h"
#include "dataplane/session_lcores.h"
#include "dataplane/spread_loop.h"
#include "encoders/handover/credential_store.h"
#include "encoders/handover/handover.h"
#include "encoders/handover/peer_book.h"
#include "encoders/integrity/integrity_thread.h"

namespace lictor {

struct SpreadTotals {
  uint64_t dropped = 0;
  uint64_t dropped_bytes = 0;
};

class Engine {
 public:
  // Opens everything that `config` names; EAL is started. The error says which key or device it was. Nothing runs yet,
  // except the handover.
  static Result<std::unique_ptr<Engine>> make(const DataplaneConfig& config, AlarmQueue& alarms);
  // Where stop() was not called: stops at once.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Starts the lcores.
  Status start();
  // Ends receiving, encodes what was copied, delivers for at most `drain_ms`; what is left is accounted as given up.
  // The control thread has ended.
  void stop(uint32_t drain_ms);

  // Lets rx lcores poll: at once where packets are live, when its taps are active in replay. Control thread.
  void open_gate() { open_.store(true, std::memory_order_release); }

  // --- for the control thread ---
  // Whether anything is tapped: called often. Once nothing has been for a while, the lcores that receive sleep.
  void follow_taps(bool tapped, SocketTime now);
  // Before a table with targets is published: returns when every lcore that receives is awake and its queues are empty
  // of what came before.
  void wake_receivers();
  // Often; cheap: a few times a second it holds the cards' clocks against the host's.
  void tend_ports(SocketTime now);
  [[nodiscard]] LiveTable<RxTables>& tables() { return *tables_; }
  [[nodiscard]] Handover& handover() { return *handover_; }
  [[nodiscard]] CredentialStore& credentials() { return *credentials_; }
  [[nodiscard]] IntegrityThread& integrity() { return *integrity_; }
  [[nodiscard]] PeerBook& peers() { return peers_; }
  [[nodiscard]] std::span<TaskAccount> accounts() { return accounts_; }
  [[nodiscard]] std::span<TaskProgress> progress() { return progress_; }
  // Null where no signalling is configured.
  [[nodiscard]] SessionLcores* sessions() { return sessions_.get(); }
  [[nodiscard]] size_t encoders() const { return encoders_.size(); }
  [[nodiscard]] SpscQueue<TaskCommand>& commands(size_t encoder) { return encoders_[encoder]->commands; }
  [[nodiscard]] const EncodeStatistics& encode_statistics(size_t encoder) const {
    return encoders_[encoder]->loop->statistics();
  }
  [[nodiscard]] Doorbell& encoder_bell(size_t encoder) { return *encoders_[encoder]->bell; }
  [[nodiscard]] const Port& port(size_t index) const { return *ports_[index]; }
  // What a port lost, without what it missed while nothing was tapped.
  [[nodiscard]] PortLosses losses(size_t port) const;
  [[nodiscard]] std::vector<RxAccount*> rx_accounts() const;
  // Frames of a port whose card's stamp cannot be right.
  [[nodiscard]] uint64_t stamps_refused(size_t port) const;
  // How often lcores slept until a port's interrupt.
  [[nodiscard]] uint64_t interrupt_waits() const;
  // What spreaders dropped of a port.
  [[nodiscard]] SpreadTotals spread_totals(size_t port) const;
  // Whether no copy waits between rx lcores and encoders.
  [[nodiscard]] bool rings_empty() const;

 private:
  struct RxLcore {
    explicit RxLcore(const DataplaneConfig& config) : account(config.ports.size(), config.buffers.tasks_max) {}
    RxAccount account;
    std::vector<std::unique_ptr<MatchRing>> rings;  // one an encoder lcore
    RxPlan plan;
  };
  // What a port missed while nothing was tapped; control thread's.
  struct IdleMisses {
    uint64_t before = 0;  // imissed when the present sleep began
    uint64_t missed = 0;  // in earlier sleeps
  };
  // A queue that a spreader lcore receives from.
  struct SpreadSource {
    size_t port = 0;
    SpreadAccount account;
    std::vector<std::unique_ptr<FrameRing>> rings;  // one an rx lcore
  };
  struct EncoderLcore {
    // Commands wait here for at most a round; who finds it full waits.
    static constexpr size_t kCommandsMax = 4096;
    SpscQueue<TaskCommand> commands{kCommandsMax};
    std::unique_ptr<Doorbell> bell;  // rung when a command was pushed
    std::unique_ptr<EncodeLoop> loop;
    EncodeLcorePlan plan;
  };

  Engine(const DataplaneConfig& config, AlarmQueue& alarms);
  Status open_ports();
  void tell_frame_limit(const PortConfig& port, uint32_t bytes);
  Status lock_secrets();
  Status make_rx_lcores();
  Status make_idle_gate();
  Status give_out_queues();
  Status give_to_spreader(const QueueReceiver& receiver, const RxQueue& queue);
  [[nodiscard]] ArrivalPlan arrival_plan(const Port& port) const;
  Status make_encoder_lcores();
  Status make_handover();
  static bool is_taken(const std::unique_ptr<SpreadSource>& source);
  static void drop_rest(SpreadSource& source);

  const DataplaneConfig& config_;
  AlarmQueue& alarms_;
  std::vector<TaskAccount> accounts_;
  std::vector<TaskProgress> progress_;
  BufferPools pools_;
  StampField stamps_;
  std::vector<std::unique_ptr<Port>> ports_;
  std::unique_ptr<Quiescence> quiescence_;
  std::unique_ptr<LiveTable<RxTables>> tables_;
  std::unique_ptr<SessionLcores> sessions_;
  std::unique_ptr<IdleGate> idle_;  // null: lcores never sleep for that nothing is tapped
  std::vector<std::unique_ptr<RxLcore>> rx_lcores_;
  std::vector<std::unique_ptr<SpreadSource>> spread_sources_;
  std::vector<SpreadPlan> spreaders_;
  std::vector<Counter> spreader_waits_;  // by spreader, which writes it
  std::unique_ptr<IntegrityThread> integrity_;
  std::vector<std::unique_ptr<EncoderLcore>> encoders_;
  PeerBook peers_;
  std::unique_ptr<CredentialStore> credentials_;  // outlives the handover
  std::unique_ptr<SpoolDepot> depot_;
  std::unique_ptr<Handover> handover_;
  std::atomic<bool> open_{false};
  std::atomic<bool> stop_spreading_{false};
  std::atomic<bool> stop_receiving_{false};
  std::atomic<bool> stop_encoding_{false};
  std::atomic<int64_t> drain_until_ns_{0};
  bool stopped_ = false;  // main thread
  // Control thread's.
  SocketTime clocks_due_{0};
  SocketTime tapped_at_{0};              // when something was last tapped
  std::vector<IdleMisses> idle_misses_;  // by port
  std::vector<std::unique_ptr<LcoreThread>> encoder_threads_;
  std::vector<std::unique_ptr<LcoreThread>> rx_threads_;
  std::vector<std::unique_ptr<LcoreThread>> spreader_threads_;
};

}  // namespace lictor
