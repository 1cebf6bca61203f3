// The acts on dataplanes: they attach, are told, answer, report and go.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/registry/keys.h"
#include "control/registry/scope.h"
#include "control/registry/text_rules.h"
#include "control/registry/uuid.h"
#include "control/registry/violations.h"

namespace lictor::control {
namespace {

constexpr int kPortsMax = 256;
constexpr size_t kPortTextMax = 64;
constexpr size_t kVersionMax = 64;
constexpr size_t kInterceptionPointMax = 8;  // TS 102 232-1, PSHeader [6]
constexpr size_t kRefusalBytesMax = 256;
constexpr size_t kIncarnationOctets = 16;
constexpr size_t kDirectiveOctetsPerMessage = size_t{256} << 10;  // no more are added beyond; gRPC takes 4 MiB
constexpr int kAcknowledgementsPerAct = 32;
constexpr int kTasksMax = 1 << 16;  // of one dataplane, that are told of

v1::Alarm refusal_alarm(const std::string& id, const std::string& xid) {
  v1::Alarm alarm;
  alarm.set_code(std::string(kDirectiveRefused));
  alarm.set_severity(v1::ALARM_SEVERITY_CRITICAL);
  alarm.set_network_element_id(id);
  if (const Result<Xid> parsed = parse_uuid(xid); parsed.ok())
    alarm.set_xid(parsed->octets.data(), parsed->octets.size());
  return alarm;
}

using Tasks = google::protobuf::RepeatedPtrField<v1::TaskStatistics>;

// More than a dataplane can have are none.
void move_tasks(Tasks& from, Tasks& to) {
  if (from.size() + to.size() > kTasksMax) return;
  to.Reserve(from.size() + to.size());
  for (v1::TaskStatistics& task : from) to.Add()->Swap(&task);
}

// Those that came before them belong to these statistics.
void join_parts(v1::TaskStatisticsPart& parts, v1::Statistics& statistics) {
  if (parts.tasks().empty()) return;
  move_tasks(*statistics.mutable_tasks(), *parts.mutable_tasks());
  statistics.mutable_tasks()->Swap(parts.mutable_tasks());
  parts.Clear();
}

bool is_short_text(const std::string& text, size_t max) { return is_text(text, 0, max); }

}  // namespace

Status Administration::check_hello(const v1::Hello& hello) const {
  Violations violations;
  violations.expect(is_name(hello.network_element_id(), kNetworkElementIdMax), "hello.network_element_id",
                    fmt::format("must be 1 to {} of A-Z a-z 0-9 . _ : -", kNetworkElementIdMax));
  violations.expect(is_printable(hello.interception_point_id(), 0, kInterceptionPointMax),
                    "hello.interception_point_id",
                    fmt::format("must be 0 to {} printable characters", kInterceptionPointMax));
  violations.expect(hello.incarnation().size() == kIncarnationOctets, "hello.incarnation", "must be 16 octets");
  violations.expect(is_short_text(hello.software_version(), kVersionMax), "hello.software_version",
                    fmt::format("at most {} characters", kVersionMax));
  if (violations.expect(hello.ports_size() <= kPortsMax, "hello.ports", fmt::format("at most {}", kPortsMax)))
    for (int i = 0; i < hello.ports_size(); ++i)
      for (const std::string* text :
           {&hello.ports(i).name(), &hello.ports(i).tap_group(), &hello.ports(i).leg(), &hello.ports(i).driver()})
        violations.expect(is_short_text(*text, kPortTextMax), fmt::format("hello.ports[{}]", i),
                          fmt::format("texts of at most {} characters", kPortTextMax));
  return violations.status();
}

Result<Attachment> Administration::attach(const v1::Hello& hello, Stream stream, const Caller& caller) {
  if (Status status = check_hello(hello); !status.ok()) return status;
  const std::string& id = hello.network_element_id();
  Act act(*this, {.action = "dataplane.attach", .object = id, .caller = caller});
  if (stopped_) return absl::UnavailableError("the daemon is stopping");
  const bool is_new = book_->element(id) == nullptr;
  if (!is_new) act.deed().room = Room::kResuming;
  if (const auto old = stream_of_.find(id); old != stream_of_.end()) {
    if (book_->element(id)->stored.incarnation() != hello.incarnation())
      return refused(absl::StatusCode::kAlreadyExists, "hello.network_element_id",
                     "another live dataplane uses this network-element id");
    leave(act, old->second);  // the same process dialled again: its old stream is dead
  }
  if (const NetworkElement* known = book_->element(id);
      known != nullptr && known->stored.incarnation() == hello.incarnation())
    if (Status status = renew_xids_at(act, id, hello.lab(), hello.resume_generation()); !status.ok()) return status;
  report_first_clock(hello);
  const std::string doubt = doubt_of_time(id);
  const NewTasks new_tasks = doubt.empty() ? NewTasks::kTold : NewTasks::kWithheld;
  FleetPlan plan = book_->begin();
  if (Status status = book_->plan_attach(plan, hello, *registry_, options_.legal_clock(), new_tasks); !status.ok())
    return status;
  const Result<uint64_t> revision = commit(act, {}, plan);
  if (!revision.ok()) return revision.status();
  NetworkElement& element = *book_->element(id);
  element.attached = true;
  element.new_tasks = new_tasks;
  element.sent_generation = plan.full ? 0 : hello.resume_generation();
  // Also after a restart of this daemon, which does not keep what was acknowledged.
  element.acknowledged_generation = std::max(element.acknowledged_generation, element.sent_generation);
  const StreamId stream_id{stream_next_++};
  act.later([this, reading = SessionRelay::Reading{.element = id,
                                                   .incarnation = hello.incarnation(),
                                                   .stream = static_cast<uint64_t>(stream_id),
                                                   .held = taps_of(element),
                                                   .wake = stream.news}] { relay_.attach(reading); });
  sessions_[stream_id] =
      Session{.network_element_id = id, .stream = std::move(stream), .takes_batches = hello.takes_batches()};
  stream_of_[id] = stream_id;
  report_absence(id, false);
  report_waiting(id, doubt);
  if (is_new) report_new(id, caller);
  spdlog::info("dataplane {} attached, {}", id, plan.full ? "told everything" : "resumed");
  Attachment attachment{.id = stream_id, .welcome = {}};
  attachment.welcome.set_fleet_id(book_->fleet().fleet_id());
  attachment.welcome.set_epoch(book_->fleet().epoch());
  attachment.welcome.set_generation(book_->fleet().generation());
  attachment.welcome.set_full(plan.full);
  attachment.welcome.set_takes_batches(true);
  attachment.welcome.set_clock_unix_ns(options_.legal_clock().unix_ns);
  return attachment;
}

// Signed here, on its way out: by then the keys have joined it, and it is bound to the process that it goes to. Not
// under the mutex: each dataplane's stream signs on its own thread. What cannot be signed does not go out: the stream
// ends, and the dataplane comes back for what it has not got.
std::optional<v1::ControlMessage> Administration::next_message(StreamId id) {
  DirectiveReader reader;
  std::optional<v1::ControlMessage> message = next_unsigned(id, reader);
  if (options_.signer == nullptr || !message) return message;
  const Result<bool> is_signed = sign(reader, *message);
  if (is_signed.ok() && !*is_signed) return message;
  report_signing(is_signed.status());
  if (is_signed.ok()) return message;
  end_stream(id);
  return std::nullopt;
}

void Administration::report_signing(const Status& status) {
  if (signing_fails_.exchange(!status.ok()) == !status.ok()) return;
  if (!status.ok()) spdlog::error("directives cannot be signed: {}", std::string(status.message()));
  report_own("directive_unsigned", v1::ALARM_SEVERITY_CRITICAL,
             status.ok() ? "" : "directives cannot be signed, and are not sent: dataplanes go on with what they hold");
}

void Administration::end_stream(StreamId id) {
  Act act(*this);
  if (const auto session = sessions_.find(id); session != sessions_.end()) act.later(session->second.stream.cancel);
}

Result<bool> Administration::sign(const DirectiveReader& reader, v1::ControlMessage& message) const {
  std::vector<Bytes> octets;
  if (message.has_directive()) octets.push_back(as_bytes(message.directive().directive()));
  for (const std::string& directive : message.directives().directives()) octets.push_back(as_bytes(directive));
  if (octets.empty()) return false;
  Result<std::string> signature = message.has_directive() ? options_.signer->sign(reader, octets.front())
                                                          : options_.signer->sign_batch(reader, octets);
  if (!signature.ok()) return signature.status();
  const auto put = [&](auto& carrier) {
    carrier.set_signature(*std::move(signature));
    carrier.set_key_id(options_.signer->key_id());
  };
  message.has_directive() ? put(*message.mutable_directive()) : put(*message.mutable_directives());
  return true;
}

bool Administration::put_directives(const Session& session, NetworkElement& element,
                                    v1::ControlMessage& message) const {
  if (!session.takes_batches) {
    std::optional<v1::SignedDirective> directive = book_->next_directive(element);
    if (directive) *message.mutable_directive() = *std::move(directive);
    return directive.has_value();
  }
  std::vector<v1::SignedDirective> directives =
      book_->next_directives(element, kDirectiveBatchMax, kDirectiveOctetsPerMessage);
  for (v1::SignedDirective& directive : directives)
    message.mutable_directives()->add_directives(std::move(*directive.mutable_directive()));
  return !directives.empty();
}

std::optional<v1::ControlMessage> Administration::next_unsigned(StreamId id, DirectiveReader& reader) {
  Act act(*this);
  const auto session = sessions_.find(id);
  if (session == sessions_.end()) return std::nullopt;
  v1::ControlMessage message;
  NetworkElement& element = *book_->element(session->second.network_element_id);
  const uint64_t sent_before = element.sent_generation;
  if (put_directives(session->second, element, message)) {
    follow_sent(act, id, element, sent_before);
    reader = {.fleet_id = book_->fleet().fleet_id(),
              .network_element_id = session->second.network_element_id,
              .incarnation = element.stored.incarnation()};
    return message;
  }
  if (session->second.in_sync) {
    std::deque<v1::ControlMessage>& orders = session->second.orders;
    if (orders.empty()) return std::nullopt;
    message = std::move(orders.front());
    orders.pop_front();
    return message;
  }
  if (std::optional<v1::SessionNews> news = relay_.next(static_cast<uint64_t>(id))) {
    *message.mutable_session_news() = *std::move(news);
    return message;
  }
  session->second.in_sync = true;
  relay_.in_sync(static_cast<uint64_t>(id));
  message.mutable_in_sync()->set_generation(book_->fleet().generation());
  return message;
}

void Administration::report(StreamId id, v1::DataplaneMessage message) {
  if (message.has_acknowledgements()) return report_acknowledgements(id, message.acknowledgements());
  if (message.has_session_news()) return relay_.take(static_cast<uint64_t>(id), *message.mutable_session_news());
  Act act(*this);
  const auto session = sessions_.find(id);
  if (session == sessions_.end()) return;
  const std::string& element = session->second.network_element_id;
  act.deed().object = element;
  switch (message.kind_case()) {
    case v1::DataplaneMessage::kAcknowledgement:
      return on_acknowledgement(act, element, message.acknowledgement());
    case v1::DataplaneMessage::kTasks:
      return move_tasks(*message.mutable_tasks()->mutable_tasks(), *session->second.tasks.mutable_tasks());
    case v1::DataplaneMessage::kStatistics:
      join_parts(session->second.tasks, *message.mutable_statistics());
      return on_statistics(act, element, *message.mutable_statistics());
    case v1::DataplaneMessage::kAlarm: {
      v1::Alarm& alarm = *message.mutable_alarm();
      if (ends_acknowledged(alarm)) return;  // no dataplane's business
      alarm.DiscardUnknownFields();
      alarm.set_network_element_id(element);
      if (alarm.raised_unix_ns() == 0) alarm.set_raised_unix_ns(options_.legal_clock().unix_ns);
      return alarms_->report(std::move(alarm));
    }
    case v1::DataplaneMessage::kAcceptance:
      return acceptances_.report(element, std::move(*message.mutable_acceptance()), options_.legal_clock(),
                                 options_.socket_clock());
    case v1::DataplaneMessage::kCinRequest:
      return on_cin_request(act, element, message.cin_request());
    case v1::DataplaneMessage::kSessionNews:       // above
    case v1::DataplaneMessage::kAcknowledgements:  // above
    case v1::DataplaneMessage::kHello:             // a second one: the stream's first message was it
    case v1::DataplaneMessage::KIND_NOT_SET:
      return;
  }
}

// Refusals are stored: between some of them others have their turn.
void Administration::report_acknowledgements(StreamId id, const v1::Acknowledgements& batch) {
  for (int next = 0; next < batch.acknowledgements_size();) {
    Act act(*this);
    const auto session = sessions_.find(id);
    if (session == sessions_.end()) return;
    act.deed().object = session->second.network_element_id;
    for (int end = std::min(next + kAcknowledgementsPerAct, batch.acknowledgements_size()); next < end; ++next)
      on_acknowledgement(act, session->second.network_element_id, batch.acknowledgements(next));
  }
}

void Administration::on_acknowledgement(Act& act, const std::string& id, const v1::Acknowledgement& acknowledgement) {
  NetworkElement& element = *book_->element(id);
  const uint64_t generation = acknowledgement.generation();
  if (generation == 0 || generation > element.sent_generation) return;  // it was never sent that
  element.acknowledged_generation = std::max(element.acknowledged_generation, generation);
  if (acknowledgement.result() != v1::DIRECTIVE_RESULT_APPLIED) {
    const std::string reason =
        is_text(acknowledgement.reason(), 1, kRefusalBytesMax) ? acknowledgement.reason() : "(no reason given)";
    on_refusal(act, id, generation, reason);
    return acknowledgements_.refused(id, generation, reason);
  }
  if (const auto logged = element.log.find(generation); logged != element.log.end())
    if (element.holds.at(logged->second).refusal().empty())  // else of the same telling as what was refused
      clear_refusal_alarm(id, logged->second);
  acknowledgements_.applied(id, generation);
}

void Administration::on_refusal(Act& act, const std::string& id, uint64_t generation, const std::string& reason) {
  const NetworkElement& element = *book_->element(id);
  const auto logged = element.log.find(generation);
  if (logged == element.log.end()) return;  // of a directive that was replaced meanwhile
  StoredHold hold = element.holds.at(logged->second);
  if (hold.refusal() == reason) return;  // said again: there is nothing new to store or enter
  hold.set_refusal(reason);
  FleetPlan plan = book_->begin();
  plan.holds[id][hold.xid()] = hold;
  act.deed().action = "dataplane.refuses";
  act.deed().fields = {{"xid", hold.xid()}};
  if (const Result<uint64_t> revision = commit(act, {}, plan); !revision.ok())
    spdlog::error("a refusal of dataplane {} could not be stored: {}", id, std::string(revision.status().message()));
  spdlog::warn("dataplane {} refuses task {}", id, hold.xid());
  v1::Alarm alarm = refusal_alarm(id, hold.xid());
  alarm.set_text(reason);
  alarm.set_raised_unix_ns(options_.legal_clock().unix_ns);
  alarms_->report(std::move(alarm));
}

void Administration::on_statistics(Act& act, const std::string& id, v1::Statistics& statistics) {
  NetworkElement& element = *book_->element(id);
  report_clock(id, statistics.clock(), false);
  FleetBook::take_statistics(element, statistics);
  std::set<std::string> delivered;
  for (const v1::TaskStatistics& task : element.statistics.tasks()) {
    if (task.state() != v1::TAP_STATE_ENDED) continue;
    const Result<Xid> xid = Xid::from_octets(as_bytes(task.xid()));
    if (!xid.ok()) continue;
    const auto hold = element.holds.find(xid->to_string());
    if (hold == element.holds.end()) continue;
    uint64_t ended = hold->second.withdrawal().generation();
    if (ended == 0 && FleetBook::only_drains(hold->second)) ended = hold->second.mediation().generation();
    if (ended != 0 && ended <= element.acknowledged_generation) delivered.insert(hold->first);
  }
  if (delivered.empty()) return;
  FleetPlan plan = book_->begin();
  book_->plan_removal(plan, id, delivered);
  act.deed().action = "dataplane.delivered";
  act.deed().fields = {{"tasks", std::to_string(delivered.size())}};
  if (const Result<uint64_t> revision = commit(act, {}, plan); !revision.ok()) {
    spdlog::error("delivered tasks of dataplane {} could not be removed: {}", id,
                  std::string(revision.status().message()));
    return;
  }
  erase_unused_keys(delivered);
}

void Administration::detach(StreamId id) {
  Act act(*this);
  const auto session = sessions_.find(id);
  if (session == sessions_.end()) return;  // another stream of the same process took its place
  const std::string element = session->second.network_element_id;
  leave(act, id);
  account_.event({.action = "dataplane.detach", .object = element}, "ok");
  report_absence(element, true);
  spdlog::warn("dataplane {} detached", element);
}

void Administration::leave(Act& act, StreamId id) {
  const auto session = sessions_.find(id);
  const std::string element = session->second.network_element_id;
  act.later(std::move(session->second.stream.cancel));
  relay_.detach(static_cast<uint64_t>(id));
  sessions_.erase(session);
  stream_of_.erase(element);
  clocks_.forget(element);
  book_->element(element)->attached = false;
  acknowledgements_.detached(element);
  acceptances_.dataplane_left(element, options_.legal_clock());
}

void Administration::clear_refusal_alarm(const std::string& id, const std::string& xid) {
  v1::Alarm alarm = refusal_alarm(id, xid);
  if (!alarms_->stands(alarm)) return;
  alarm.set_cleared_unix_ns(options_.legal_clock().unix_ns);
  alarms_->report(std::move(alarm));
}

// It is told what all others are told: somebody says that he knows it. In a laboratory they come and go.
void Administration::report_new(const std::string& id, const Caller& caller) {
  if (options_.policy.lab) return;
  v1::Alarm alarm;
  alarm.set_code(std::string(kDataplaneNew));
  alarm.set_severity(v1::ALARM_SEVERITY_CRITICAL);
  alarm.set_network_element_id(id);
  report_standing(std::move(alarm), fmt::format("attached for the first time, as {}", caller.name));
  write_alarms();  // at its next start lictord knows it already
}

void Administration::report_absence(const std::string& id, bool away) {
  const LegalTime now = options_.legal_clock();
  v1::Alarm alarm;
  alarm.set_code("dataplane_detached");
  alarm.set_severity(v1::ALARM_SEVERITY_CRITICAL);
  alarm.set_network_element_id(id);
  alarm.set_raised_unix_ns(now.unix_ns);
  if (away)
    alarm.set_text("the dataplane is not connected; it goes on with what it holds");
  else
    alarm.set_cleared_unix_ns(now.unix_ns);
  if (away != alarms_->stands(alarm)) alarms_->report(std::move(alarm));
}

}  // namespace lictor::control
