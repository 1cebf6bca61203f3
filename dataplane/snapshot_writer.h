// Keeps the file of sessions new while the process runs: every so often all of them, and behind them, within
// milliseconds, what is not to be believed any more and what became of targets' sessions. So a process that is killed
// loses news of the interval at most, and nobody is taken for whom he was no more. A thread of its own; session lcores
// never wait for it.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/session/session_keeper.h"
#include "dataplane/snapshot_file.h"

namespace lictor {

// Written by the writer's thread, read by any thread.
struct SnapshotCounters {
  Counter written;  // whole files
  Counter failed;   // files that could not be written or added to
  Counter lost;     // news that found no room: the file was removed, and a new one is made
};

class SnapshotWriter {
 public:
  static constexpr size_t kRingBytes = size_t{1} << 20;  // of each session lcore
  static constexpr int64_t kTurnMs = 5;

  struct Source {
    std::unique_ptr<SpscByteRing> ring;
    std::unique_ptr<SessionKeeper> keeper;
  };

  // `config` outlives this.
  SnapshotWriter(const SnapshotConfig& config, const SnapshotKeys& keys) : config_(config), keys_(keys) {}
  ~SnapshotWriter() { stop(); }
  SnapshotWriter(const SnapshotWriter&) = delete;
  SnapshotWriter& operator=(const SnapshotWriter&) = delete;

  // Main thread, before start(). ResourceExhausted where there is no memory. The book outlives this.
  Result<SessionKeeper*> add(const SessionBook& book);
  void start();
  // Behind the session lcores' end; what is written from now on is somebody else's business.
  void stop();

  // What the thread does each kTurnMs. By nobody else while it runs.
  void turn(LegalTime legal, SocketTime socket);

  [[nodiscard]] const SnapshotCounters& counters() const { return counters_; }

 private:
  void take_pieces(Source& source);
  void take_piece(const KeptPiece& piece);
  void begin(LegalTime legal);
  void write();
  void append();
  void give_up();
  [[nodiscard]] uint64_t lost() const;

  const SnapshotConfig& config_;
  const SnapshotKeys keys_;
  std::vector<Source> sources_;
  SnapshotCounters counters_;
  std::optional<SnapshotFile> file_;  // that news go behind
  std::optional<Snapshot> next_;      // that is being gathered
  std::vector<uint8_t> news_;         // for the file that is there
  uint32_t number_ = 0;               // of the round that next_ is of
  size_t ended_ = 0;                  // sources that have told all
  uint64_t lost_seen_ = 0;
  SocketTime due_{INT64_MIN};
  std::jthread thread_;
};

}  // namespace lictor
