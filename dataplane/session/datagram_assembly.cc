#include "dataplane/session/datagram_assembly.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "dataplane/base/bytes.h"

namespace lictor {
namespace {

constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr size_t kUdpHeaderBytes = 8;
constexpr size_t kTcpHeaderBytes = 20;
constexpr size_t kIpv4HeaderBytes = 20;
constexpr size_t kIpv6HeaderBytes = 40;
constexpr size_t kExtensionsMax = 8;
constexpr uint8_t kHopByHop = 0;
constexpr uint8_t kRouting = 43;
constexpr uint8_t kFragment = 44;
constexpr uint8_t kDestination = 60;

bool is_walked(uint8_t next) { return next == kHopByHop || next == kRouting || next == kDestination; }

// Passes extension headers of `packet` over, from `at` on, up to `end` or a little beyond; `next` is what is there.
size_t behind_extensions(Bytes packet, size_t at, size_t end, uint8_t& next) {
  for (size_t walked = 0; is_walked(next) && walked < kExtensionsMax && at + 2 <= end; ++walked) {
    next = packet[at];
    at += 8 * (size_t{packet[at + 1]} + 1);
  }
  return at;
}

}  // namespace

Result<std::unique_ptr<DatagramAssembly>> DatagramAssembly::make(const DatagramAssemblyPlan& plan) {
  if (plan.datagrams_max == 0 || plan.datagrams_max > kDatagramsMax)
    return absl::InvalidArgumentError(fmt::format("datagrams_max: must be 1 to {}", kDatagramsMax));
  if (plan.wait_ns <= 0) return absl::InvalidArgumentError("wait_ns: must be more than 0");
  Result<PrivateArray<Octets>> octets = PrivateArray<Octets>::make(plan.datagrams_max);
  if (!octets.ok()) return octets.status();
  return std::unique_ptr<DatagramAssembly>(new DatagramAssembly(plan, *std::move(octets)));
}

std::optional<SignalRecord> DatagramAssembly::put(const SignalRecord& fragment) noexcept {
  const std::optional<Part> part = read_part(fragment);
  if (!part) return odd();
  const SignalRecordHeader& header = fragment.header;
  const Key key{.ipv6 = header.ipv6,
                .source = header.source.address,
                .destination = header.destination.address,
                .id = part->id,
                .source_set = header.source_set,
                .protocol = header.ipv6 ? uint8_t{0} : part->next};
  const size_t place = place_of(key, header.arrival);
  Waiting& waiting = slots_[place];
  if (join(waiting, octets_[place], *part) == Joined::kContradicts) {
    counters_.conflicting.add(1);
    free(waiting);
    return std::nullopt;
  }
  if (waiting.whole_bytes == 0 || waiting.bytes < waiting.whole_bytes) return std::nullopt;
  return finish(place, fragment);
}

std::optional<DatagramAssembly::Part> DatagramAssembly::read_part(const SignalRecord& fragment) noexcept {
  std::optional<Part> part = fragment.header.ipv6 ? read_ipv6(fragment.message) : read_ipv4(fragment.message);
  if (!part || part->octets.empty() || part->begin + part->octets.size() > kBytesMax) return std::nullopt;
  // All but the last are whole units, and a datagram of one fragment is none.
  if (part->is_last ? part->begin == 0 : part->octets.size() % kUnitBytes != 0) return std::nullopt;
  return part;
}

// Of a packet that was captured in part, what is missing cannot come.
std::optional<DatagramAssembly::Part> DatagramAssembly::read_ipv4(Bytes packet) noexcept {
  if (packet.size() < kIpv4HeaderBytes) return std::nullopt;
  const size_t header = size_t{packet[0]} % 16 * 4;
  ByteReader in(packet.subspan(2));
  const size_t bytes = in.u16();
  Part part{.id = in.u16(), .next = packet[9]};
  const uint16_t place = in.u16();
  if (header < kIpv4HeaderBytes || bytes > packet.size() || bytes < header) return std::nullopt;
  if (part.next != kUdp && part.next != kTcp) return std::nullopt;
  part.begin = size_t{place} % 0x2000 * kUnitBytes;
  part.is_last = (place & 0x2000) == 0;
  part.octets = packet.subspan(header, bytes - header);
  return part;
}

std::optional<DatagramAssembly::Part> DatagramAssembly::read_ipv6(Bytes packet) noexcept {
  if (packet.size() < kIpv6HeaderBytes) return std::nullopt;
  const size_t end = kIpv6HeaderBytes + (size_t{packet[4]} << 8 | packet[5]);
  if (end > packet.size()) return std::nullopt;
  uint8_t next = packet[6];
  const size_t at = behind_extensions(packet, kIpv6HeaderBytes, end, next);
  constexpr size_t kFragmentHeaderBytes = 8;
  if (next != kFragment || at + kFragmentHeaderBytes > end) return std::nullopt;
  ByteReader in(packet.subspan(at + 2, kFragmentHeaderBytes - 2));
  const uint16_t place = in.u16();
  Part part{.id = in.u32(), .next = packet[at], .begin = size_t{place} / 8 * kUnitBytes, .is_last = (place & 1) == 0};
  // What the first one says counts (RFC 8200 section 4.5).
  if (part.begin == 0 && part.next != kUdp && part.next != kTcp && !is_walked(part.next)) return std::nullopt;
  part.octets = packet.subspan(at + kFragmentHeaderBytes, end - at - kFragmentHeaderBytes);
  return part;
}

// They are few: all are looked at. What waits too long goes on the way.
size_t DatagramAssembly::place_of(const Key& key, PacketTime now) noexcept {
  size_t place = 0;
  for (size_t i = 0; i < slots_.size(); ++i) {
    Waiting& waiting = slots_[i];
    if (waiting.is_used && now.unix_ns - waiting.first.unix_ns > plan_.wait_ns) {
      counters_.expired.add(1);
      free(waiting);
    }
    if (waiting.is_used && waiting.key == key) return i;
    const Waiting& best = slots_[place];
    if (best.is_used && (!waiting.is_used || waiting.first < best.first)) place = i;
  }
  Waiting& chosen = slots_[place];
  if (chosen.is_used) {
    counters_.evicted.add(1);
    free(chosen);
  }
  chosen = {.key = key, .is_used = true, .first = now};
  octets_[place].units.reset();
  ++waiting_;
  return place;
}

// What was there before is believed where the same comes again, and nothing of both where it does not.
DatagramAssembly::Joined DatagramAssembly::join(Waiting& waiting, Octets& octets, const Part& part) noexcept {
  const size_t end = part.begin + part.octets.size();
  if (part.is_last && waiting.whole_bytes != 0 && waiting.whole_bytes != end) return Joined::kContradicts;
  if (!part.is_last && waiting.whole_bytes != 0 && end > waiting.whole_bytes) return Joined::kContradicts;
  const size_t first = part.begin / kUnitBytes;
  const size_t last = (end - 1) / kUnitBytes;
  size_t known = 0;
  for (size_t unit = first; unit <= last; ++unit) known += octets.units.test(unit) ? 1 : 0;
  if (known != 0) {
    const bool is_repeated =
        (!part.is_last || waiting.whole_bytes == end) && known == last - first + 1 &&
        std::ranges::equal(part.octets, Bytes(octets.octets).subspan(part.begin, part.octets.size()));
    return is_repeated ? Joined::kNothingNew : Joined::kContradicts;
  }
  if (part.is_last) {
    for (size_t unit = last + 1; unit < octets.units.size(); ++unit)
      if (octets.units.test(unit)) return Joined::kContradicts;
    waiting.whole_bytes = end;
  }
  if (part.begin == 0) waiting.next = part.next;
  for (size_t unit = first; unit <= last; ++unit) octets.units.set(unit);
  std::memcpy(octets.octets.data() + part.begin, part.octets.data(), part.octets.size());
  waiting.bytes += part.octets.size();
  return Joined::kYes;
}

void DatagramAssembly::free(Waiting& waiting) noexcept {
  waiting.is_used = false;
  --waiting_;
}

std::optional<SignalRecord> DatagramAssembly::finish(size_t place, const SignalRecord& fragment) noexcept {
  Waiting& waiting = slots_[place];
  free(waiting);
  const Bytes datagram = Bytes(octets_[place].octets).first(waiting.whole_bytes);
  uint8_t next = waiting.next;
  const size_t at = fragment.header.ipv6 ? behind_extensions(datagram, 0, datagram.size(), next) : 0;
  const size_t header_bytes = next == kUdp ? kUdpHeaderBytes : kTcpHeaderBytes;
  if ((next != kUdp && next != kTcp) || at + header_bytes > datagram.size()) return odd();
  SignalRecord whole{.header = fragment.header, .frame = datagram.subspan(at)};
  ByteReader in(whole.frame);
  whole.header.source.port = in.u16();
  whole.header.destination.port = in.u16();
  if (next == kTcp) {
    whole.header.kind = SignalKind::kSipSegment;
    whole.message = whole.frame;
  } else {
    const size_t bytes = in.u16();
    if (bytes < kUdpHeaderBytes || bytes > whole.frame.size()) return odd();
    whole.message = whole.frame.subspan(kUdpHeaderBytes, bytes - kUdpHeaderBytes);
  }
  counters_.whole.add(1);
  whole.header.frame_bytes = static_cast<uint32_t>(whole.frame.size());
  whole.header.message_offset = static_cast<uint32_t>(whole.message.data() - whole.frame.data());
  whole.header.message_bytes = static_cast<uint32_t>(whole.message.size());
  return whole;
}

std::nullopt_t DatagramAssembly::odd() noexcept {
  counters_.odd.add(1);
  return std::nullopt;
}

}  // namespace lictor
