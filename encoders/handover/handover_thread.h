// One handover thread: gives each of its connections a turn, HI2's before HI3's, then sleeps until a socket is ready or
// a short time has passed. The encoders never wake it: a system call for a record would cost them more than the record.
// Called by the control thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "dataplane/base/clock.h"
#include "dataplane/base/doorbell.h"
#include "dataplane/base/result.h"

namespace lictor {

class Connection;

class HandoverThread {
 public:
  // Rest between two rounds without work: short while records flow, so that one is sent within a fraction of a
  // millisecond; longer when nothing has happened for kLivelyNs.
  static constexpr int64_t kShortRestNs = 200'000;
  static constexpr int64_t kLongRestNs = 1'000'000;
  static constexpr int64_t kLivelyNs = 100'000'000;
  // HI1 and IRI do not wait for the turns of all content: HI2's connections have theirs again after so long.
  static constexpr int64_t kHi2EveryNs = 2'000'000;
  static constexpr int64_t kEmptyRestNs = 1'000'000'000;  // without a connection: an order wakes it

  static Result<std::unique_ptr<HandoverThread>> make();
  // Ends the thread; its connections stay as they are.
  ~HandoverThread();
  HandoverThread(const HandoverThread&) = delete;
  HandoverThread& operator=(const HandoverThread&) = delete;

  // The thread runs this connection from now on.
  void add(Connection* connection);
  // The thread has let go of it when this returns.
  void remove(Connection* connection);
  void stop();

 private:
  HandoverThread(int epoll, std::unique_ptr<Doorbell> bell) : epoll_(epoll), bell_(std::move(bell)) {}

  void order();  // under mutex_
  void run_handover_loop() noexcept;
  bool take_orders();
  bool run_turns();
  bool run_some(size_t first, size_t end, SocketTime& now);
  void watch(Connection& connection);
  void rest(bool busy);

  // What epoll was told about a connection.
  struct Watched {
    uint64_t socket_serial = 0;
    bool wants_write = false;
  };

  const int epoll_;
  const std::unique_ptr<Doorbell> bell_;              // rung with every order
  std::vector<Connection*> connections_;              // handover thread; HI2's are the first
  size_t hi2_count_ = 0;                              // of these
  std::unordered_map<Connection*, Watched> watched_;  // handover thread
  size_t first_ = 0;                                  // whose turn comes first
  int64_t lively_until_ns_ = 0;

  std::mutex mutex_;
  std::condition_variable removed_;
  std::vector<Connection*> to_add_;     // under mutex_
  std::vector<Connection*> to_remove_;  // under mutex_
  bool over_ = false;                   // under mutex_
  std::atomic<bool> ordered_{false};    // one of the three above has changed
  std::thread thread_;
};

}  // namespace lictor
