// Keeps the file of sessions new while the process runs: every so often all of them, and behind them, within
// milliseconds, what is not to be believed any more, what became of targets' sessions and what others were given. The
// next file is written beside it as session lcores tell it, piece by piece. So a process that is killed loses news of
// the interval at most, and nobody is taken for whom he was no more. A thread of its own; session lcores never wait
// for it.
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
  // Of a file that is not whole yet, between two waits for the disk: 40 ms where that writes 100 MB a second, in which
  // 50,000 sessions may end.
  static constexpr uint64_t kSliceBytes = uint64_t{4} << 20;
  // Where a file is gone or has grown too much the next one waits no longer than for this much behind the last begin.
  static constexpr int64_t kAgainNs = 5 * kNanosecondsPerSecond;
  // What may come behind a file's sessions, unless they are more than that.
  static constexpr uint64_t kAddedBytesMax = uint64_t{64} << 20;

  struct Source {
    std::unique_ptr<SpscByteRing> ring;
    std::unique_ptr<SessionKeeper> keeper;
  };

  // `config` outlives this.
  SnapshotWriter(const SnapshotConfig& config, const SnapshotKeys& keys, uint64_t added_bytes_max = kAddedBytesMax)
      : config_(config), keys_(keys), added_bytes_max_(added_bytes_max) {}
  ~SnapshotWriter() { stop(); }
  SnapshotWriter(const SnapshotWriter&) = delete;
  SnapshotWriter& operator=(const SnapshotWriter&) = delete;

  // Main thread, before start(). ResourceExhausted where there is no memory. Both outlive this; `clocks` may be null.
  Result<SessionKeeper*> add(const SessionBook& book, const Tracker* clocks = nullptr);
  void start();
  // Behind the session lcores' end; what is written from now on is somebody else's business.
  void stop();

  // What the thread does each kTurnMs. By nobody else while it runs.
  void turn(LegalTime legal, SocketTime socket);

  [[nodiscard]] const SnapshotCounters& counters() const { return counters_; }

 private:
  void take_pieces(Source& source);
  void take_piece(const KeptPiece& piece);
  void begin(LegalTime legal, SocketTime socket);
  void go_on();
  void append();
  void give_up();
  void count_failed(const Status& status);
  void fail(const Status& status);
  void drop_next();
  void hasten();
  void remove_former();
  [[nodiscard]] uint64_t lost() const;

  const SnapshotConfig& config_;
  const SnapshotKeys keys_;
  const uint64_t added_bytes_max_;
  std::vector<Source> sources_;
  SnapshotCounters counters_;
  std::optional<SnapshotFile> file_;  // that news go behind
  std::optional<SnapshotFile> next_;  // that takes its place when it is whole
  std::vector<uint8_t> news_;         // for the file that is there
  std::vector<uint8_t> told_;         // for the next one
  bool has_losses_ = false;           // among news_
  bool is_former_ = true;             // the file is a former process's, which nothing is added to, or there is none
  uint32_t number_ = 0;               // of the round that next_ is of
  size_t ended_ = 0;                  // sources that have told all
  uint64_t settled_ = 0;              // octets of next_
  uint64_t whole_ = 0;                // octets of file_ when it was whole
  uint64_t lost_seen_ = 0;
  SocketTime due_{INT64_MIN};
  SocketTime begun_{};
  std::jthread thread_;
};

}  // namespace lictor
