// One end of Fleet.Attach: messages of lictord in, messages of the dataplane out, without ever waiting for the network.
// Used by the control thread alone; gRPC's own threads fill and empty the queues behind it.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/control_config.h"
#include "lictor/v1/fleet.pb.h"

namespace lictor {

class FleetStream;

class FleetClient {
 public:
  // What waits to be sent at most; beyond, statistics replace statistics and the rest waits with its sender.
  static constexpr size_t kOutgoingMax = 4096;
  // What waits to be handled at most; beyond, nothing is read, so lictord waits.
  static constexpr size_t kIncomingMax = 1024;
  static constexpr size_t kIncomingOctetsMax = size_t{8} << 20;

  explicit FleetClient(ControlConfig control);
  // Ends the stream and waits until gRPC is done with it.
  ~FleetClient();
  FleetClient(const FleetClient&) = delete;
  FleetClient& operator=(const FleetClient&) = delete;

  // Begins a stream with this greeting; whatever stream there was is ended. Whether lictord can be reached shows later.
  // NotFound: a file of control.tls cannot be read, and there is no stream.
  Status attach(const v1::Hello& hello);
  // Ends the stream.
  void detach();

  struct Received {
    std::vector<v1::ControlMessage> messages;
    std::optional<std::string> ended;  // the stream is over: why
  };
  // What has come since the last call. Waits for something, or for wake(), up to `wait`.
  Received receive(std::chrono::milliseconds wait);

  // Whether send() would take a message.
  [[nodiscard]] bool can_send() const;
  // Whether statistics wait to be sent.
  [[nodiscard]] bool has_statistics() const;
  // Sends when the stream is ready. False, and nothing is sent, where too much waits or there is no stream.
  bool send(v1::DataplaneMessage message);

  // Any thread: the control thread has something to do.
  void wake();

 private:
  void forget_stream();

  struct Channel;
  const ControlConfig control_;
  std::unique_ptr<Channel> channel_;
  std::shared_ptr<FleetStream> stream_;  // null: none; written by the control thread, under stream_mutex_
  std::mutex stream_mutex_;
};

}  // namespace lictor
