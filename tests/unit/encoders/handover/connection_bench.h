// A Connection on a transport and a clock that the test moves.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/epoll.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "encoders/handover/connection.h"
#include "encoders/spool/memory_spool.h"
#include "tests/unit/encoders/handover/test_records.h"

namespace lictor {

// What the test decides and sees. Shared, because the connection owns its transport.
struct Wire {
  std::deque<Status> connects;  // the outcome of the next attempts; empty: ok
  size_t attempts = 0;
  std::vector<uint16_t> ports;  // of the attempts
  bool open = false;
  size_t room = SIZE_MAX;
  bool full = false;        // the last send() found no room, or not enough
  bool makes_room = false;  // by itself, with the next advance(), as a transport does that holds octets back
  size_t unacknowledged = 0;
  bool acknowledges = true;
  std::vector<uint8_t> sent;  // in this connection
  size_t calls = 0;
  size_t attempts_to_send = 0;
  std::deque<std::vector<uint8_t>> inbound;
  Status broken;
  Status outdated;  // what the security of the connection says
};

class FakeTransport final : public Transport {
 public:
  explicit FakeTransport(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
  Status connect(const SocketAddress& peer) override {
    ++wire_->attempts;
    wire_->ports.push_back(ntohs(reinterpret_cast<const sockaddr_in&>(peer.storage).sin_port));
    wire_->sent.clear();
    wire_->unacknowledged = 0;
    wire_->full = false;
    wire_->broken = absl::OkStatus();
    wire_->open = true;
    return absl::OkStatus();
  }
  Result<bool> finish_connect() override {
    if (wire_->connects.empty()) return true;
    const Status outcome = wire_->connects.front();
    wire_->connects.pop_front();
    if (!outcome.ok()) return outcome;
    return true;
  }
  Status advance() override {
    if (std::exchange(wire_->makes_room, false)) {
      wire_->room = SIZE_MAX;
      wire_->full = false;
    }
    return wire_->outdated;
  }
  Result<size_t> send(Bytes bytes) override {
    if (!wire_->broken.ok()) return wire_->broken;
    const size_t taken = std::min(bytes.size(), wire_->room);
    wire_->room -= taken;
    wire_->full = taken < bytes.size();
    ++wire_->attempts_to_send;
    wire_->calls += taken > 0 ? 1 : 0;
    wire_->sent.insert(wire_->sent.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
    if (!wire_->acknowledges) wire_->unacknowledged += taken;
    return taken;
  }
  Result<size_t> receive(MutableBytes room) override {
    if (!wire_->broken.ok()) return wire_->broken;
    if (wire_->inbound.empty()) return size_t{0};
    const std::vector<uint8_t> bytes = std::move(wire_->inbound.front());
    wire_->inbound.pop_front();
    EXPECT_LE(bytes.size(), room.size());
    std::ranges::copy(bytes, room.begin());
    return bytes.size();
  }
  Result<size_t> unacknowledged() override { return wire_->unacknowledged; }
  void close() override { wire_->open = false; }
  int descriptor() const override { return wire_->open ? 1 : -1; }
  bool wants_write() const override { return wire_->full; }

 private:
  const std::shared_ptr<Wire> wire_;
};

class ConnectionTest : public ::testing::Test {
 protected:
  enum class Peers : uint8_t { kAnybody, kLeftOutOnly };

  explicit ConnectionTest(Peers peers = Peers::kAnybody, std::shared_ptr<TokenBucket> pace = nullptr)
      : accounts_(8), revocations_(8), wire_(std::make_shared<Wire>()), pace_(std::move(pace)) {
    SpoolSet spools;
    spools.live.push_back(*MemorySpool::make(1 << 20));
    connection_ = std::make_unique<Connection>(
        plan(), ConnectionLimits{.retry_min_ms = 100, .retry_max_ms = 1000, .connect_wait_ms = 500, .seed = 1},
        std::move(spools),
        ConnectionContext{.accounts = accounts_,
                          .revocations = &revocations_,
                          .alarms = &alarms_,
                          .resolver = &resolver_,
                          .peers = peers == Peers::kAnybody ? nullptr : &book_,
                          .pace = pace_,
                          .make_transport = [this](const DestinationPlan&) {
                            ++transports_;
                            return std::make_unique<FakeTransport>(wire_);
                          }});
  }

  static DestinationPlan plan() {
    return {.id = "agency/a",
            .side = HandoverSide::kHi2,
            .endpoints = {{.host = "192.0.2.1", .port = 1}, {.host = "192.0.2.2", .port = 2}},
            .keepalive = {.on = true, .idle_ms = 1000, .wait_ms = 300},
            .confirm = {.level = ConfirmLevel::kTransported},
            .codec = test_codec(),
            .security = {.kind = HandoverSecurity::kPlainInIpsec, .tls = {}}};
  }
  bool run() { return connection_->run({now_ms_ * kNanosecondsPerMillisecond}, {}); }
  void after(int64_t ms) {
    now_ms_ += ms;
    run();
  }
  void connect() {
    for (int i = 0; i < 3; ++i) run();
    ASSERT_TRUE(connection_->statistics().connected);
  }
  void add(uint32_t number, size_t bytes = 100) {
    ASSERT_TRUE(append(*connection_->spool(0), {1, number}, bytes));
    connection_->spool(0)->publish();
  }
  void peer_sends(std::vector<uint8_t> bytes) {
    wire_->inbound.push_back(std::move(bytes));
    connection_->ready(EPOLLIN);
    run();
  }
  std::vector<TestRecord> received() { return take_records(wire_->sent); }

  std::vector<TaskAccount> accounts_;
  Revocations revocations_;
  AlarmQueue alarms_;
  Resolver resolver_;
  PeerBook book_;
  std::shared_ptr<Wire> wire_;
  std::shared_ptr<TokenBucket> pace_;  // of the destination
  size_t transports_ = 0;              // made so far
  std::unique_ptr<Connection> connection_;
  int64_t now_ms_ = 1'000'000;
};

}  // namespace lictor
