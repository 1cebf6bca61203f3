#include "dataplane/agent/control_thread.h"

#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/random.h>

#include <algorithm>
#include <utility>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

std::vector<CommandLine> lines_to(Engine& engine) {
  std::vector<CommandLine> lines;
  for (size_t i = 0; i < engine.encoders(); ++i) {
    lines.emplace_back(engine.commands(i), engine.encode_statistics(i), &engine.encoder_bell(i));
  }
  return lines;
}

void follow_sessions(const DataplaneConfig& config, Engine& engine, RegistryPlan& plan) {
  SessionLcores* const sessions = engine.sessions();
  if (sessions == nullptr) return;
  plan.signalling = Signalling::kConfigured;
  plan.watches = {
      .lcores = sessions->size(),
      .change = [sessions](size_t lcore, WatchChange change) { sessions->change(lcore, std::move(change)); },
      .wait_until_in_force = [sessions] { sessions->wait_until_in_force(); },
      .form = config.signalling.form,
      .shared_names = config.signalling.shared_names};
}

RegistryPlan plan_of(const DataplaneConfig& config, Engine& engine, AlarmQueue& alarms, std::vector<CommandLine>& lines,
                     PatternCompiler& patterns) {
  RegistryPlan plan{.element = {.network_element_id = config.network_element_id,
                                .interception_point_id = config.interception_point_id,
                                .ports = {}},
                    .replay = config.replay.has_value(),
                    .tables = &engine.tables(),
                    .flow_limits = config.flows,
                    .floods = {.octets = config.handover.lane_backlog_bytes, .wait_ms = config.handover.lane_wait_ms},
                    .before_publishing = [&engine] { engine.wake_receivers(); },
                    .encoders = {},
                    .handover = &engine.handover(),
                    .patterns = &patterns,
                    .peers = &engine.peers(),
                    .integrity = &engine.integrity(),
                    .signing_keys = config.handover.signing_keys,
                    .payload_keys = config.handover.payload_keys,
                    .accounts = engine.accounts(),
                    .progress = engine.progress(),
                    .rx = engine.rx_accounts(),
                    .alarms = &alarms};
  follow_sessions(config, engine, plan);
  for (const PortConfig& port : config.ports) plan.element.ports.push_back({port.name, port.tap_group});
  for (CommandLine& line : lines) plan.encoders.push_back(&line);
  return plan;
}

std::map<std::string, std::string> directories_of(const DataplaneConfig& config) {
  std::map<std::string, std::string> directories;
  if (!config.files.root.empty()) directories["files.root"] = config.files.root;
  if (!config.spool.on_disk) return directories;
  directories["spool.directory"] = config.spool.directory;
  for (const auto& [destination, path] : config.spool.directories)
    directories["spool.directories/" + destination] = path;
  return directories;
}

std::array<uint8_t, 16> random_octets() {
  std::array<uint8_t, 16> octets{};
  LICTOR_CHECK(getrandom(octets.data(), octets.size(), 0) == static_cast<ssize_t>(octets.size()));
  return octets;
}

v1::AlarmSeverity severity_of(AlarmSeverity severity) {
  switch (severity) {
    case AlarmSeverity::kInformation:
      return v1::ALARM_SEVERITY_INFORMATION;
    case AlarmSeverity::kWarning:
      return v1::ALARM_SEVERITY_WARNING;
    case AlarmSeverity::kCritical:
      return v1::ALARM_SEVERITY_CRITICAL;
  }
  return v1::ALARM_SEVERITY_UNSPECIFIED;
}

// Whom it is about goes with it: a XID names nobody to who has the log alone.
void log_alarm(const AlarmEvent& event) {
  const auto level_of = [](AlarmSeverity severity) {
    switch (severity) {
      case AlarmSeverity::kInformation:
        return spdlog::level::info;
      case AlarmSeverity::kCritical:
        return spdlog::level::critical;
      case AlarmSeverity::kWarning:
        break;
    }
    return spdlog::level::warn;
  };
  std::string about;
  if (!event.destination_id.empty()) about += fmt::format(", destination {}", event.destination_id);
  if (event.xid) about += fmt::format(", task {}", event.xid->to_string());
  spdlog::log(event.cleared ? spdlog::level::info : level_of(event.severity), "alarm {}{}{}: {}", event.code,
              event.cleared ? " is over" : "", about, event.text);
}

