// The control thread: listens to lictord, keeps the registry of tasks, publishes what rx lcores match against, and
// reports. Goes on with what it holds while lictord is away; starts nothing by itself.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "dataplane/agent/acceptance_desk.h"
#include "dataplane/agent/backlog_watch.h"
#include "dataplane/agent/clock_watch.h"
#include "dataplane/agent/file_watch.h"
#include "dataplane/agent/fleet_client.h"
#include "dataplane/agent/fleet_session.h"
#include "dataplane/agent/outage_book.h"
#include "dataplane/agent/paced_views.h"
#include "dataplane/agent/port_watch.h"
#include "dataplane/agent/session_exchange.h"
#include "dataplane/agent/session_watch.h"
#include "dataplane/agent/statistics_reporter.h"
#include "dataplane/agent/task_registry.h"
#include "dataplane/config.h"
#include "dataplane/engine.h"

namespace lictor {

class ControlThread {
 public:
  // Alarms that wait while lictord is away; beyond, the oldest goes and is counted.
  static constexpr size_t kAlarmsHeldMax = 4096;

  // Everything outlives this. NotFound, FailedPrecondition or InvalidArgument: a file of `control` is unusable.
  static Result<std::unique_ptr<ControlThread>> make(const DataplaneConfig& config, Engine& engine, AlarmQueue& alarms);
  // As stop().
  ~ControlThread();
  ControlThread(const ControlThread&) = delete;
  ControlThread& operator=(const ControlThread&) = delete;

  // Main thread. gRPC's threads descend from this one.
  void start();
  // Main thread. Leaves lictord; the tasks stay as they are.
  void stop();
  // Main thread, after stop() and the engine's stop(): the last account, into the statistics file.
  void report_end();

 private:
  // What directives are judged by; null: by nothing.
  struct Judges {
    std::unique_ptr<DirectiveKeys> keys;
    std::unique_ptr<OrderCheck> orders;
  };
  ControlThread(const DataplaneConfig& config, Engine& engine, AlarmQueue& alarms, Judges judges);

  // How long to wait for lictord's next message before looking after the tasks.
  static constexpr int64_t kTickMs = 10;
  static constexpr int64_t kIdleTickMs = 100;  // without any task
  static constexpr int64_t kClockLookMs = 1000;
  static constexpr int64_t kLossesLookMs = 1000;  // half of GivenUpWatch::kQuietNs
  static constexpr int64_t kReattachMinMs = 100;
  static constexpr int64_t kReattachMaxMs = 2000;
  static constexpr int64_t kReattachLocalMaxMs = 250;  // a socket of this host is asked for nothing
  // A table of thousands of tasks takes tens of milliseconds: of a state that arrives what comes within so long goes
  // into one.
  static constexpr int64_t kGatherMs = 100;
  static constexpr size_t kAcknowledgementsPerMessage = 256;

  void run_control_loop();
  [[nodiscard]] SessionGuards guards() const;
  void attach_if_due(SocketTime socket);
  void listen();
  Status take_messages(const std::vector<v1::ControlMessage>& messages, LegalTime now);
  void acknowledge(const std::vector<v1::Acknowledgement>& acknowledgements);
  void leave_lictord(const std::string& why);
  void report_if_due(LegalTime now, SocketTime socket);
  void read_statistics_if_due(LegalTime now, SocketTime socket);
  void tell_statistics();
  void look_at_losses(LegalTime now, SocketTime socket);
  void look_at_clock(SocketTime socket);
  void look_at_approvers(SocketTime socket, LegalTime now);
  void collect_alarms(LegalTime now);
  void send_alarms();
  void take_order(const v1::ControlMessage& message, LegalTime now);
  void follow_acceptance(LegalTime now);
  void ask_for_cins();
  void exchange_sessions();
  void wake_for_news(std::stop_token stop);
  void open_gate_if_due(LegalTime now);
  [[nodiscard]] v1::Hello hello() const;

  const DataplaneConfig& config_;
  Engine& engine_;
  AlarmQueue& alarms_;
  std::vector<CommandLine> lines_;
  PatternCompiler patterns_;
  TaskRegistry registry_;
  const std::array<uint8_t, 16> incarnation_;
  const Judges judges_;
  std::unique_ptr<SessionExchange> exchange_;  // null: no signalling is configured
  FleetSession session_;
  AcceptanceDesk acceptance_;
  PortWatch ports_;
  SessionWatch sessions_watched_;
  FileWatch files_;
  OutageBook outages_;
  BacklogWatch backlogs_;
  ClockWatch clock_;
  std::unique_ptr<FleetClient> client_;
  std::unique_ptr<StatisticsReporter> reporter_;
  bool attached_ = false;
  SocketTime attach_at_;
  int64_t reattach_ms_ = kReattachMinMs;
  SocketTime report_at_;
  std::optional<StatisticsReading> reading_;  // that was begun
  PacedViews views_;                          // of its tasks
  std::optional<v1::Statistics> telling_;     // what is left of it to tell lictord
  SocketTime losses_look_at_;
  SocketTime clock_look_at_;
  // CINs that were asked for and did not come yet, by the first one of the lease that runs out.
  struct CinsAsked {
    uint32_t leased_first = 0;
    bool told = false;  // on the present stream
  };
  std::map<Xid, CinsAsked> cins_asked_;
  SocketTime approvers_look_at_;
  std::string approvers_told_;  // what is wrong with their files; empty: nothing
  bool gate_open_ = false;
  std::deque<AlarmEvent> alarms_held_;
  uint64_t alarms_lost_ = 0;
  uint64_t alarms_lost_told_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
  std::jthread news_;  // wakes the control thread when session lcores have news
};

}  // namespace lictor
