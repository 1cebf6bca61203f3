// One connection of a sender: reads, cuts into records, answers its questions. Non-blocking; on the server's thread.
#pragma once

#include <cstddef>
#include <string>

#include "encoders/der/framer.h"
#include "encoders/lemf/answer.h"
#include "encoders/lemf/channel.h"
#include "encoders/lemf/intake.h"

namespace lictor::lemf {

enum class ConnectionState : uint8_t {
  kOpen,
  kClosed,  // by the peer, or because its stream cannot be followed: destroy it
};

class Connection {
 public:
  // Octets read at once.
  static constexpr size_t kChunkBytes = size_t{256} << 10;
  // Answers that the peer does not read. Who has not read that many is not listening.
  static constexpr size_t kUnsentBytesMax = size_t{64} << 10;

  Connection(Channel channel, Intake& intake, OptionManners manners)
      : channel_(std::move(channel)), intake_(intake), manners_(manners), framer_(kChunkBytes) {}

  struct Read {
    ConnectionState state;
    size_t octets;
  };
  // Reads at most `octets_max` once, and handles the whole records that it has then. What is to be sent is tried too.
  Read read(size_t octets_max);
  // Sends what waits.
  ConnectionState send();
  [[nodiscard]] bool wants_to_send() const { return !unsent_.empty(); }
  // Whether there is more to read that epoll does not tell of.
  [[nodiscard]] bool holds_octets() const { return channel_.holds_octets(); }

 private:
  ConnectionState handle_records();
  // The peer is gone: what came of a record that did not come whole is told.
  ConnectionState ended();

  Channel channel_;
  Intake& intake_;
  const OptionManners manners_;
  der::Framer framer_;
  std::string unsent_;
};

}  // namespace lictor::lemf