v1::DataplaneMessage message_of(const AlarmEvent& event) {
  v1::DataplaneMessage message;
  v1::Alarm& alarm = *message.mutable_alarm();
  alarm.set_code(event.code);
  alarm.set_severity(severity_of(event.severity));
  if (event.xid) alarm.set_xid(event.xid->octets.data(), event.xid->octets.size());
  alarm.set_destination_id(event.destination_id);
  alarm.set_text(event.text);
  alarm.set_raised_unix_ns(event.raised.unix_ns);
  if (event.cleared) alarm.set_cleared_unix_ns(event.raised.unix_ns);
  alarm.set_count(event.count);
  return message;
}

Status within(const char* key, const Status& status) {
  return {status.code(), fmt::format("{}: {}", key, std::string(status.message()))};
}

SocketTime later(SocketTime time, int64_t ms) { return {time.ns + ms * 1'000'000}; }

}  // namespace

Result<std::unique_ptr<ControlThread>> ControlThread::make(const DataplaneConfig& config, Engine& engine,
                                                           AlarmQueue& alarms) {
  Judges judges;
  const ControlConfig& control = config.control;
  if (!control.directive_keys.empty()) {
    Result<std::unique_ptr<DirectiveKeys>> keys = DirectiveKeys::load(control.directive_keys);
    if (!keys.ok()) return within("control.directive_keys", keys.status());
    judges.keys = *std::move(keys);
  }
  if (control.approvers.names_anybody()) {
    Result<std::unique_ptr<OrderCheck>> orders =
        OrderCheck::make(control.orders_required, control.approvers, control.order_versions);
    if (!orders.ok()) return within("control.orders", orders.status());
    judges.orders = *std::move(orders);
  }
  return std::unique_ptr<ControlThread>(new ControlThread(config, engine, alarms, std::move(judges)));
}

ControlThread::ControlThread(const DataplaneConfig& config, Engine& engine, AlarmQueue& alarms, Judges judges)
    : config_(config),
      engine_(engine),
      alarms_(alarms),
      lines_(lines_to(engine)),
      patterns_(config.patterns, config.rx_lcores.size()),
      registry_(plan_of(config, engine, alarms, lines_, patterns_)),
      incarnation_(random_octets()),
      judges_(std::move(judges)),
      exchange_(engine.sessions() == nullptr ? nullptr
                                             : std::make_unique<SessionExchange>(*engine.sessions(), registry_)),
      session_(registry_, guards(), exchange_.get()),
      acceptance_(registry_, engine.handover(), config.replay.has_value()),
      ports_(alarms, {.silent_leg_s = config.alarms.silent_leg_s,
                      .quiet_s = config.alarms.quiet_s,
                      .tell_agencies = [this](const std::string& text) { registry_.tell_all(text); }}),
      sessions_watched_(alarms, config.alarms.quiet_s),
      files_({.signing_keys = config.handover.signing_keys,
              .payload_keys = config.handover.payload_keys,
              .directories = directories_of(config),
              .check_ms = config.handover.credentials.check_ms},
             alarms),
      outages_(int64_t{config.alarms.outage_told_s} * kNanosecondsPerSecond),
      clock_({.error_us_max = config.alarms.time_error_us,
              .step_ns_max = int64_t{config.alarms.time_step_ms} * 1'000'000,
              .settle_ns = int64_t{config.alarms.time_settle_s} * kNanosecondsPerSecond}) {}

ControlThread::~ControlThread() { stop(); }

void ControlThread::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "control");
    run_control_loop();
  });
}

void ControlThread::stop() {
  stop_.store(true, std::memory_order_release);
  if (thread_.joinable()) thread_.join();
}

