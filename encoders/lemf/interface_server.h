// One interface of the receiver: its listening socket and its connections, read as fast as its pacer allows. On the
// receiver's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "dataplane/base/clock.h"
#include "encoders/lemf/connection.h"
#include "encoders/lemf/intake.h"
#include "encoders/lemf/listener.h"
#include "encoders/lemf/pacer.h"

namespace lictor::lemf {

class InterfaceServer {
 public:
  // `epoll` gets the listener at once, and the connections while they are not throttled.
  // `tls` null: plain. Whatever is given outlives this.
  InterfaceServer(Listener listener, Intake& intake, const Pace& pace, OptionManners manners, int epoll, SSL_CTX* tls);

  // Whether an event of that descriptor is for this interface.
  [[nodiscard]] bool owns(int fd) const { return fd == listener_.socket.get() || connections_.contains(fd); }
  // Handles an epoll event.
  void ready(int fd, uint32_t events);
  [[nodiscard]] bool throttling() const { return pacer_.throttling(); }
  // While throttling(): reads what may be read now.
  void tick(SocketTime now);
  // Takes what has arrived, new connections too, whatever the pace; answers how many octets.
  size_t drain();
  [[nodiscard]] uint16_t port() const { return listener_.port; }

 private:
  void accept_all();
  // What came of reading: closed ones are forgotten, what waits to be sent is watched.
  void settle(int fd, ConnectionState state);
  void watch_all();

  Listener listener_;
  Intake& intake_;
  Pacer pacer_;
  const OptionManners manners_;
  const int epoll_;
  SSL_CTX* const tls_;
  std::map<int, Connection> connections_;
  bool watched_;  // the connections are in `epoll`
};

}  // namespace lictor::lemf
