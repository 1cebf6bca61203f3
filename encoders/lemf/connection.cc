#include "encoders/lemf/connection.h"

#include <algorithm>

#include "encoders/lemf/answer.h"

namespace lictor::lemf {
Connection::Read Connection::read(size_t octets_max) {
  const MutableBytes room = framer_.room();
  const Channel::Moved moved = channel_.read(room.first(std::min(room.size(), octets_max)));
  if (moved.state == Channel::State::kEnded) return {ended(), 0};
  if (moved.state == Channel::State::kNothingNow) return {send(), 0};
  framer_.filled(moved.octets);
  if (handle_records() == ConnectionState::kClosed) return {ConnectionState::kClosed, moved.octets};
  return {send(), moved.octets};
}

ConnectionState Connection::handle_records() {
  der::Frame frame = framer_.next();
  for (; frame.status == der::FrameStatus::kRecord; frame = framer_.next()) {
    const der::RecordView& view = intake_.record(frame.record);
    if (!is_question(view.kind)) continue;
    intake_.store();  // the answer says that all before it is in good hands
    append_answer(frame.record, view.kind, manners_, unsent_);
  }
  if (frame.status != der::FrameStatus::kBroken) return ConnectionState::kOpen;
  // Only a new connection starts at a record again.
  intake_.lost_place("what follows begins no record; the connection is closed");
  return ConnectionState::kClosed;
}

ConnectionState Connection::ended() {
  if (framer_.pending() > 0) ++intake_.account().counts().incomplete;
  if (channel_.handshake_failed()) ++intake_.account().counts().handshakes_failed;
  return ConnectionState::kClosed;
}

ConnectionState Connection::send() {
  while (!unsent_.empty()) {
    const Channel::Moved moved = channel_.send(as_bytes(unsent_));
    if (moved.state == Channel::State::kEnded) return ended();
    if (moved.state == Channel::State::kNothingNow) break;
    unsent_.erase(0, moved.octets);
  }
  return unsent_.size() > kUnsentBytesMax ? ended() : ConnectionState::kOpen;
}

}  // namespace lictor::lemf
