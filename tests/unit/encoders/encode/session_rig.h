// An encoder loop with session lcores: their reports, and copies of sessions' packets between documentation addresses.
// Times in milliseconds.
#pragma once

#include <string>
#include <vector>

#include "tests/unit/encoders/encode/encode_rig.h"

namespace lictor {

constexpr int64_t kMs = 1'000'000;

class SessionRig : public EncodeRig {
 public:
  explicit SessionRig(EncodeMode mode = EncodeMode::kLive, const Sessions& sessions = {.rings = 1},
                      size_t ring_count = 1, size_t spool_bytes = 1 << 16)
      : EncodeRig(mode, ring_count, spool_bytes, sessions) {}

  // Of identities alone.
  std::unique_ptr<EncodeTask> session_task(uint32_t slot, int64_t start_ms, int64_t stop_ms) {
    std::unique_ptr<EncodeTask> made = task(slot, start_ms * kMs, stop_ms * kMs);
    made->static_session = false;
    return made;
  }

  struct Told {
    uint32_t slot = 1;
    uint32_t cin = 7;
    std::vector<std::string> addresses = {"192.0.2.7"};
    SessionReport::Kind kind = SessionReport::Kind::kEvent;
    bool resumed = false;
    std::string user;
    std::string raw;
    PortRange ports = {};
    size_t ring = 0;
    SessionSource source = SessionSource::kRadius;
    SessionAddress::Use use = SessionAddress::Use::kAddress;
    CallDescriptions described = {};
  };
  void report(AccessEvent event, int64_t received_ms) { report(event, received_ms, Told{}); }
  void report(AccessEvent event, int64_t received_ms, const Told& told) {
    std::vector<SessionAddress> addresses;
    for (const std::string& text : told.addresses)
      addresses.push_back({.prefix = *IpPrefix::parse(text), .ports = told.ports, .use = told.use});
    if (event == AccessEvent::kEnd) addresses.clear();
    SessionReport report{.kind = told.kind,
                         .event = event,
                         .source = told.source,
                         .resumed = told.resumed,
                         .slot = TaskSlot{told.slot},
                         .cin = told.cin,
                         .received = {received_ms * kMs},
                         .effective = {received_ms * kMs},
                         .addresses = addresses,
                         .raw = as_bytes(told.raw)};
    report.details.user_name = as_bytes(told.user);
    if (told.source == SessionSource::kSip)
      report.call = CallPart{.step = CallStep::kReport, .described = told.described};
    SpscByteRing& bytes = *reports[told.ring]->bytes;
    const size_t length = session_report_bytes(report);
    const MutableBytes room = bytes.reserve(length);
    ASSERT_FALSE(room.empty());
    write_session_report(report, room);
    bytes.commit(length);
    bytes.publish();
  }

  struct Packet {
    uint32_t slot = 1;
    uint32_t cin = 7;
    Direction direction = Direction::kFromTarget;
    std::string source = "192.0.2.7";
    std::string destination = "198.51.100.1";
    uint16_t source_port = 0;  // 0: it shows none
    uint32_t lost_before = 0;
    size_t ring = 0;
  };
  void session_copy(int64_t arrival_ms, const std::string& text) { session_copy(arrival_ms, text, Packet{}); }
  void session_copy(int64_t arrival_ms, const std::string& text, const Packet& packet) {
    arrival = {arrival_ms * kMs};
    MatchedTask matched{};
    matched.slot = TaskSlot{packet.slot};
    matched.cin = packet.cin;
    matched.direction = packet.direction;
    matched.lost_before = packet.lost_before;
    copy({matched}, octets_of(packet, text), packet.ring);
  }

  // The session lcores have seen everything up to this time, rx lcores are idle, and a round is run at it.
  void settled_at(int64_t ms) {
    for (const auto& ring : reports) ring->passed({ms * kMs});
    at_ms(ms);
  }
  void at_ms(int64_t ms) { at(ms * kMs); }
  // All that is held is settled at this time, if its session lcores let it.
  void settle_by(int64_t ms) {
    settled_at(ms - 3);
    settled_at(ms);
  }

  uint64_t drops(RecordDrop reason, uint32_t slot = 1) const { return accounts[slot].encoder.dropped.get(reason); }

 private:
  // An IPv4 header without options, UDP where there is a port, and the text.
  static std::string octets_of(const Packet& packet, const std::string& text) {
    std::string octets(20, '\0');
    octets[0] = 0x45;
    octets[9] = packet.source_port == 0 ? 59 : 17;
    const IpPrefix source = *IpPrefix::parse(packet.source);
    const IpPrefix destination = *IpPrefix::parse(packet.destination);
    std::memcpy(octets.data() + 12, source.octets.data(), 4);
    std::memcpy(octets.data() + 16, destination.octets.data(), 4);
    if (packet.source_port == 0) return octets + text;
    octets += {static_cast<char>(packet.source_port >> 8), static_cast<char>(packet.source_port), 0, 53, 0, 8, 0, 0};
    return octets + text;
  }
};

}  // namespace lictor
