#include "dataplane/packet/session_report.h"

#include <cstring>
#include <type_traits>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

// Everything of a report that has one size; spans follow it, each with its length before it.
struct Fixed {
  uint32_t report_bytes;
  uint16_t addresses;
  uint16_t routes;
  SessionReport::Kind kind;
  AccessEvent event;
  SessionSource source;
  SessionEnd end;
  bool resumed;
  TaskSlot slot;
  uint32_t cin;
  PacketTime received;
  PacketTime effective;
  PacketTime started;
  std::optional<IpPrefix> nas_address;
  std::optional<uint32_t> nas_port;
  std::optional<uint32_t> nas_port_type;
  std::optional<uint64_t> octets_from_target;
  std::optional<uint64_t> octets_to_target;
  std::optional<uint32_t> session_seconds;
  std::optional<uint32_t> cause;
  std::optional<PacketTime> expected_end;
  std::optional<CallPart> call;
  uint64_t session;
};
static_assert(std::is_trivially_copyable_v<Fixed> && std::is_trivially_copyable_v<SessionAddress>);

constexpr size_t kSpans = 13;

// In one order for both directions.
template <typename Report>
auto spans_of(Report& report) {
  auto& details = report.details;
  return std::array<decltype(&report.raw), kSpans>{
      &details.user_name,   &details.calling_station, &details.called_station, &details.callback_number,
      &details.host_name,   &details.circuit_id,      &details.remote_id,      &details.nas_identifier,
      &details.nas_port_id, &details.session_name,    &details.location,       &report.raw,
      &report.matched};
}

// Writes values one behind the other into room that is large enough.
class Writer {
 public:
  explicit Writer(MutableBytes room) : room_(room) {}

  template <typename Value>
  void value(const Value& value) {
    LICTOR_CHECK(at_ + sizeof value <= room_.size());
    std::memcpy(room_.data() + at_, &value, sizeof value);
    at_ += sizeof value;
  }
  void octets(Bytes octets) {
    value(static_cast<uint32_t>(octets.size()));
    LICTOR_CHECK(at_ + octets.size() <= room_.size());
    if (!octets.empty()) std::memcpy(room_.data() + at_, octets.data(), octets.size());
    at_ += octets.size();
  }

 private:
  MutableBytes room_;
  size_t at_ = 0;
};

class Reader {
 public:
  explicit Reader(Bytes octets) : octets_(octets) {}

  template <typename Value>
  void value(Value& value) {
    LICTOR_CHECK(at_ + sizeof value <= octets_.size());
    std::memcpy(&value, octets_.data() + at_, sizeof value);
    at_ += sizeof value;
  }
  Bytes octets() {
    uint32_t bytes = 0;
    value(bytes);
    LICTOR_CHECK(at_ + bytes <= octets_.size());
    const Bytes found = octets_.subspan(at_, bytes);
    at_ += bytes;
    return found;
  }

 private:
  Bytes octets_;
  size_t at_ = 0;
};

Fixed fixed_of(const SessionReport& report) {
  const SessionDetails& details = report.details;
  return {.report_bytes = static_cast<uint32_t>(session_report_bytes(report)),
          .addresses = static_cast<uint16_t>(report.addresses.size()),
          .routes = static_cast<uint16_t>(details.framed_routes.size()),
          .kind = report.kind,
          .event = report.event,
          .source = report.source,
          .end = report.end,
          .resumed = report.resumed,
          .slot = report.slot,
          .cin = report.cin,
          .received = report.received,
          .effective = report.effective,
          .started = report.started,
          .nas_address = details.nas_address,
          .nas_port = details.nas_port,
          .nas_port_type = details.nas_port_type,
          .octets_from_target = details.octets_from_target,
          .octets_to_target = details.octets_to_target,
          .session_seconds = details.session_seconds,
          .cause = details.cause,
          .expected_end = details.expected_end,
          .call = report.call,
          .session = report.session};
}

void take_fixed(const Fixed& fixed, SessionReport& report) {
  report.kind = fixed.kind;
  report.event = fixed.event;
  report.source = fixed.source;
  report.end = fixed.end;
  report.resumed = fixed.resumed;
  report.slot = fixed.slot;
  report.cin = fixed.cin;
  report.received = fixed.received;
  report.effective = fixed.effective;
  report.started = fixed.started;
  report.session = fixed.session;
  report.call = fixed.call;
  SessionDetails& details = report.details;
  details.nas_address = fixed.nas_address;
  details.nas_port = fixed.nas_port;
  details.nas_port_type = fixed.nas_port_type;
  details.octets_from_target = fixed.octets_from_target;
  details.octets_to_target = fixed.octets_to_target;
  details.session_seconds = fixed.session_seconds;
  details.cause = fixed.cause;
  details.expected_end = fixed.expected_end;
}

}  // namespace

size_t session_report_bytes(const SessionReport& report) {
  size_t bytes = sizeof(Fixed) + report.addresses.size() * sizeof(SessionAddress);
  for (const Bytes* const octets : spans_of(report)) bytes += sizeof(uint32_t) + octets->size();
  for (const Bytes route : report.details.framed_routes) bytes += sizeof(uint32_t) + route.size();
  return (bytes + 7) & ~size_t{7};
}

void write_session_report(const SessionReport& report, MutableBytes room) {
  LICTOR_CHECK(report.addresses.size() <= kReportAddressesMax);
  LICTOR_CHECK(report.details.framed_routes.size() <= kReportRoutesMax);
  Writer out(room);
  out.value(fixed_of(report));
  for (const SessionAddress& address : report.addresses) out.value(address);
  for (const Bytes* const octets : spans_of(report)) out.octets(*octets);
  for (const Bytes route : report.details.framed_routes) out.octets(route);
}

size_t read_session_report(Bytes octets, SessionReport& report, SessionReportParts& parts) {
  Reader in(octets);
  Fixed fixed;
  in.value(fixed);
  LICTOR_CHECK(fixed.report_bytes <= octets.size());
  LICTOR_CHECK(fixed.addresses <= kReportAddressesMax && fixed.routes <= kReportRoutesMax);
  LICTOR_CHECK(fixed.call.has_value() == (fixed.source == SessionSource::kSip));
  take_fixed(fixed, report);
  for (size_t i = 0; i < fixed.addresses; ++i) in.value(parts.addresses[i]);
  report.addresses = std::span(parts.addresses).first(fixed.addresses);
  for (Bytes* const span : spans_of(report)) *span = in.octets();
  for (size_t i = 0; i < fixed.routes; ++i) parts.routes[i] = in.octets();
  report.details.framed_routes = std::span(parts.routes).first(fixed.routes);
  LICTOR_CHECK(!report.call || report.call->message_at <= report.raw.size());
  return fixed.report_bytes;
}

}  // namespace lictor
