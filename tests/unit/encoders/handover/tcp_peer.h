// A real TCP listener on a thread of its own, which misbehaves as a test orders.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/unit/encoders/eventually.h"
#include "tests/unit/encoders/handover/test_records.h"

namespace lictor {

class TcpPeer {
 public:
  explicit TcpPeer(uint16_t port = 0) : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const int bytes = 32 << 10;  // so that a reader that stops is felt soon
    setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 4), 0);
    socklen_t length = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~TcpPeer() {
    over_.store(true);
    thread_.join();
    hang_up();
    close(listener_);
  }
  TcpPeer(const TcpPeer&) = delete;
  TcpPeer& operator=(const TcpPeer&) = delete;

  [[nodiscard]] uint16_t port() const { return port_; }
  std::atomic<bool> frozen{false};     // reads nothing
  std::atomic<bool> answers{true};     // keepalives
  std::atomic<bool> slow{false};       // reads a little at a time
  std::atomic<size_t> close_after{0};  // octets of a connection; then it is closed. 0: never. Once.
  std::atomic<bool> resets{false};     // closes with RST

  // The octets of each connection so far.
  std::vector<std::vector<uint8_t>> streams() {
    const std::lock_guard lock(mutex_);
    return streams_;
  }
  // Records of all connections in the order received, without keepalives.
  std::vector<TestRecord> records() {
    std::vector<TestRecord> all;
    for (std::vector<uint8_t>& stream : streams()) {
      for (const TestRecord& record : take_records(stream)) {
        if (record.slot != kKeepaliveSlot) all.push_back(record);
      }
    }
    return all;
  }

 private:
  void run() {
    while (!over_.load()) {
      pollfd waiting{.fd = connection_ < 0 ? listener_ : connection_, .events = POLLIN, .revents = 0};
      if (connection_ >= 0 && frozen.load()) waiting.fd = -1;
      if (poll(&waiting, 1, 2) <= 0) continue;
      if (connection_ < 0) {
        connection_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        unparsed_.clear();
        const std::lock_guard lock(mutex_);
        streams_.emplace_back();
      } else {
        read_some();
      }
    }
  }

  void read_some() {
    std::array<uint8_t, 1 << 16> room;
    size_t bytes_max = slow.load() ? 2000 : room.size();
    const size_t limit = close_after.load();
    if (limit > 0) bytes_max = std::min(bytes_max, limit - received_now());
    const ssize_t received = recv(connection_, room.data(), bytes_max, 0);
    if (received <= 0) {
      hang_up();
      return;
    }
    unparsed_.insert(unparsed_.end(), room.begin(), room.begin() + received);
    {
      const std::lock_guard lock(mutex_);
      streams_.back().insert(streams_.back().end(), room.begin(), room.begin() + received);
    }
    answer();
    if (limit > 0 && received_now() >= limit) {
      close_after.store(0);
      hang_up();
    }
  }

  void answer() {
    for (const TestRecord& record : take_records(unparsed_)) {
      if (record.slot != kKeepaliveSlot || !answers.load()) continue;
      const std::vector<uint8_t> response = peer_pdu(kResponseMark, record.number);
      EXPECT_EQ(::send(connection_, response.data(), response.size(), MSG_NOSIGNAL), 8);
    }
  }

  void hang_up() {
    if (connection_ < 0) return;
    if (resets.load()) {
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      setsockopt(connection_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    close(connection_);
    connection_ = -1;
  }

  size_t received_now() {
    const std::lock_guard lock(mutex_);
    return streams_.back().size();
  }

  const int listener_;
  uint16_t port_ = 0;
  int connection_ = -1;
  std::vector<uint8_t> unparsed_;
  std::mutex mutex_;
  std::vector<std::vector<uint8_t>> streams_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace lictor
