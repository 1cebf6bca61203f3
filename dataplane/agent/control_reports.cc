// What the control thread says of itself: statistics, losses, the clock. Control thread.
#include <spdlog/spdlog.h>

#include <utility>

#include "dataplane/agent/control_thread.h"
#include "dataplane/agent/session_statistics.h"
#include "dataplane/agent/statistics.h"

namespace lictor {
namespace {

SocketTime later(SocketTime time, int64_t ms) { return {time.ns + ms * 1'000'000}; }

}  // namespace

void ControlThread::report_if_due(LegalTime now, SocketTime socket) {
  tell_statistics();
  read_statistics_if_due(now, socket);
}

// With thousands of tasks a part each time: answers would wait behind all of them.
void ControlThread::tell_statistics() {
  if (!telling_ && !client_->has_statistics()) telling_ = reporter_->take_message();
  if (!telling_) return;
  if (!session_.in_sync()) return telling_.reset();
  if (!client_->can_send()) return;
  v1::DataplaneMessage message;
  std::optional<v1::TaskStatisticsPart> part;
  if (session_.takes_parts()) part = take_part(*telling_);
  if (part) {
    *message.mutable_tasks() = *std::move(part);
    client_->send(std::move(message));
    return;
  }
  *message.mutable_statistics() = *std::exchange(telling_, std::nullopt);
  v1::ClockStatistics& clock = *message.mutable_statistics()->mutable_clock();
  clock.set_untrusted(clock_.is_doubtful());
  clock.set_steps(clock_.steps());
  clock.set_unix_ns(legal_now().unix_ns);
  client_->send(std::move(message));
}

void ControlThread::read_statistics_if_due(LegalTime now, SocketTime socket) {
  if (!reading_) {
    if (socket < report_at_) return;
    report_at_ = later(socket, config_.statistics_interval_ms);
    reading_ = begin_statistics(engine_, config_, now);
    views_.begin(registry_);
  }
  if (!views_.turn(registry_)) return;
  StatisticsReading reading = *std::exchange(reading_, std::nullopt);
  reading.tasks = views_.take();
  end_statistics(reading, engine_, registry_, config_);
  const bool listens = config_.signalling.always || !reading.tasks.empty();
  ports_.look(read_ports(engine_, config_, reading.whole), read_damage(reading.whole), now);
  if (engine_.sessions() != nullptr) {
    SessionReading sessions = read_session_watch(*engine_.sessions(), engine_.rx_accounts());
    sessions.sip_awaited &= listens;
    sessions_watched_.look(sessions, now);
  }
  reporter_->report(std::move(reading));
}

// However seldom statistics are asked for: what was given up is told before a window's end.
void ControlThread::look_at_losses(LegalTime now, SocketTime socket) {
  if (socket < losses_look_at_) return;
  losses_look_at_ = later(socket, kLossesLookMs);
  registry_.tell_given_up(now);
  const auto rule_of = [this](const std::string& id) { return registry_.backlog_rule(id); };
  for (const BacklogWatch::Told& told : backlogs_.look(engine_.handover().statistics(), rule_of, now, socket, alarms_))
    registry_.tell_destination(told.destination_id, told.text);
}

// Windows, leases and time stamps come from the host's clock: the operator and every agency with an active warrant hear
// that it cannot be trusted, and when it can again.
void ControlThread::look_at_clock(SocketTime socket) {
  if (!config_.alarms.time_watched || socket < clock_look_at_) return;
  clock_look_at_ = later(socket, kClockLookMs);
  const ClockReading reading = read_clock_state();
  const std::optional<ClockWatch::Told> told = clock_.look(reading);
  if (!told) return;
  alarms_.raise({.code = "time_untrusted",
                 .severity = told->trusted ? AlarmSeverity::kInformation : AlarmSeverity::kCritical,
                 .xid = {},
                 .destination_id = {},
                 .text = told->text,
                 .raised = reading.legal,
                 .cleared = told->trusted,
                 .count = 0});
  registry_.tell_time(told->trusted, told->text);
}

// Who was revoked signs nothing more that is taken here; and a list that nobody renews is told before it refuses all.
void ControlThread::look_at_approvers(SocketTime socket, LegalTime now) {
  if (judges_.orders == nullptr || socket < approvers_look_at_) return;
  approvers_look_at_ = later(socket, kClockLookMs);
  const Status status = judges_.orders->refresh(now);
  if (approvers_told_ == status.message()) return;
  approvers_told_ = std::string(status.message());
  if (!status.ok()) spdlog::error("control.orders.approvers: {}", approvers_told_);
  alarms_.raise({.code = "approver_list",
                 .severity = status.ok() ? AlarmSeverity::kInformation : AlarmSeverity::kCritical,
                 .xid = {},
                 .destination_id = {},
                 .text = approvers_told_,
                 .raised = now,
                 .cleared = status.ok(),
                 .count = 0});
}

void ControlThread::report_end() {
  StatisticsReporter reporter(config_.statistics_file);
  reporter.report(read_statistics(engine_, registry_, config_, legal_now()));
}

}  // namespace lictor
