#include "encoders/lemf/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "encoders/lemf/keepalive_answer.h"

namespace lictor::lemf {
namespace {

bool must_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

Connection::Read Connection::read(size_t octets_max) {
  const MutableBytes room = framer_.room();
  const ssize_t length = ::recv(socket_.get(), room.data(), std::min(room.size(), octets_max), MSG_DONTWAIT);
  if (length < 0 && must_wait(errno)) return {send(), 0};
  if (length <= 0) return {ended(), 0};
  const auto octets = static_cast<size_t>(length);
  framer_.filled(octets);
  if (handle_records() == ConnectionState::kClosed) return {ConnectionState::kClosed, octets};
  return {send(), octets};
}

ConnectionState Connection::handle_records() {
  der::Frame frame = framer_.next();
  for (; frame.status == der::FrameStatus::kRecord; frame = framer_.next()) {
    const der::RecordView& view = intake_.record(frame.record);
    if (view.kind == der::Kind::kKeepAlive) append_keepalive_answer(frame.record, unsent_);
  }
  if (frame.status != der::FrameStatus::kBroken) return ConnectionState::kOpen;
  // Only a new connection starts at a record again.
  intake_.lost_place("what follows begins no record; the connection is closed");
  return ConnectionState::kClosed;
}

ConnectionState Connection::ended() {
  if (framer_.pending() > 0) ++intake_.account().counts().incomplete;
  return ConnectionState::kClosed;
}

ConnectionState Connection::send() {
  while (!unsent_.empty()) {
    const ssize_t sent = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && must_wait(errno)) break;
    if (sent < 0) return ended();
    unsent_.erase(0, static_cast<size_t>(sent));
  }
  return unsent_.size() > kUnsentBytesMax ? ended() : ConnectionState::kOpen;
}

}  // namespace lictor::lemf
