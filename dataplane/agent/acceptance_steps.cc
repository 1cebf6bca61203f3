// The steps of an acceptance run, in the order in which they go.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "dataplane/agent/acceptance_run.h"

namespace lictor {
namespace {

constexpr size_t kSmallRecords = 16;
constexpr size_t kSmallBytes = 28;
// A frame of Ethernet, a jumbo frame, and the longest packet that IP has.
constexpr std::array<size_t, 3> kLargeBytes = {1500, 9000, 65535};
constexpr size_t kOutageRecords = 8;  // before the connections are cut, and as many after it
constexpr size_t kOutageBytes = 128;

// IPv4 and UDP between documentation addresses (RFC 5737), `bytes` long; at least the two headers.
std::string test_packet(size_t bytes) {
  constexpr std::string_view kText = "LICTOR ACCEPTANCE TEST. ";
  constexpr size_t kHeaders = 28;
  const auto high = [](size_t value) { return static_cast<char>(value >> 8 & 0xff); };
  const auto low = [](size_t value) { return static_cast<char>(value & 0xff); };
  std::string packet = {0x45, 0, high(bytes), low(bytes), 0, 0, 0,      0,  64,  17,
                        0,    0, '\xc0',      0,          2, 1, '\xc6', 51, 100, 1};
  uint32_t sum = 0;
  for (size_t i = 0; i < packet.size(); i += 2)
    sum += static_cast<uint32_t>(static_cast<uint8_t>(packet[i])) << 8 | static_cast<uint8_t>(packet[i + 1]);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = ~((sum & 0xffff) + (sum >> 16));
  packet[10] = high(sum);
  packet[11] = low(sum);
  const size_t udp = bytes - 20;
  packet += {0, 9, 0, 9, high(udp), low(udp), 0, 0};  // the discard port; no checksum
  while (packet.size() < bytes) packet.push_back(kText[(packet.size() - kHeaders) % kText.size()]);
  return packet;
}

}  // namespace

void AcceptanceRun::add_steps() {
  steps_.push_back({.name = "connect",
                    .begin = [this] { return activate(); },
                    .done = [this] { return connected(); },
                    .tell =
                        [this] {
                          // What the activation made belongs to the next step.
                          sums_before_.appended = totals_.appended;
                          sums_before_.confirmed = totals_.confirmed;
                          return "each interface is connected";
                        }});
  add_record_steps();
  add_keepalive_steps();
  add_outage_step();
  add_end_step();
}

Status AcceptanceRun::activate() {
  const TapDirective tap{.xid = plan_.mediation.xid,
                         .targets = {},
                         .start = legal_,
                         .stop = {legal_.unix_ns + kRunNsMax},
                         .iri = uses(0),
                         .cc = uses(1),
                         .is_acceptance = true,
                         .patterns = {},
                         .exclusions = {},
                         .octets = plan_.id};
  Status status = registry_.apply(tap, legal_);
  if (status.ok()) status = registry_.apply(plan_.mediation, legal_);
  registry_.commit(legal_);
  return status;
}

Status AcceptanceRun::send_test(RecordKind series, std::string packet) {
  ++at_least_;
  TaskCommand command{.kind = TaskCommand::Kind::kTest, .slot = {}, .task = nullptr, .text = {}};
  command.test = {.series = series, .packet = std::move(packet)};
  return registry_.order(plan_.mediation.xid, std::move(command));
}

Status AcceptanceRun::send_contents(size_t count, size_t bytes) {
  Status status;
  for (size_t i = 0; i < count && status.ok(); ++i) status = send_test(RecordKind::kCc, test_packet(bytes));
  return status;
}

void AcceptanceRun::add_record_steps() {
  const auto confirmed = [this] { return settled(); };
  const bool hi1 = plan_.mediation.hi1 && uses(0);
  steps_.push_back({.name = "begin",
                    .applies = uses(0),
                    .extra_ms = confirm_ms(),
                    .begin =
                        [this, hi1] {
                          at_least_ = hi1 ? 2 : 1;
                          sums_before_.appended = sums_before_.confirmed = 0;
                          return absl::OkStatus();
                        },
                    .done = [this] { return report_of_task_ == TaskReport::kActive && settled(); },
                    .tell = [hi1] { return hi1 ? "HI1 liActivated and IPIRI begin" : "IPIRI begin"; }});
  steps_.push_back({.name = "test-pdu-hi2",
                    .applies = uses(0),
                    .extra_ms = confirm_ms(),
                    .begin = [this] { return send_test(RecordKind::kIri); },
                    .done = confirmed,
                    .tell = [] { return "a testPDU"; }});
  steps_.push_back({.name = "test-pdu-hi3",
                    .applies = uses(1),
                    .extra_ms = confirm_ms(),
                    .begin = [this] { return send_test(RecordKind::kCc); },
                    .done = confirmed,
                    .tell = [] { return "a testPDU"; }});
  add_word_steps();
  add_content_steps();
}

// Whatever form the agency has chosen: it may choose the other one, and messages come in any case.
void AcceptanceRun::add_word_steps() {
  const auto add = [this](const char* name, bool applies, TaskCommand::Kind kind, const char* text) {
    steps_.push_back({.name = name,
                      .applies = applies,
                      .extra_ms = confirm_ms(),
                      .begin =
                          [this, kind] {
                            ++at_least_;
                            return registry_.order(
                                plan_.mediation.xid,
                                {.kind = kind, .slot = {}, .task = nullptr, .text = "acceptance test: no alarm"});
                          },
                      .done = [this] { return settled(); },
                      .tell = [text] { return text; }});
  };
  add("hi1-alarm", plan_.mediation.hi1 && uses(0), TaskCommand::Kind::kAlarm, "an HI1 alarms-indicator");
  add("operator-message", uses(0), TaskCommand::Kind::kNote, "an operatorLeaMessage");
}

void AcceptanceRun::add_content_steps() {
  const auto confirmed = [this] { return settled(); };
  steps_.push_back({.name = "small-content",
                    .applies = uses(1),
                    .extra_ms = confirm_ms(),
                    .begin = [this] { return send_contents(kSmallRecords, kSmallBytes); },
                    .done = confirmed,
                    .tell = [] { return fmt::format("{} IPCC of {} octets", kSmallRecords, kSmallBytes); }});
  steps_.push_back({.name = "large-content",
                    .applies = uses(1),
                    .extra_ms = confirm_ms(),
                    .begin =
                        [this] {
                          Status status;
                          for (const size_t bytes : kLargeBytes)
                            if (status.ok()) status = send_contents(1, bytes);
                          return status;
                        },
                    .done = confirmed,
                    .tell = [] { return fmt::format("IPCC of {} octets", fmt::join(kLargeBytes, ", ")); }});
}

void AcceptanceRun::add_keepalive_steps() {
  const KeepalivePlan& keepalive = plan_.mediation.keepalive;
  steps_.push_back({.name = "keepalive",
                    .applies = keepalive.on,
                    .extra_ms = keepalive.wait_ms,
                    .failure = Failure::kIsNoted,
                    .begin =
                        [this] {
                          disturb({.asks = true});
                          return absl::OkStatus();
                        },
                    .done =
                        [this] {
                          answers_ =
                              on_each_side([](const DestinationStatistics& now, const DestinationStatistics& before) {
                                return now.keepalives_sent > before.keepalives_sent &&
                                       now.keepalives_answered > before.keepalives_answered;
                              });
                          return answers_;
                        },
                    .tell = [] { return "a keepalive on each interface, and its answer"; }});
  steps_.push_back({.name = "confirm-level",
                    .failure = Failure::kIsNoted,
                    .begin = [] { return absl::OkStatus(); },
                    .done = [] { return true; },
                    .tell =
                        [this] {
                          std::string text =
                              fmt::format("the profile asks for {}", name_of(plan_.mediation.confirm.level));
                          for (size_t side = 0; side < kSides; ++side)
                            if (uses(side)) text += confirmation_of(side);
                          return text;
                        },
                    .holds =
                        [this] {
                          const bool reads = plan_.mediation.confirm.level == ConfirmLevel::kRead;
                          const ConfirmLevel asked = reads && !plan_.mediation.keepalive.on
                                                         ? ConfirmLevel::kTransported
                                                         : plan_.mediation.confirm.level;
                          return (!uses(0) || works(0) >= asked) && (!uses(1) || works(1) >= asked);
                        }});
  add_keepalive_loss_step();
}

std::string AcceptanceRun::confirmation_of(size_t side) const {
  const std::string_view why = text_of(now_[side].confirm_shortfall);
  return fmt::format("; HI{} can do {}{}{}", side + 2, name_of(works(side)), why.empty() ? "" : ": ", why);
}

// Answers are not heard until the connection was given up for it; the next one is asked whether it answers.
void AcceptanceRun::add_keepalive_loss_step() {
  const KeepalivePlan& keepalive = plan_.mediation.keepalive;
  steps_.push_back(
      {.name = "keepalive-loss",
       .applies = keepalive.on,
       .extra_ms = 2 * int64_t{keepalive.wait_ms},
       .failure = Failure::kIsNoted,
       .begin = [this]() -> Status {
         if (!answers_) return absl::FailedPreconditionError("keepalives are not answered");
         disturb({.deaf = true, .asks = true});
         return absl::OkStatus();
       },
       .done =
           [this] {
             for (size_t side = 0; side < kSides; ++side) {
               const bool again = now_[side].connected && now_[side].connects > before_[side].connects;
               if (!uses(side) || side_done_[side] || !again) continue;
               side_done_[side] = true;
               before_[side] = now_[side];
               disturb(static_cast<HandoverSide>(side), {.asks = true});
             }
             return (!uses(0) || side_done_[0]) && (!uses(1) || side_done_[1]) &&
                    on_each_side([](const DestinationStatistics& now, const DestinationStatistics& before) {
                      return now.keepalives_answered > before.keepalives_answered;
                    });
           },
       .tell =
           [] {
             return "no answer was heard, the connection was given up and made anew, and a keepalive on it "
                    "is answered";
           }});
}

// Records that were sent and are not confirmed, then the connections are cut, then records that wait, then all goes on.
void AcceptanceRun::add_outage_step() {
  steps_.push_back({.name = "outage",
                    .extra_ms = confirm_ms(),
                    .begin =
                        [this] {
                          disturb({.deaf = true});
                          return send_outage_records();
                        },
                    .done = [this] { return outage_done(); },
                    .tell =
                        [this] {
                          return fmt::format(
                              "the connections were cut; {} records were sent again, and all were confirmed",
                              grown(sums_before_.resent, sums().resent));
                        },
                    .holds =
                        [this] {
                          const bool reads = !uses(1) || now_[1].confirm_level < ConfirmLevel::kRead;
                          return reads || grown(sums_before_.resent, sums().resent) >= kOutageRecords;
                        }});
}

Status AcceptanceRun::send_outage_records() {
  Status status = uses(0) ? send_test(RecordKind::kIri) : absl::OkStatus();
  if (status.ok() && uses(1)) status = send_contents(kOutageRecords, kOutageBytes);
  return status;
}

bool AcceptanceRun::outage_done() {
  // All of it: at level read nothing is confirmed while answers are not heard, so what waits is what was to be sent.
  const auto is_sent = [](const DestinationStatistics& now, const DestinationStatistics& before) {
    return now.sent_bytes > before.sent_bytes && grown(before.sent_bytes, now.sent_bytes) >= now.backlog_bytes;
  };
  const bool handed_over = totals_.appended >= at_least_ && on_each_side(is_sent);
  const auto is_cut = [](const DestinationStatistics& now, const DestinationStatistics&) { return !now.connected; };
  switch (phase_) {
    case 0:
      if (!commands_done_ || !handed_over) return false;
      disturb({.away = true, .deaf = true});
      break;
    case 1:
      if (!on_each_side(is_cut)) return false;
      if (!send_outage_records().ok()) return false;  // the step ends by its time, and says what the connection says
      break;
    case 2:
      if (!commands_done_ || totals_.appended < at_least_) return false;
      disturb({});
      break;
    default:
      return connected() && settled();
  }
  ++phase_;
  return false;
}

void AcceptanceRun::add_end_step() {
  steps_.push_back(
      {.name = "end",
       .extra_ms = confirm_ms(),
       .begin =
           [this] {
             withdraw(false, legal_);
             return absl::OkStatus();
           },
       .done = [this] { return report_of_task_ == TaskReport::kEnded; },
       .tell =
           [this] {
             return fmt::format("{}; in all {} records were encoded and {} confirmed",
                                plan_.mediation.hi1 ? "IPIRI report and HI1 liDeactivated" : "IPIRI report",
                                totals_.appended, totals_.confirmed);
           },
       .holds = [this] { return totals_.confirmed == totals_.appended && totals_.events == totals_.appended; }});
}

}  // namespace lictor
