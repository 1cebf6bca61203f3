#include "encoders/files/pcapng_blocks.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

constexpr uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr uint32_t kInterfaceDescription = 1;
constexpr uint32_t kEnhancedPacket = 6;
constexpr uint32_t kJournalExport = 9;
constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr uint16_t kLinkTypeRaw = 101;
constexpr uint64_t kSectionLengthUnknown = UINT64_MAX;

constexpr uint16_t kComment = 1;
constexpr uint16_t kHardware = 2;
constexpr uint16_t kApplication = 4;
constexpr uint16_t kInterfaceName = 2;
constexpr uint16_t kResolution = 9;
constexpr uint16_t kFlags = 2;
constexpr uint16_t kDropCount = 4;
constexpr uint16_t kPacketId = 5;
constexpr char kNanoseconds = 9;  // 10^-9 s

// Fixed part with both lengths; flags, packet id, drop count, end of options.
constexpr size_t kPacketBlockBytes = 32 + 8 + 12 + 12 + 4;

constexpr size_t padded(size_t length) { return (length + 3) & ~size_t{3}; }

class Writer {
 public:
  explicit Writer(MutableBytes room) : at_(room.data()), begin_(room.data()) {}
  template <typename Integer>
  void put(Integer value) {
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }
  void put(Bytes octets) {
    if (!octets.empty()) std::memcpy(at_, octets.data(), octets.size());
    std::memset(at_ + octets.size(), 0, padded(octets.size()) - octets.size());
    at_ += padded(octets.size());
  }
  [[nodiscard]] size_t written() const { return static_cast<size_t>(at_ - begin_); }

 private:
  uint8_t* at_;
  uint8_t* begin_;
};

template <typename Integer>
void put(std::string& out, Integer value) {
  std::array<char, sizeof(Integer)> octets;
  std::memcpy(octets.data(), &value, sizeof(value));
  out.append(octets.data(), octets.size());
}

void put_option(std::string& out, uint16_t code, std::string_view value) {
  put(out, code);
  put(out, static_cast<uint16_t>(value.size()));
  out.append(value);
  out.append(padded(value.size()) - value.size(), '\0');
}

void put_block(std::string& out, uint32_t type, const std::string& body) {
  const auto bytes = static_cast<uint32_t>(12 + body.size());
  put(out, type);
  put(out, bytes);
  out.append(body);
  put(out, bytes);
}

// epb_flags, bits 0 and 1, as seen by the target: 1 inbound, 2 outbound, 0 not known.
uint32_t flags_of(Direction direction) {
  if (direction == Direction::kToTarget) return 1;
  return direction == Direction::kFromTarget ? 2 : 0;
}

}  // namespace

void append_section_header(std::string& out, const SectionTexts& texts) {
  std::string body;
  put(body, kByteOrderMagic);
  put(body, uint16_t{1});  // version 1.0
  put(body, uint16_t{0});
  put(body, kSectionLengthUnknown);
  put_option(body, kHardware, texts.hardware);
  put_option(body, kApplication, "Lictor");
  put_option(body, kComment, texts.comment);
  put(body, uint32_t{0});  // end of options
  put_block(out, kSectionHeader, body);
}

void append_interface(std::string& out, std::string_view name) {
  std::string body;
  put(body, kLinkTypeRaw);
  put(body, uint16_t{0});  // reserved
  put(body, uint32_t{0});  // no snapshot length
  put_option(body, kInterfaceName, name);
  put_option(body, kResolution, std::string_view(&kNanoseconds, 1));
  put(body, uint32_t{0});  // end of options
  put_block(out, kInterfaceDescription, body);
}

size_t packet_block_bytes_max(size_t packet_bytes) { return kPacketBlockBytes + padded(packet_bytes); }

size_t write_packet_block(const PacketBlock& block, MutableBytes room) {
  const size_t drop_count_bytes = block.lost_before > 0 ? 12 : 0;
  const size_t bytes = kPacketBlockBytes - 12 + drop_count_bytes + padded(block.packet.size());
  LICTOR_CHECK(bytes <= room.size());
  const auto captured = static_cast<uint32_t>(block.packet.size());
  const auto ticks = static_cast<uint64_t>(std::max<int64_t>(block.time.unix_ns, 0));
  Writer out(room);
  out.put(kEnhancedPacket);
  out.put(static_cast<uint32_t>(bytes));
  out.put(uint32_t{0});  // interface
  out.put(static_cast<uint32_t>(ticks >> 32));
  out.put(static_cast<uint32_t>(ticks));
  out.put(captured);
  out.put(std::max(block.original_bytes, captured));
  out.put(block.packet);
  out.put(kFlags);
  out.put(uint16_t{4});
  out.put(flags_of(block.direction));
  if (block.lost_before > 0) {
    out.put(kDropCount);
    out.put(uint16_t{8});
    out.put(block.lost_before);
  }
  out.put(kPacketId);
  out.put(uint16_t{8});
  out.put(block.id);
  out.put(uint32_t{0});  // end of options
  out.put(static_cast<uint32_t>(bytes));
  LICTOR_CHECK(out.written() == bytes);
  return bytes;
}

BlockInterface block_interface(uint32_t interface) {
  BlockInterface octets;
  std::memcpy(octets.data(), &interface, octets.size());
  return octets;
}

size_t write_journal_block(std::string_view fields, MutableBytes room) {
  const size_t bytes = 12 + padded(fields.size());
  if (bytes > room.size()) return 0;
  Writer out(room);
  out.put(kJournalExport);
  out.put(static_cast<uint32_t>(bytes));
  out.put(as_bytes(fields));
  out.put(static_cast<uint32_t>(bytes));
  return bytes;
}

}  // namespace lictor
