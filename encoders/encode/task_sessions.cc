#include "encoders/encode/task_sessions.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "dataplane/base/check.h"
#include "dataplane/packet/parse_transport.h"

namespace lictor {
namespace {

constexpr size_t kIpv4HeaderBytes = 20;
constexpr size_t kIpv6HeaderBytes = 40;
constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr uint8_t kSctp = 132;
// A session lcore tells what belongs to a communication until 32 s behind the last of it (64*T1, RFC 3261 section
// 17.1.1.2), and its next tick: twice of that, because each has the next number of its CIN.
constexpr int64_t kCallKeptNs = 64 * kNanosecondsPerSecond;

// What of a packet says whose it is.
struct PacketEnds {
  bool ipv6 = false;
  Bytes source;
  Bytes destination;
  IpLevel level;  // ports, as far as the packet shows them

  [[nodiscard]] bool shows_ports() const {
    return level.ports_known && (level.protocol == kTcp || level.protocol == kUdp || level.protocol == kSctp);
  }
};

std::optional<PacketEnds> ends_of(Bytes packet) {
  if (packet.empty()) return std::nullopt;
  PacketEnds ends;
  ends.ipv6 = packet[0] >> 4 == 6;
  ends.level.ipv6 = ends.ipv6;
  if (packet.size() < (ends.ipv6 ? kIpv6HeaderBytes : kIpv4HeaderBytes)) return std::nullopt;
  ends.source = ends.ipv6 ? packet.subspan(8, 16) : packet.subspan(12, 4);
  ends.destination = ends.ipv6 ? packet.subspan(24, 16) : packet.subspan(16, 4);
  return ends;
}

void find_ports(Bytes packet, PacketEnds& ends) {
  if (ends.ipv6) {
    if (!parse_transport(packet[6], packet, kIpv6HeaderBytes, ends.level)) ends.level.ports_known = false;
    return;
  }
  const bool later_fragment = (packet[6] & 0x1f) != 0 || packet[7] != 0;
  if (later_fragment) return;
  if (!parse_transport(packet[9], packet, size_t{packet[0] & 15U} * 4, ends.level)) ends.level.ports_known = false;
}

bool lies_in(const IpPrefix& prefix, bool ipv6, Bytes address) {
  if (prefix.ipv6 != ipv6) return false;
  const size_t whole = prefix.bits / 8;
  if (std::memcmp(prefix.octets.data(), address.data(), whole) != 0) return false;
  const unsigned rest = prefix.bits % 8;
  return rest == 0 || (prefix.octets[whole] ^ address[whole]) >> (8 - rest) == 0;
}

bool same_address(const AddressInterval& interval, const SessionAddress& address) {
  return interval.prefix == address.prefix && interval.ports == address.ports && interval.use == address.use &&
         interval.of_peer == address.of_peer;
}

// Of an event that needs no session: a request, or the refusal of one.
bool is_about_session(const SessionReport& report) {
  if (report.kind != SessionReport::Kind::kEvent) return true;
  return report.event == AccessEvent::kAccept || report.event == AccessEvent::kUpdate ||
         report.event == AccessEvent::kEnd;
}

bool ends_session(const SessionReport& report) {
  const bool is_event = report.kind == SessionReport::Kind::kEvent || report.kind == SessionReport::Kind::kActive;
  return report.kind == SessionReport::Kind::kGone || (is_event && report.event == AccessEvent::kEnd);
}

std::vector<uint8_t> octets_of(const SessionReport& report) {
  std::vector<uint8_t> octets(session_report_bytes(report));
  write_session_report(report, octets);
  return octets;
}

// What names the session and its line, where a message leaves it out.
void fill_in(SessionDetails& details, const SessionDetails& earlier) {
  for (const auto member :
       {&SessionDetails::user_name, &SessionDetails::calling_station, &SessionDetails::called_station,
        &SessionDetails::callback_number, &SessionDetails::host_name, &SessionDetails::circuit_id,
        &SessionDetails::remote_id, &SessionDetails::nas_identifier, &SessionDetails::nas_port_id,
        &SessionDetails::session_name, &SessionDetails::location}) {
    if ((details.*member).empty()) details.*member = earlier.*member;
  }
  if (!details.nas_address) details.nas_address = earlier.nas_address;
  if (!details.nas_port) details.nas_port = earlier.nas_port;
  if (!details.nas_port_type) details.nas_port_type = earlier.nas_port_type;
  if (!details.expected_end) details.expected_end = earlier.expected_end;
  if (details.framed_routes.empty()) details.framed_routes = earlier.framed_routes;
}

// Media may come from elsewhere behind each description, and where what they were to has changed.
void note_description(TaskSession& session, const SessionReport& report, bool is_changed) {
  const CallDescriptions& told = report.call->described;
  session.payload_types.add(told.types);
  std::vector<DescribedSince>& described = session.described;
  const bool is_as_before =
      !described.empty() && described.back().count == told.count && described.back().narrow == told.narrow;
  if (is_as_before && !is_changed) return;
  if (described.size() == TaskSession::kDescribedMax) described.erase(described.begin());
  const PacketTime last = described.empty() ? PacketTime{INT64_MIN} : described.back().since;
  described.push_back({.since = std::max(last, report.received), .count = told.count, .narrow = told.narrow});
}

// As a session description could name it.
std::string endpoint_text(const SessionAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> host{};
  const bool ipv6 = address.prefix.ipv6;
  if (inet_ntop(ipv6 ? AF_INET6 : AF_INET, address.prefix.octets.data(), host.data(), host.size()) == nullptr)
    return {};
  return ipv6 ? fmt::format("[{}]:{}", host.data(), address.ports.first)
              : fmt::format("{}:{}", host.data(), address.ports.first);
}

AddressInterval interval_of(const SessionAddress& address, PacketTime since) {
  const bool is_of_call = SessionAddress::is_of_call(address.use);
  const bool is_rtp = address.use == SessionAddress::Use::kRtp;
  return {.prefix = address.prefix,
          .ports = address.ports,
          .use = address.use,
          .of_peer = address.of_peer,
          .since = since,
          .stream = is_of_call ? endpoint_text(address) : std::string(),
          .remotes = is_rtp ? std::make_unique<RemoteEnds>() : nullptr};
}

// What belongs to one message alone.
void leave_out(SessionReport& report) {
  report.raw = {};
  if (report.call) report.call->message_at = 0;
  report.details.octets_from_target.reset();
  report.details.octets_to_target.reset();
  report.details.session_seconds.reset();
  report.details.cause.reset();
}

}  // namespace

HeldEnd TaskSession::holds(const ContentRecord& copy) {
  std::optional<PacketEnds> ends = ends_of(copy.packet);
  if (!ends) return {};
  bool looked = false;
  const auto is_at = [&](const AddressInterval& interval, Bytes address, uint16_t IpLevel::*port) {
    if (!lies_in(interval.prefix, ends->ipv6, address)) return false;
    if (interval.ports.all()) return true;
    if (!std::exchange(looked, true)) find_ports(copy.packet, *ends);
    return !ends->shows_ports() || interval.ports.holds(ends->level.*port);
  };
  for (AddressInterval& interval : intervals) {
    if (!interval.holds_at(copy.arrival)) continue;
    const bool may_send = copy.direction != (interval.of_peer ? Direction::kFromTarget : Direction::kToTarget);
    const bool may_receive = copy.direction != (interval.of_peer ? Direction::kToTarget : Direction::kFromTarget);
    if (may_send && is_at(interval, ends->source, &IpLevel::source_port))
      return {.interval = &interval, .is_source = true};
    if (may_receive && is_at(interval, ends->destination, &IpLevel::destination_port)) return {.interval = &interval};
  }
  return {};
}

TaskSession* TaskSessions::take(const SessionReport& report, PacketTime horizon) {
  auto found = sessions_.find(report.cin);
  if (found == sessions_.end()) {
    if (!make_room(horizon)) return nullptr;
    found = sessions_.try_emplace(report.cin).first;
    found->second.cin = report.cin;
    found->second.closed = report.received;
    const bool is_known = given_up_.erase(report.cin) != 0 || report.resumed;
    found->second.reset_due = found->second.begun = is_known;
  }
  TaskSession& session = found->second;
  session.is_call = report.source == SessionSource::kSip;
  if (report.heard != nullptr) session.heard = report.heard;
  if (!is_about_session(report)) {
    session.closed = std::max(session.closed, report.received);
    return &session;
  }
  session.known = told(session, report);
  SessionReport known;
  SessionReportParts parts;
  read_session_report(session.known, known, parts);
  leave_out(known);
  session.known = octets_of(known);
  session.open = !ends_session(report);
  session.is_told |= report.kind == SessionReport::Kind::kEvent || report.kind == SessionReport::Kind::kActive;
  if (!session.open) session.closed = report.received;
  const bool has_grace = session.is_call && report.kind != SessionReport::Kind::kGone && !session.open;
  const PacketTime until{report.received.unix_ns + (has_grace ? kMediaGraceNs : 0)};
  const bool is_changed = bind(session, session.open ? report.addresses : std::span<const SessionAddress>(), until);
  if (report.call && session.open) note_description(session, report, is_changed);
  forget_intervals(session, horizon);
  return &session;
}

std::vector<uint8_t> TaskSessions::told(const TaskSession& session, const SessionReport& report) {
  if (session.known.empty() || !is_about_session(report)) return octets_of(report);
  SessionReport earlier;
  SessionReportParts parts;
  read_session_report(session.known, earlier, parts);
  SessionReport whole = report;
  fill_in(whole.details, earlier.details);
  if (ends_session(report)) whole.addresses = earlier.addresses;  // that it had
  if (whole.started.unix_ns == 0) whole.started = earlier.started;
  return octets_of(whole);
}

// Forgets what nothing can come of any more; where that is not enough, what ended first.
bool TaskSessions::make_room(PacketTime horizon) {
  std::erase_if(sessions_, [&](const auto& entry) {
    const TaskSession& session = entry.second;
    const int64_t kept_ns = session.is_call ? std::max(bounds_.kept_ns, kCallKeptNs) : bounds_.kept_ns;
    return !session.open && session.pins == 0 && session.closed.unix_ns + kept_ns <= horizon.unix_ns;
  });
  if (sessions_.size() < bounds_.sessions_max) return true;
  auto oldest = sessions_.end();
  for (auto at = sessions_.begin(); at != sessions_.end(); ++at) {
    if (at->second.open || at->second.pins > 0) continue;
    if (oldest == sessions_.end() || at->second.closed < oldest->second.closed) oldest = at;
  }
  if (oldest == sessions_.end()) return give_up_one();
  sessions_.erase(oldest);
  return true;
}

// All go on. A call that nobody heard anything of yet is rather one of a flood than a new one is.
bool TaskSessions::give_up_one() {
  const auto has_content = [](const TaskSession& session) {
    return session.pins > 0 || session.numbers.next[static_cast<size_t>(RecordKind::kCc)] != 0 ||
           (session.heard != nullptr && session.heard->load(std::memory_order_relaxed) != 0);
  };
  auto oldest = sessions_.end();
  for (auto at = sessions_.begin(); at != sessions_.end(); ++at) {
    if (!at->second.is_call || has_content(at->second)) continue;
    if (oldest == sessions_.end() || at->second.closed < oldest->second.closed) oldest = at;
  }
  if (oldest == sessions_.end()) return false;
  if (given_up_.size() >= bounds_.sessions_max) given_up_.erase(given_up_.begin());
  given_up_.insert(oldest->first);
  sessions_.erase(oldest);
  return true;
}

bool TaskSessions::bind(TaskSession& session, std::span<const SessionAddress> addresses, PacketTime received) const {
  bool is_changed = false;
  for (AddressInterval& interval : session.intervals) {
    const auto is_it = [&](const SessionAddress& address) { return same_address(interval, address); };
    if (!interval.is_open() || std::ranges::any_of(addresses, is_it)) continue;
    interval.until = received;
    is_changed = true;
  }
  for (const SessionAddress& address : addresses) {
    const auto is_it = [&](const AddressInterval& interval) {
      return interval.is_open() && same_address(interval, address);
    };
    if (std::ranges::any_of(session.intervals, is_it)) continue;
    if (session.intervals.size() >= bounds_.intervals_max) {
      const auto closed = std::ranges::find_if_not(session.intervals, &AddressInterval::is_open);
      if (closed == session.intervals.end()) continue;  // not with intervals_max of at least a report's addresses
      session.intervals.erase(closed);
    }
    session.intervals.push_back(interval_of(address, received));
    is_changed = true;
  }
  return is_changed;
}

void TaskSessions::forget_intervals(TaskSession& session, PacketTime horizon) const {
  std::erase_if(session.intervals, [&](const AddressInterval& interval) {
    return !interval.is_open() && interval.until.unix_ns + bounds_.kept_ns <= horizon.unix_ns;
  });
}

}  // namespace lictor
