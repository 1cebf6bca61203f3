// Any octets as what stands behind the EtherTypes of PPPoE: every view lies in the packet, what has a fault shows
// nothing, padding changes nothing, and of a PAP request nothing is shown but the name, which the plain reading finds
// at the same place.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/session/pppoe/message.h"

namespace {

using namespace lictor;

constexpr size_t kHeader = 6;

// Where in `octets` a view begins; its end lies in them too.
size_t place_of(Bytes view, Bytes octets) {
  if (view.empty()) return 0;
  LICTOR_CHECK(view.data() >= octets.data() && view.data() + view.size() <= octets.data() + octets.size());
  return static_cast<size_t>(view.data() - octets.data());
}

size_t claimed(Bytes octets) { return kHeader + (size_t{octets[4]} << 8 | octets[5]); }

bool is_empty(const PppoeDiscovery& message) {
  return message.code == PppoeCode::kSession && message.session_id == 0 && message.line_tags == 0 &&
         message.service_name.empty() && message.concentrator_name.empty() && message.host_uniq.empty() &&
         message.cookie.empty() && message.circuit_id.empty() && message.remote_id.empty();
}

bool is_empty(const PppMessage& message) {
  return message.session_id == 0 && message.kind == PppKind::kOther && message.name.empty() &&
         !message.address.has_value() && !message.interface_id.has_value();
}

void check_discovery(Bytes octets, Bytes padded) {
  PppoeDiscovery message;
  const PppoeReading reading = parse_pppoe_discovery(octets, message);
  LICTOR_CHECK(reading < PppoeReading::kCount);
  LICTOR_CHECK(reading == PppoeReading::kRead || is_empty(message));
  if (reading != PppoeReading::kRead) return;
  LICTOR_CHECK(claimed(octets) <= octets.size());
  for (const Bytes view : {message.service_name, message.concentrator_name, message.host_uniq, message.cookie,
                           message.circuit_id, message.remote_id})
    LICTOR_CHECK(place_of(view, octets) + view.size() <= claimed(octets));
  LICTOR_CHECK(message.line_tags > 0 || (message.circuit_id.empty() && message.remote_id.empty()));
  PppoeDiscovery again;
  LICTOR_CHECK(parse_pppoe_discovery(padded, again) == PppoeReading::kRead);
  LICTOR_CHECK(again.line_tags == message.line_tags && again.session_id == message.session_id);
  LICTOR_CHECK(place_of(again.circuit_id, padded) == place_of(message.circuit_id, octets));
}

// A PAP request, read without the parser: `octets[at]` is its code.
void check_pap(const PppMessage& message, Bytes octets) {
  size_t at = kHeader;
  if (octets[at] == 0xff && octets[at + 1] == 0x03) at += 2;
  at += 2;
  LICTOR_CHECK(octets[at] == message.code);
  const size_t name_bytes = octets[at + 4];
  LICTOR_CHECK(message.name.size() == name_bytes);
  if (name_bytes > 0) LICTOR_CHECK(place_of(message.name, octets) == at + 5);
  LICTOR_CHECK(at + 5 + name_bytes < claimed(octets));
}

void check_session(Bytes octets, Bytes padded) {
  PppMessage message;
  const PppoeReading reading = parse_pppoe_session(octets, message);
  LICTOR_CHECK(reading < PppoeReading::kCount);
  LICTOR_CHECK(reading == PppoeReading::kRead || is_empty(message));
  if (reading != PppoeReading::kRead) return;
  LICTOR_CHECK(claimed(octets) <= octets.size());
  LICTOR_CHECK(place_of(message.name, octets) + message.name.size() <= claimed(octets));
  LICTOR_CHECK(message.kind == PppKind::kPap || message.kind == PppKind::kChap || message.name.empty());
  LICTOR_CHECK(message.kind == PppKind::kIpcp || !message.address.has_value());
  LICTOR_CHECK(message.kind == PppKind::kIpv6cp || !message.interface_id.has_value());
  if (is_code(message, PapCode::kRequest)) check_pap(message, octets);
  PppMessage again;
  LICTOR_CHECK(parse_pppoe_session(padded, again) == PppoeReading::kRead);
  LICTOR_CHECK(again.code == message.code && again.kind == message.kind && again.address == message.address);
}

// In a copy for agencies nothing stands behind the header of an authentication.
void check_mask(Bytes octets) {
  std::vector<uint8_t> room(octets.size());
  const size_t copied = copy_masked_pppoe(octets, room);
  LICTOR_CHECK(copied <= octets.size());
  PppMessage message;
  if (parse_pppoe_session(octets, message) != PppoeReading::kRead) return;
  LICTOR_CHECK(copied == claimed(octets));
  if (message.kind != PppKind::kPap && message.kind != PppKind::kChap) return;
  const size_t header = octets[kHeader] == 0xff && octets[kHeader + 1] == 0x03 ? 8 : 6;
  for (size_t at = kHeader + header; at < copied; ++at) LICTOR_CHECK(room[at] == '*');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes octets(data, size);
  std::vector<uint8_t> padded(data, data + size);
  padded.insert(padded.end(), 7, 0x01);
  check_discovery(octets, padded);
  check_session(octets, padded);
  check_mask(octets);
  return 0;
}
