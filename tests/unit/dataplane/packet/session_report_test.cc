// Whether a report comes out of a ring as it went in.
#include "dataplane/packet/session_report.h"

#include <gtest/gtest.h>

#include <vector>

namespace lictor {
namespace {

std::vector<uint8_t> written(const SessionReport& report) {
  std::vector<uint8_t> octets(session_report_bytes(report));
  write_session_report(report, octets);
  return octets;
}

TEST(SessionReport, EverythingComesBack) {
  const std::array<SessionAddress, 2> addresses = {
      SessionAddress{.prefix = *IpPrefix::parse("192.0.2.7"), .ports = {.first = 1024, .last = 2047}},
      SessionAddress{.prefix = *IpPrefix::parse("2001:db8:1::/56"), .use = SessionAddress::Use::kDelegated}};
  const std::array<Bytes, 2> routes = {as_bytes("198.51.100.0/24 192.0.2.7 1"), as_bytes("")};
  const SessionReport report{.event = AccessEvent::kEnd,
                             .source = SessionSource::kDhcp6,
                             .end = SessionEnd::kLeaseExpired,
                             .resumed = true,
                             .slot = TaskSlot{7},
                             .cin = 4'000'000'000,
                             .received = {3},
                             .effective = {2},
                             .started = {1},
                             .addresses = addresses,
                             .details = {.user_name = as_bytes("alice@example.org"),
                                         .location = as_bytes("cell"),
                                         .nas_address = *IpPrefix::parse("192.0.2.1"),
                                         .nas_port = 0,
                                         .octets_to_target = uint64_t{1} << 40,
                                         .expected_end = PacketTime{9},
                                         .framed_routes = routes},
                             .raw = as_bytes("raw")};
  const std::vector<uint8_t> octets = written(report);
  SessionReport read;
  SessionReportParts parts;
  EXPECT_EQ(read_session_report(octets, read, parts), octets.size());
  EXPECT_EQ(octets.size() % 8, 0U) << "the next one is aligned";
  EXPECT_EQ(read.event, AccessEvent::kEnd);
  EXPECT_EQ(read.source, SessionSource::kDhcp6);
  EXPECT_EQ(read.end, SessionEnd::kLeaseExpired);
  EXPECT_TRUE(read.resumed);
  EXPECT_EQ(read.slot, TaskSlot{7});
  EXPECT_EQ(read.cin, 4'000'000'000);
  EXPECT_EQ(read.received, PacketTime{3});
  EXPECT_EQ(read.effective, PacketTime{2});
  EXPECT_EQ(read.started, PacketTime{1});
  ASSERT_EQ(read.addresses.size(), 2U);
  EXPECT_EQ(read.addresses[0], addresses[0]);
  EXPECT_EQ(read.addresses[1], addresses[1]);
  EXPECT_EQ(as_text(read.details.user_name), "alice@example.org");
  EXPECT_EQ(as_text(read.details.location), "cell");
  EXPECT_TRUE(read.details.calling_station.empty());
  EXPECT_EQ(read.details.nas_address, report.details.nas_address);
  EXPECT_EQ(read.details.nas_port, 0U);
  EXPECT_EQ(read.details.octets_from_target, std::nullopt);
  EXPECT_EQ(read.details.octets_to_target, uint64_t{1} << 40);
  EXPECT_EQ(read.details.expected_end, PacketTime{9});
  ASSERT_EQ(read.details.framed_routes.size(), 2U);
  EXPECT_EQ(as_text(read.details.framed_routes[0]), "198.51.100.0/24 192.0.2.7 1");
  EXPECT_TRUE(read.details.framed_routes[1].empty());
  EXPECT_EQ(as_text(read.raw), "raw");
}

TEST(SessionReport, OneBehindTheOtherIsReadInOrder) {
  std::vector<uint8_t> octets = written({.cin = 1, .details = {.user_name = as_bytes("a")}});
  const size_t first = octets.size();
  const std::vector<uint8_t> second = written({.kind = SessionReport::Kind::kGone, .cin = 2});
  octets.insert(octets.end(), second.begin(), second.end());
  SessionReport read;
  SessionReportParts parts;
  ASSERT_EQ(read_session_report(octets, read, parts), first);
  EXPECT_EQ(read.cin, 1U);
  ASSERT_EQ(read_session_report(Bytes(octets).subspan(first), read, parts), second.size());
  EXPECT_EQ(read.cin, 2U);
  EXPECT_EQ(read.kind, SessionReport::Kind::kGone);
  EXPECT_TRUE(read.details.user_name.empty());
}

}  // namespace
}  // namespace lictor
