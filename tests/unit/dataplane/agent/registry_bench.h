// A registry on a bench: the real encoder loop, handover and table, with the rounds of the encoder taken by the test
// and a receiver that takes everything. No lcores, no ports.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "dataplane/agent/task_registry.h"
#include "dataplane/base/check.h"
#include "dataplane/classify_flows.h"
#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/parse_frame.h"
#include "encoders/etsi/asn1_codec.h"
#include "tests/unit/dataplane/agent/directives.h"
#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {

// Accepts connections and reads them empty. What came it keeps, a stream a connection.
class TcpSink {
 public:
  explicit TcpSink(uint16_t port = 0) : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof(address);
    LICTOR_CHECK(bind(listener_, any, length) == 0 && listen(listener_, 16) == 0);
    LICTOR_CHECK(getsockname(listener_, any, &length) == 0);
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { accept_all(); });
  }
  ~TcpSink() {
    finish();
    close(listener_);
  }
  [[nodiscard]] size_t connections() {
    const std::lock_guard lock(mutex_);
    return streams_.size();
  }
  // Everything that came: waits for the ends of the connections, which the others close.
  std::vector<std::string> finish() {
    shutdown(listener_, SHUT_RDWR);
    if (accepting_.joinable()) accepting_.join();
    for (std::thread& reader : readers_) reader.join();
    readers_.clear();
    return {streams_.begin(), streams_.end()};
  }
  [[nodiscard]] uint16_t port() const { return port_; }

 private:
  void accept_all() {
    for (int peer = accept(listener_, nullptr, nullptr); peer >= 0; peer = accept(listener_, nullptr, nullptr)) {
      const std::lock_guard lock(mutex_);
      std::string& stream = streams_.emplace_back();
      readers_.emplace_back([this, peer, &stream] {
        char buffer[65536];
        for (ssize_t got = read(peer, buffer, sizeof(buffer)); got > 0; got = read(peer, buffer, sizeof(buffer))) {
          const std::lock_guard kept(mutex_);
          stream.append(buffer, static_cast<size_t>(got));
        }
        close(peer);
      });
    }
  }

  const int listener_;
  uint16_t port_ = 0;
  std::mutex mutex_;
  std::deque<std::string> streams_;
  std::vector<std::thread> readers_;
  std::thread accepting_;
};

struct RegistryBenchPlan {
  uint32_t tasks_max = 4;
  bool replay = false;
  FlowLimits flow_limits;
  FloodLimits floods;
  uint32_t lanes_max = 64;
  bool peers = false;    // the handover asks before it connects
  bool patterns = true;  // can be compiled
  Signalling signalling = Signalling::kNone;
};

class RegistryBench {
 public:
  explicit RegistryBench(RegistryBenchPlan plan = {})
      : accounts_(plan.tasks_max), progress_(plan.tasks_max), rx_(2, plan.tasks_max) {
    asn1::prime_asn1_types();
    quiescence_ = *Quiescence::make(1);
    tables_ = std::make_unique<LiveTable<RxTables>>(*quiescence_, RxTables::make_empty());
    ring_.bytes = *SpscByteRing::make(SpscByteRing::kBytesMin);
    loop_ = std::make_unique<EncodeLoop>(EncodeLoopPlan{
        .rings = {&ring_}, .commands = &commands_, .accounts = accounts_, .progress = progress_, .alarms = &alarms_});
    line_ = std::make_unique<CommandLine>(commands_, loop_->statistics());
    handover_ = *Handover::make({.backlog_bytes = 1 << 20,
                                 .connect_retry_min_ms = 1,
                                 .connect_retry_max_ms = 10,
                                 .peers = plan.peers ? &peers_ : nullptr,
                                 .lanes_max = plan.lanes_max},
                                accounts_, alarms_);
    registry_ = std::make_unique<TaskRegistry>(RegistryPlan{.element = {.network_element_id = "NE-1",
                                                                        .interception_point_id = "",
                                                                        .ports = {{"east", "core"}, {"west", "edge"}}},
                                                            .replay = plan.replay,
                                                            .signalling = plan.signalling,
                                                            .tables = tables_.get(),
                                                            .flow_limits = plan.flow_limits,
                                                            .floods = plan.floods,
                                                            .before_publishing = [this] { ++publications_; },
                                                            .encoders = {line_.get()},
                                                            .handover = handover_.get(),
                                                            .patterns = plan.patterns ? &patterns_ : nullptr,
                                                            .peers = plan.peers ? &peers_ : nullptr,
                                                            .accounts = accounts_,
                                                            .progress = progress_,
                                                            .rx = {&rx_},
                                                            .alarms = &alarms_});
  }

  TaskRegistry& operator*() { return *registry_; }
  TaskRegistry* operator->() { return registry_.get(); }
  Handover& handover() { return *handover_; }

