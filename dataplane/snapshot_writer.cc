#include "dataplane/snapshot_writer.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstring>
#include <string>
#include <utility>

namespace lictor {

Result<SessionKeeper*> SnapshotWriter::add(const SessionBook& book) {
  Result<std::unique_ptr<SpscByteRing>> ring = SpscByteRing::make(kRingBytes);
  if (!ring.ok()) return ring.status();
  Source& source = sources_.emplace_back();
  source.ring = *std::move(ring);
  source.keeper = std::make_unique<SessionKeeper>(*source.ring, book);
  return source.keeper.get();
}

void SnapshotWriter::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "snapshot");
    while (!stop.stop_requested()) {
      turn(legal_now(), socket_now());
      std::this_thread::sleep_for(std::chrono::milliseconds(kTurnMs));
    }
  });
}

void SnapshotWriter::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void SnapshotWriter::turn(LegalTime legal, SocketTime socket) {
  for (Source& source : sources_) take_pieces(source);
  if (lost() != lost_seen_) give_up();
  if (!news_.empty()) append();
  if (next_ && ended_ == sources_.size()) write();
  if (next_ || socket < due_) return;
  due_ = {socket.ns + int64_t{config_.interval_s} * kNanosecondsPerSecond};
  begin(legal);
}

uint64_t SnapshotWriter::lost() const {
  uint64_t lost = 0;
  for (const Source& source : sources_) lost += source.keeper->lost();
  return lost;
}

// What happened before is told by sessions as they are; what happens from now on goes behind them.
void SnapshotWriter::begin(LegalTime legal) {
  next_ = Snapshot{.keys = keys_, .made = legal, .sessions = {}};
  ended_ = 0;
  ++number_;
  for (Source& source : sources_) source.keeper->ask(number_);
}

void SnapshotWriter::take_pieces(Source& source) {
  const Bytes waiting = source.ring->readable();
  for (Bytes rest = waiting; !rest.empty();) {
    KeptPiece piece;
    rest = rest.subspan(read_kept_piece(rest, piece));
    take_piece(piece);
  }
  source.ring->release(waiting.size());
}

void SnapshotWriter::take_piece(const KeptPiece& piece) {
  if (piece.kind == KeptKind::kWalkEnd) {
    uint32_t number = 0;
    std::memcpy(&number, piece.item.data(), sizeof number);
    if (next_ && number == number_) ++ended_;
    return;
  }
  if (next_) next_->sessions.insert(next_->sessions.end(), piece.item.begin(), piece.item.end());
  const bool is_news = piece.kind != KeptKind::kWalked;
  if (file_ && is_news) news_.insert(news_.end(), piece.item.begin(), piece.item.end());
}

void SnapshotWriter::append() {
  const Status status = file_->append(news_);
  if (status.ok()) return;
  spdlog::warn("sessions are not kept: {}", std::string(status.message()));
  counters_.failed.add(1);
  news_.clear();
  file_.reset();
  remove_snapshot(config_);  // it would say of somebody what is not so any more
}

// All that it was made of lies behind, also what would have gone behind the former file.
void SnapshotWriter::write() {
  Result<SnapshotFile> written = SnapshotFile::write(config_, *next_);
  next_.reset();
  if (written.ok()) {
    counters_.written.add(1);
    file_ = *std::move(written);
    return;
  }
  spdlog::warn("sessions are not kept: {}", std::string(written.status().message()));
  counters_.failed.add(1);
  if (!file_) remove_snapshot(config_);  // a former process's, which nothing is added to
}

// Rather none than one that is wrong.
void SnapshotWriter::give_up() {
  counters_.lost.add(lost() - std::exchange(lost_seen_, lost()));
  next_.reset();
  news_.clear();
  file_.reset();
  remove_snapshot(config_);
}

}  // namespace lictor
