// The connected state of a Connection: confirm, receive, send, and watch whether the peer lives.
#include <algorithm>
#include <string>
#include <utility>

#include "dataplane/base/check.h"
#include "encoders/handover/connection.h"

namespace lictor {

bool Connection::exchange(SocketTime now, LegalTime legal) {
  bool busy = false;
  if (const Status status = transport_->advance(); !status.ok()) {
    lost(Lost::kByPeer, std::string(status.message()), now, legal);
    return true;
  }
  // What it held back went out just now: nobody asks epoll for room any more, so epoll will not say that there is some.
  if (!transport_->wants_write()) full_ = false;
  for (const auto step : {&Connection::confirm, &Connection::receive, &Connection::send}) {
    const Result<bool> worked = (this->*step)(now);
    if (!worked.ok()) {
      lost(Lost::kByPeer, std::string(worked.status().message()), now, legal);
      return true;
    }
    busy = *worked || busy;
  }
  watch_peer(now, legal);
  return busy;
}

Result<bool> Connection::confirm(SocketTime now) {
  confirm_.tick(now);
  follow_options(now);
  if (outbox_.in_flight() == 0 && !keepalive_.outstanding() && !acknowledgement_.outstanding()) {
    left_bytes_ = 0;
    return false;
  }
  const Result<size_t> left = transport_->unacknowledged();
  if (!left.ok()) return left.status();
  const uint64_t before = outbox_.in_flight();
  settle(now, *left);
  return outbox_.in_flight() < before;
}

// Octets of the stream that do not count as delivered, where the peer's TCP has not acknowledged the last `left`.
uint64_t Connection::unconfirmed(uint64_t left) const {
  switch (confirm_.level()) {
    case ConfirmLevel::kWritten:
      return 0;
    case ConfirmLevel::kTransported:
      return left;
    case ConfirmLevel::kRead:
      return stream_bytes_ - std::max(read_bytes_, acknowledged_bytes_);
    case ConfirmLevel::kAcknowledged:
      break;
  }
  return stream_bytes_ - acknowledged_bytes_;
}

void Connection::settle(SocketTime now, size_t left) {
  if (left < left_bytes_ || outbox_.in_flight() == 0) progress_ = now;
  left_bytes_ = left;
  keepalive_.reached(stream_bytes_ - left, now);
  acknowledgement_.reached(stream_bytes_ - left, now);
  const uint64_t confirmed = outbox_.confirm(unconfirmed(left));
  if (confirmed == 0) return;
  progress_ = now;
  confirmed_bytes_.add(confirmed);
  confirmed_records_.add(outbox_.confirmed_records() - confirmed_records_.get());
  // Keepalives alone are no progress: records must be among what is confirmed.
  if (record_bytes_ == 0 || stream_bytes_ - outbox_.in_flight() <= first_record_at_) return;
  confirmed_any_ = true;
  confirm_.progressed();
}

Result<bool> Connection::receive(SocketTime) {
  if (!std::exchange(readable_, false)) return false;
  const size_t before = peer_.size();
  peer_.resize(kPeerBytesMax);
  const Result<size_t> received = transport_->receive(MutableBytes(peer_).subspan(before));
  peer_.resize(before + (received.ok() ? *received : 0));
  if (!received.ok()) return received.status();
  if (*received == 0) return false;
  const size_t read = read_peer(peer_);
  peer_.erase(peer_.begin(), peer_.begin() + static_cast<std::ptrdiff_t>(read));
  if (peer_.size() == kPeerBytesMax) {  // longer than anything that a peer has to say
    peer_malformed_.add(1);
    peer_.clear();
  }
  readable_ = true;  // there may be more; the next round asks
  return true;
}

// Answers how many octets are done with.
size_t Connection::read_peer(Bytes received) {
  size_t read = 0;
  while (read < received.size()) {
    const PeerMessage message = plan_.codec.read_peer(received.subspan(read));
    if (message.kind == PeerMessageKind::kIncomplete) break;
    if (message.kind == PeerMessageKind::kMalformed || message.bytes == 0) {
      // What follows cannot be framed. The records do not depend on it: they go on, until an answer is missed.
      peer_malformed_.add(1);
      return received.size();
    }
    LICTOR_CHECK(message.bytes <= received.size() - read);
    read += message.bytes;
    if (!hear(message)) peer_ignored_.add(1);
  }
  return read;
}

Result<bool> Connection::send(SocketTime now) {
  bool busy = false;
  for (size_t budget = kRoundBytesMax; budget > 0 && !full_;) {
    if (request_.empty() && outbox_.between_records()) ask(now);
    const bool request = !request_.empty() && outbox_.between_records();
    const Result<bool> sent = request ? send_request(now) : send_records(now, budget);
    if (!sent.ok()) return sent.status();
    if (!*sent) break;
    busy = true;
  }
  resent_records_.add(outbox_.resent_records() - resent_records_.get());
  return busy;
}

Result<bool> Connection::send_records(SocketTime now, size_t& budget) {
  if ((confirm_.holds() || options_.holds()) && outbox_.between_records()) return false;
  const size_t paced = context_.pace == nullptr ? SIZE_MAX : context_.pace->available(now);
  if (paced == 0 && outbox_.between_records()) return false;
  const Bytes bytes = next_records(now, std::min(kSendBytesMax, paced));
  if (bytes.empty()) return false;
  const Result<size_t> sent = hand_over(bytes, now);
  if (!sent.ok()) return sent.status();
  outbox_.sent(*sent, now);
  if (record_bytes_ == 0) first_record_at_ = stream_bytes_ - *sent;
  record_bytes_ += *sent;
  if (*sent > 0) {
    keepalive_.sent(now, *sent);
    acknowledgement_.sent(now, *sent);
  }
  budget -= std::min(budget, *sent);
  return *sent > 0;
}

// A lane's few octets wait for more behind what it sent last; the others do not wait for them.
Bytes Connection::next_records(SocketTime now, size_t bytes_max) {
  for (size_t tried = 0; tried < outbox_.lanes(); ++tried) {
    const Bytes bytes = outbox_.next(bytes_max);
    const bool gathers = bytes.size() < kGatherBytes && now.ns - outbox_.sent_at().ns < kGatherNs;
    if (bytes.empty() || !gathers || !outbox_.between_records()) return bytes;
  }
  return {};
}

Result<bool> Connection::send_request(SocketTime now) {
  const Result<size_t> sent = hand_over(Bytes(request_).subspan(request_sent_), now);
  if (!sent.ok()) return sent.status();
  // A negotiation that nothing else is before needs no confirmation: the answer is one.
  const bool negotiates =
      question_ == ConnectionQuestion::kOptionRequest || question_ == ConnectionQuestion::kOptionComplete;
  if (!negotiates || outbox_.in_flight() > 0) outbox_.sent_other(*sent);
  request_sent_ += *sent;
  if (request_sent_ == request_.size()) {
    request_.clear();
    request_sent_ = 0;
    asked(now);
  }
  return *sent > 0;
}

Result<size_t> Connection::hand_over(Bytes bytes, SocketTime now) {
  const Result<size_t> sent = transport_->send(bytes);
  if (!sent.ok()) return sent;
  full_ = *sent < bytes.size();
  if (*sent == 0) return sent;
  sent_calls_.add(1);
  sent_bytes_.add(*sent);
  if (context_.pace != nullptr) context_.pace->take(*sent);
  stream_bytes_ += *sent;
  progress_ = now;
  return sent;
}

void Connection::watch_peer(SocketTime now, LegalTime legal) {
  if (keepalive_.overdue(now)) {
    confirm_.unanswered(Marker::kKeepalive);
    lost(Lost::kUnanswered, "a keepalive was not answered in time", now, legal);
    return;
  }
  if (confirm_.marker() == Marker::kAcknowledgement && acknowledgement_.overdue(now)) {
    confirm_.unanswered(Marker::kAcknowledgement);
    lost(Lost::kUnanswered, "an acknowledgement did not come in time", now, legal);
    return;
  }
  const bool waits = full_ || left_bytes_ > 0;
  if (!waits) progress_ = now;
  if (now.ns - progress_.ns >= static_cast<int64_t>(keepalive_.stall_ms()) * kNanosecondsPerMillisecond) {
    lost(Lost::kUnanswered, "the peer takes nothing any more", now, legal);
  }
}

}  // namespace lictor