  [[nodiscard]] uint16_t port() const { return sink_.port(); }
  [[nodiscard]] LegalTime now() const { return now_; }
  void advance(int64_t seconds) { now_.unix_ns += seconds * kNanosecondsPerSecond; }

  Status tap(const v1::Tap& message) { return registry_->apply(tap_of(message), now_); }
  Status mediation(const v1::Mediation& message) { return registry_->apply(mediation_of(message), now_); }
  void withdraw(uint8_t number, bool revoked = false) {
    EXPECT_TRUE(registry_->apply(WithdrawalDirective{.xid = xid_of(number), .revoked = revoked}).ok());
  }
  // Tap and mediation of a task, in force.
  Status activate(uint8_t number) {
    Status status = tap(tap_message(number));
    if (status.ok()) status = mediation(mediation_message(number, port()));
    registry_->commit(now_);
    return status;
  }

  // Rounds of the encoder lcore, whose rx lcore has handed over everything up to now.
  void encode() {
    for (int round = 0; round < 4; ++round) {
      ring_.passed(now_);
      loop_->run_once(now_);
    }
  }

  // Rounds of everything until `done`.
  template <typename Done>
  void run_until(Done done) {
    const SocketTime until{socket_now().ns + 30 * kNanosecondsPerSecond};
    while (!done() && socket_now() < until) {
      encode();
      registry_->tick(now_, socket_now());
      std::this_thread::yield();
    }
    EXPECT_TRUE(done());
  }

  [[nodiscard]] std::optional<TaskReport> report(uint8_t number) const {
    for (const TaskView& view : registry_->views()) {
      if (view.xid == xid_of(number)) return view.report;
    }
    return std::nullopt;
  }
  void run_until_reported(uint8_t number, TaskReport wanted) {
    run_until([&] { return report(number) == wanted; });
  }

  // How many tasks the table in force would copy a packet of the target for, which came in at `port` now.
  [[nodiscard]] size_t matches(uint16_t port = 0, const std::vector<Tag>& tags = {}) const {
    return matches_of(ethernet(kIpv4Type, ipv4({}, udp()), tags), port);
  }
  [[nodiscard]] size_t matches_of(const Octets& frame, uint16_t port = 0) const {
    PacketBatch batch;
    batch.count = 1;
    batch.port = port;
    batch.header[0] = frame;
    batch.frame_bytes[0] = static_cast<uint32_t>(frame.size());
    parse_batch(batch, 9000, {});
    MatchBatch verdict(accounts_.size());
    const RxTables& tables = tables_->current();
    const auto lookup = std::make_unique<FlowLookup>();
    ask_flows(batch, *tables.flows, *lookup);
    verdict.clear();
    classify_frame(batch, 0, *tables.targets, now_, verdict);
    classify_flows(batch, 0, *tables.flows, *lookup, now_, verdict);
    verdict.end_frame(0);
    return verdict.tasks(0).size();
  }

  // What goes with the table in force.
  [[nodiscard]] const TaskFilters* filters() const { return tables_->current().targets->filters(); }
  [[nodiscard]] bool is_connected() {
    const std::vector<DestinationStatistics> all = handover_->statistics();
    return !all.empty() && std::ranges::all_of(all, &DestinationStatistics::connected);
  }

  [[nodiscard]] std::vector<std::string> alarm_codes() {
    std::vector<std::string> codes;
    for (const AlarmEvent& alarm : alarms_.take_all()) codes.push_back(alarm.code);
    return codes;
  }
  RxAccount& rx() { return rx_; }
  // Sets of tables that were put in force.
  [[nodiscard]] size_t publications() const { return publications_; }
  // A record of the task in that slot was appended, and then given up.
  void give_up(uint32_t slot) {
    accounts_[slot].encoder.appended.add(1);
    accounts_[slot].hi3.given_up.add(GivenUp::kBacklogMax, 1);
  }
  [[nodiscard]] const EncodeStatistics& encoder() const { return loop_->statistics(); }

 private:
  LegalTime now_{kStart + kNanosecondsPerSecond};
  TcpSink sink_;
  AlarmQueue alarms_;
  std::vector<TaskAccount> accounts_;
  std::vector<TaskProgress> progress_;
  RxAccount rx_;
  size_t publications_ = 0;
  std::unique_ptr<Quiescence> quiescence_;
  std::unique_ptr<LiveTable<RxTables>> tables_;
  MatchRing ring_;
  SpscQueue<TaskCommand> commands_{256};
  PatternCompiler patterns_{{.compile_ms_max = 30'000}, 1};
  PeerBook peers_;
  std::unique_ptr<Handover> handover_;
  std::unique_ptr<EncodeLoop> loop_;
  std::unique_ptr<CommandLine> line_;
  std::unique_ptr<TaskRegistry> registry_;
};

}  // namespace lictor
