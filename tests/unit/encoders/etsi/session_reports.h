// Reports of sessions as the tests of records use them: with all that a message can say, and their octets.
#pragma once

#include <array>
#include <vector>

#include "dataplane/packet/session_report.h"
#include "encoders/encoder.h"

namespace lictor {

inline std::vector<uint8_t> octets_of(const SessionReport& report) {
  std::vector<uint8_t> octets(session_report_bytes(report));
  write_session_report(report, octets);
  return octets;
}

// An access server's message about a session with addresses of both families.
inline std::vector<uint8_t> full_report(SessionSource source, AccessEvent event, SessionEnd end = SessionEnd::kNone) {
  static constexpr std::array<uint8_t, 8> kLocation = {0x01, 0x32, 0xf2, 0x10, 0x00, 0x01, 0x00, 0x02};
  static constexpr std::array<uint8_t, 6> kRemote = {0x00, 0x04, 0x00, 0x01, 0xff, 0x02};
  const std::array<SessionAddress, 4> addresses = {
      SessionAddress{.prefix = *IpPrefix::parse("2001:db8:1::/56"), .use = SessionAddress::Use::kDelegated},
      SessionAddress{.prefix = *IpPrefix::parse("192.0.2.7")},
      SessionAddress{.prefix = *IpPrefix::parse("2001:db8::/64")},
      SessionAddress{.prefix = *IpPrefix::parse("198.51.100.0/24"), .use = SessionAddress::Use::kRoute}};
  const std::array<Bytes, 2> routes = {as_bytes("198.51.100.0/24 192.0.2.7 1"), as_bytes("203.0.113.0/28 0.0.0.0 1")};
  SessionReport report{.event = event,
                       .source = source,
                       .end = end,
                       .cin = 42,
                       .received = {1'789'000'000'500'000'000},
                       .effective = {1'789'000'000'000'000'000},
                       .started = {1'788'999'000'000'000'000},
                       .addresses = addresses,
                       .details = {.user_name = as_bytes("alice@example.org"),
                                   .calling_station = as_bytes("00-00-5E-00-53-01"),
                                   .called_station = as_bytes("0800123"),
                                   .callback_number = as_bytes("0800124"),
                                   .host_name = as_bytes("cpe-1"),
                                   .circuit_id = as_bytes("eth 1/1/3"),
                                   .remote_id = kRemote,
                                   .nas_identifier = as_bytes("bng-1.example.org"),
                                   .nas_port_id = as_bytes("1/1/3:100"),
                                   .session_name = as_bytes("00000001"),
                                   .location = kLocation,
                                   .nas_address = *IpPrefix::parse("192.0.2.254"),
                                   .nas_port = 4'294'967'295,
                                   .octets_from_target = 5'000'000'000,
                                   .octets_to_target = 70'000'000'000,
                                   .session_seconds = 1000,
                                   .expected_end = PacketTime{1'789'003'600'000'000'000},
                                   .framed_routes = routes},
                       .raw = as_bytes("raw message")};
  return octets_of(report);
}

// A message that says nothing of the subscriber but when it passed.
inline std::vector<uint8_t> bare_report(SessionSource source, AccessEvent event) {
  return octets_of({.event = event, .source = source, .cin = 42, .effective = {1'789'000'000'000'000'000}});
}

}  // namespace lictor