void ControlThread::run_control_loop() {
  client_ = std::make_unique<FleetClient>(config_.control);
  if (exchange_ != nullptr) news_ = std::jthread([this](std::stop_token stop) { wake_for_news(std::move(stop)); });
  reporter_ = std::make_unique<StatisticsReporter>(config_.statistics_file);
  while (!stop_.load(std::memory_order_acquire)) {
    attach_if_due(socket_now());
    listen();
    const LegalTime now = legal_now();
    registry_.tick(now, socket_now());
    ask_for_cins();
    exchange_sessions();
    open_gate_if_due(now);
    engine_.follow_taps(registry_.taps_anybody(), socket_now());
    engine_.tend_ports(socket_now());
    engine_.credentials().follow(socket_now(), now);
    files_.look(socket_now(), now);
    look_at_clock(socket_now());
    look_at_approvers(socket_now(), now);
    collect_alarms(now);
    send_alarms();
    follow_acceptance(now);
    look_at_losses(now, socket_now());
    report_if_due(now, socket_now());
  }
  reporter_.reset();
  if (exchange_ != nullptr) {
    news_.request_stop();
    engine_.sessions()->news_bell().ring();
    news_.join();
  }
  client_.reset();
}

SessionGuards ControlThread::guards() const {
  return {.keys = judges_.keys.get(),
          .orders = judges_.orders.get(),
          .alarms = &alarms_,
          .live = !config_.lab,
          .network_element_id = config_.network_element_id,
          .incarnation = std::string(incarnation_.begin(), incarnation_.end())};
}

void ControlThread::attach_if_due(SocketTime socket) {
  if (attached_ || socket < attach_at_) return;
  look_at_clock(socket);  // what lictord is told of it decides what it begins here
  v1::Hello greeting = hello();
  session_.greet(greeting);
  attached_ = true;
  if (const Status status = client_->attach(greeting); !status.ok()) leave_lictord(std::string(status.message()));
}

v1::Hello ControlThread::hello() const {
  v1::Hello hello;
  hello.set_network_element_id(config_.network_element_id);
  hello.set_interception_point_id(config_.interception_point_id);
  hello.set_incarnation(incarnation_.data(), incarnation_.size());
  hello.set_software_version(LICTOR_VERSION);
  hello.set_lab(config_.lab);
  for (size_t i = 0; i < config_.ports.size(); ++i) {
    v1::PortInfo& port = *hello.add_ports();
    port.set_name(config_.ports[i].name);
    port.set_tap_group(config_.ports[i].tap_group);
    port.set_leg(config_.ports[i].leg);
    port.set_driver(engine_.port(i).driver());
  }
  if (!clock_.is_doubtful()) hello.set_clock_unix_ns(legal_now().unix_ns);
  return hello;
}

// Takes what has come, puts it in force once, acknowledges all of it: a burst of changes costs one table.
void ControlThread::listen() {
  std::chrono::milliseconds wait(registry_.is_at_rest() && !acceptance_.is_busy() ? kIdleTickMs : kTickMs);
  const bool was_in_sync = session_.in_sync();
  const SocketTime gathered_at = later(socket_now(), wait.count() + kGatherMs);
  FleetClient::Received received;
  Status status = absl::OkStatus();
  do {
    received = client_->receive(wait);
    status = take_messages(received.messages, legal_now());
    wait = std::chrono::milliseconds(kTickMs);
  } while (status.ok() && !session_.in_sync() && !received.messages.empty() && socket_now() < gathered_at);
  acknowledge(session_.settle(legal_now()));
  if (!was_in_sync && session_.in_sync()) {
    spdlog::info("attached to lictord as {}", config_.network_element_id);
    reattach_ms_ = kReattachMinMs;
  }
  if (!status.ok()) leave_lictord(std::string(status.message()));
  if (received.ended) leave_lictord(*received.ended);
}

Status ControlThread::take_messages(const std::vector<v1::ControlMessage>& messages, LegalTime now) {
  for (const v1::ControlMessage& message : messages) {
    if (Status status = session_.take(message, now); !status.ok()) return status;
    if (session_.in_sync()) take_order(message, now);
  }
  return absl::OkStatus();
}

void ControlThread::acknowledge(const std::vector<v1::Acknowledgement>& acknowledgements) {
  v1::DataplaneMessage message;
  for (const v1::Acknowledgement& acknowledgement : acknowledgements) {
    if (acknowledgement.result() == v1::DIRECTIVE_RESULT_REFUSED)
      spdlog::warn("directive {} is refused: {}", acknowledgement.generation(), acknowledgement.reason());
    if (!session_.takes_parts()) {
      *message.mutable_acknowledgement() = acknowledgement;
      client_->send(std::exchange(message, {}));
      continue;
    }
    v1::Acknowledgements& batch = *message.mutable_acknowledgements();
    *batch.add_acknowledgements() = acknowledgement;
    if (batch.acknowledgements_size() == kAcknowledgementsPerMessage) client_->send(std::exchange(message, {}));
  }
  if (message.has_acknowledgements()) client_->send(std::move(message));
}

