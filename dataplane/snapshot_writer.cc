#include "dataplane/snapshot_writer.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>

namespace lictor {

Result<SessionKeeper*> SnapshotWriter::add(const SessionBook& book, const Tracker* clocks) {
  Result<std::unique_ptr<SpscByteRing>> ring = SpscByteRing::make(kRingBytes);
  if (!ring.ok()) return ring.status();
  Source& source = sources_.emplace_back();
  source.ring = *std::move(ring);
  source.keeper = std::make_unique<SessionKeeper>(*source.ring, book, clocks);
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
  if (file_) append();
  if (has_losses_ && is_former_) remove_former();
  has_losses_ = false;
  if (next_) go_on();
  if (next_ || socket < due_) return;
  due_ = {socket.ns + int64_t{config_.interval_s} * kNanosecondsPerSecond};
  begin(legal, socket);
}

uint64_t SnapshotWriter::lost() const {
  uint64_t lost = 0;
  for (const Source& source : sources_) lost += source.keeper->lost();
  return lost;
}

// What happened before is told by sessions as they are; what happens from now on goes behind them.
void SnapshotWriter::begin(LegalTime legal, SocketTime socket) {
  begun_ = socket;
  Result<SnapshotFile> next = SnapshotFile::begin(config_, {.keys = keys_, .made = legal, .sessions = {}});
  if (!next.ok()) return fail(next.status());
  next_ = *std::move(next);
  ended_ = 0;
  settled_ = 0;
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
  if (next_) told_.insert(told_.end(), piece.item.begin(), piece.item.end());
  if (piece.kind == KeptKind::kWalked) return;
  if (file_) news_.insert(news_.end(), piece.item.begin(), piece.item.end());
  has_losses_ = has_losses_ || piece.kind != KeptKind::kGrown;
}

void SnapshotWriter::append() {
  if (const Status status = file_->append(news_); !status.ok()) {
    news_.clear();
    file_.reset();
    remove_snapshot(config_);  // it would say of somebody what is not so any more
    return count_failed(status);
  }
  if (!next_ && file_->bytes() - whole_ > std::max(whole_, added_bytes_max_)) hasten();
}

// Between two slices the rings are emptied again. All that the new file was made of lies behind when it takes the place
// of the former one, also what goes behind that.
void SnapshotWriter::go_on() {
  Status status = next_->append(told_);
  const bool is_whole = ended_ == sources_.size();
  if (status.ok() && is_whole) status = next_->finish();
  if (status.ok() && !is_whole && next_->bytes() - settled_ >= kSliceBytes) {
    status = next_->settle();
    settled_ = next_->bytes();
  }
  if (!status.ok()) return fail(status);
  if (!is_whole) return;
  counters_.written.add(1);
  file_ = std::move(next_);
  next_.reset();
  whole_ = file_->bytes();
  is_former_ = false;
}

void SnapshotWriter::count_failed(const Status& status) {
  spdlog::warn("sessions are not kept: {}", std::string(status.message()));
  counters_.failed.add(1);
}

// There is no next one before the interval has passed.
void SnapshotWriter::fail(const Status& status) {
  count_failed(status);
  drop_next();
  if (!file_) remove_former();
}

void SnapshotWriter::drop_next() {
  if (next_) next_->drop();
  next_.reset();
  OPENSSL_cleanse(told_.data(), told_.size());
  told_.clear();
}

void SnapshotWriter::remove_former() {
  remove_snapshot(config_);
  is_former_ = false;
}

// The next one is due, but no disk is kept busy with nothing else.
void SnapshotWriter::hasten() { due_.ns = std::min(due_.ns, begun_.ns + kAgainNs); }

// Rather none than one that is wrong.
void SnapshotWriter::give_up() {
  counters_.lost.add(lost() - std::exchange(lost_seen_, lost()));
  drop_next();
  OPENSSL_cleanse(news_.data(), news_.size());
  news_.clear();
  file_.reset();
  remove_former();
  hasten();
}

}  // namespace lictor
