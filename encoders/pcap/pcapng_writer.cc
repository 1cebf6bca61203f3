#include "encoders/pcap/pcapng_writer.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace lictor {
namespace {

constexpr uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr uint32_t kInterfaceDescription = 1;
constexpr uint32_t kEnhancedPacket = 6;
constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr uint16_t kOptionEnd = 0;
constexpr uint16_t kOptionFlags = 2;       // of an enhanced packet block: epb_flags
constexpr uint16_t kOptionResolution = 9;  // of an interface: if_tsresol
constexpr uint32_t kMicroseconds = 6;      // 10^-6 s
constexpr uint64_t kSectionLengthUnknown = UINT64_MAX;

// Integers in this machine's order: the byte-order magic tells readers which that is.
template <typename Integer>
void put(std::string& out, Integer value) {
  std::array<char, sizeof(Integer)> octets;
  std::memcpy(octets.data(), &value, sizeof(value));
  out.append(octets.data(), octets.size());
}

constexpr uint32_t padded(size_t length) { return static_cast<uint32_t>((length + 3) & ~size_t{3}); }

// Options have values of 4 octets here, padding included.
void put_option(std::string& out, uint16_t code, uint16_t length, uint32_t value) {
  put(out, code);
  put(out, length);
  put(out, value);
}

void put_end_of_options(std::string& out) {
  put(out, kOptionEnd);
  put(out, uint16_t{0});
}

}  // namespace

void append_pcapng_section(std::string& out, uint16_t link_type) {
  constexpr uint32_t kSectionBytes = 28;
  put(out, kSectionHeader);
  put(out, kSectionBytes);
  put(out, kByteOrderMagic);
  put(out, uint16_t{1});  // version 1.0
  put(out, uint16_t{0});
  put(out, kSectionLengthUnknown);
  put(out, kSectionBytes);

  constexpr uint32_t kInterfaceBytes = 32;
  put(out, kInterfaceDescription);
  put(out, kInterfaceBytes);
  put(out, link_type);
  put(out, uint16_t{0});  // reserved
  put(out, uint32_t{0});  // no snap length
  put(out, kOptionResolution);
  put(out, uint16_t{1});
  out.append({static_cast<char>(kMicroseconds), 0, 0, 0});
  put_end_of_options(out);
  put(out, kInterfaceBytes);
}

void append_pcapng_packet(std::string& out, const PcapngPacket& packet) {
  constexpr uint32_t kBlockBytes = 32 + 8 + 4;  // without packet: fixed part with both lengths, flags, end of options
  const auto captured = static_cast<uint32_t>(packet.packet.size());
  const uint32_t block = kBlockBytes + padded(captured);
  const auto ticks = static_cast<uint64_t>(std::max<int64_t>(packet.unix_us, 0));
  put(out, kEnhancedPacket);
  put(out, block);
  put(out, uint32_t{0});  // interface
  put(out, static_cast<uint32_t>(ticks >> 32));
  put(out, static_cast<uint32_t>(ticks));
  put(out, captured);
  put(out, std::max(packet.original_bytes, captured));
  out.append(as_text(packet.packet));
  out.append(padded(captured) - captured, '\0');
  put_option(out, kOptionFlags, 4, static_cast<uint32_t>(packet.direction));
  put_end_of_options(out);
  put(out, block);
}

}  // namespace lictor