void ControlThread::leave_lictord(const std::string& why) {
  spdlog::warn("not attached to lictord: {}; going on with what is held, next try in {} ms", why, reattach_ms_);
  client_->detach();
  telling_.reset();
  for (auto& [xid, asked] : cins_asked_) asked.told = false;
  acceptance_.lictord_is_away(legal_now());
  attached_ = false;
  attach_at_ = later(socket_now(), reattach_ms_);
  const bool is_local = config_.control.address.starts_with("unix:");
  reattach_ms_ = std::min(reattach_ms_ * 2, is_local ? kReattachLocalMaxMs : kReattachMaxMs);
}

// Live ports are polled from the start; a replay begins when its taps copy.
void ControlThread::open_gate_if_due(LegalTime now) {
  if (gate_open_) return;
  if (config_.replay && registry_.active_count(now) < config_.replay->taps) return;
  if (config_.replay) spdlog::warn("replay: {} taps are active, the capture begins", config_.replay->taps);
  engine_.open_gate();
  gate_open_ = true;
}

void ControlThread::collect_alarms(LegalTime now) {
  for (AlarmEvent& event : alarms_.take_all()) {
    log_alarm(event);
    if (const std::optional<std::string> text = outages_.note(event))
      registry_.tell_connection(event.destination_id, event.xid, *text);
    if (alarms_held_.size() == kAlarmsHeldMax) {
      alarms_held_.pop_front();
      ++alarms_lost_;
    }
    alarms_held_.push_back(std::move(event));
  }
  const uint64_t lost = alarms_lost_ + alarms_.lost();
  if (lost == alarms_lost_told_) return;
  alarms_held_.push_back({.code = "alarms_lost",
                          .severity = AlarmSeverity::kWarning,
                          .xid = {},
                          .destination_id = {},
                          .text = "more alarms were raised than could be kept",
                          .raised = now,
                          .cleared = false,
                          .count = lost - std::exchange(alarms_lost_told_, lost)});
}

// What is no directive: asked for once, and not kept.
void ControlThread::take_order(const v1::ControlMessage& message, LegalTime now) {
  if (message.has_acceptance()) acceptance_.take(message.acceptance(), now);
  if (!message.has_message()) return;
  const v1::OperatorMessage& order = message.message();
  const TaskCommand::Kind kind =
      order.priority() == v1::MESSAGE_PRIORITY_ERROR ? TaskCommand::Kind::kError : TaskCommand::Kind::kNote;
  const size_t told = registry_.send_message(order.agency_id(), order.text(), kind);
  // The end with each that is told: a former process may have raised it, and the end of nothing is nothing to lictord.
  alarms_.raise({.code = "message_not_sent",
                 .severity = told == 0 ? AlarmSeverity::kWarning : AlarmSeverity::kInformation,
                 .xid = {},
                 .destination_id = order.agency_id(),
                 .text = told == 0 ? "an operator's message found no active warrant of its agency: nobody was told"
                                   : "operators' messages find active warrants of the agency again",
                 .raised = now,
                 .cleared = told != 0,
                 .count = told == 0 ? 1U : 0U});
  spdlog::info("an operator's message goes to {} destinations of agency {}", told, order.agency_id());
}

void ControlThread::follow_acceptance(LegalTime now) {
  acceptance_.turn(now, socket_now());
  while (const v1::AcceptanceReport* report = session_.in_sync() ? acceptance_.next_report() : nullptr) {
    v1::DataplaneMessage message;
    *message.mutable_acceptance() = *report;
    if (!client_->send(std::move(message))) return;
    acceptance_.told();
  }
}

void ControlThread::send_alarms() {
  while (session_.in_sync() && !alarms_held_.empty() && client_->send(message_of(alarms_held_.front()))) {
    alarms_held_.pop_front();
  }
}

}  // namespace lictor
