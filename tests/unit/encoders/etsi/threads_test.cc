// Several encoder lcores use asn1c's types at once. ThreadSanitizer sees the race where the types were not primed.

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/etsi_encoder.h"
#include "encoders/etsi/keepalive.h"
#include "parameters.h"

namespace lictor {
namespace {

constexpr std::array kEvents = {EventKind::kCinReset,          EventKind::kActivated, EventKind::kModified,
                                EventKind::kDeactivated,       EventKind::kAlarm,     EventKind::kSessionActiveAtStart,
                                EventKind::kSessionActiveAtEnd};

using Records = std::vector<std::vector<uint8_t>>;

// What one encoder lcore and one handover thread write for a task.
Records encode_everything() {
  Records records;
  const Result<std::unique_ptr<Encoder>> encoder = make_etsi_encoder(test_parameters());
  std::vector<uint8_t> room(Encoder::kEventBytesMax);
  uint32_t number = 0;
  for (const EventKind kind : kEvents) {
    const EventRecord event{.kind = kind, .series = RecordKind::kIri, .time = {1'780'000'000}, .text = "text"};
    const size_t length = (*encoder)->encode_event(event, number++, room);
    records.emplace_back(room.begin(), room.begin() + static_cast<ptrdiff_t>(length));
  }
  const std::vector<uint8_t> packet(100, 0x45);
  const ContentRecord content{
      .packet = packet, .whole_bytes = 100, .arrival = {1'780'000'000}, .direction = Direction::kToTarget};
  const size_t length = (*encoder)->encode_content(content, number, room);
  records.emplace_back(room.begin(), room.begin() + static_cast<ptrdiff_t>(length));
  const KeepaliveParameters parameters{.operator_id = "OPERATOR", .network_element_id = "NE-1", .li_ps_version = 33};
  for (const ConnectionPdu kind : {ConnectionPdu::kKeepalive, ConnectionPdu::kOptionRequest})
    records.push_back(encode_connection_pdu(parameters, kind, 1, {}));
  return records;
}

TEST(Asn1Types, ServeThreadsThatUseThemForTheFirstTimeAtOnce) {
  asn1::prime_asn1_types();
  std::array<Records, 4> results;
  std::vector<std::thread> threads;
  threads.reserve(results.size());
  for (Records& result : results) threads.emplace_back([&result] { result = encode_everything(); });
  for (std::thread& thread : threads) thread.join();
  for (const Records& result : results) {
    EXPECT_EQ(result, results.front());
    for (const std::vector<uint8_t>& record : result) EXPECT_FALSE(record.empty());
  }
}

}  // namespace
}  // namespace lictor
