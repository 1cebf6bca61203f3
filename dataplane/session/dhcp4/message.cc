// One walk notes where the options that anybody asks for begin, and how often they stand; of those that stand several
// times a second walk each puts the pieces together. So the usual message is read without a copy.

#include "dataplane/session/dhcp4/message.h"

#include <algorithm>

namespace lictor::dhcp4 {
namespace {

constexpr uint32_t kMagic = 0x63825363;
constexpr uint8_t kPad = 0;
constexpr uint8_t kEnd = 255;
constexpr uint8_t kOverload = 52;
constexpr size_t kServerNameBytes = 64;
constexpr size_t kFileBytes = 128;

// In the order in which split ones get room.
enum Slot : uint8_t {
  kType,
  kRequestedAddress,
  kLease,
  kServerId,
  kRenewal,
  kRebinding,
  kRelay,
  kClientId,
  kHostName,
  kFullName,
  kVendorClass,
  kRapidCommit,
  kSlots,
};

constexpr std::array<uint8_t, kSlots> kCodes = {53, 50, 51, 54, 58, 59, 82, 61, 12, 81, 60, 80};
// Octets of an option with a fixed length; 0: any.
constexpr std::array<uint8_t, kSlots> kLengths = {1, 4, 4, 4, 4, 4, 0, 0, 0, 0, 0, 0};

constexpr std::array<uint8_t, 256> make_slots() {
  std::array<uint8_t, 256> slots{};
  slots.fill(kSlots);
  for (uint8_t slot = 0; slot < kSlots; ++slot) slots[kCodes[slot]] = slot;
  return slots;
}

constexpr std::array<uint8_t, 256> kSlotOf = make_slots();

// The fields of a message that hold options, in the order of RFC 3396 section 5.
struct Fields {
  std::array<Bytes, 3> field;
  size_t count = 0;

  void add(Bytes octets) { field[count++] = octets; }
};

struct Option {
  Bytes value;
  unsigned pieces = 0;
};

enum class FieldEnd : uint8_t { kMarked, kUnmarked, kPastEnd };

// Calls `visit(code, value)` for each option of one field.
template <typename Visit>
FieldEnd walk_field(Bytes field, const Visit& visit) noexcept {
  ByteReader in(field);
  while (in.remaining() > 0) {
    const uint8_t code = in.u8();
    if (code == kPad) continue;
    if (code == kEnd) return FieldEnd::kMarked;
    const uint8_t length = in.u8();
    const Bytes value = in.take(length);
    if (!in.ok()) return FieldEnd::kPastEnd;
    visit(code, value);
  }
  return FieldEnd::kUnmarked;
}

class Walk {
 public:
  Walk(Message& message, MutableBytes scratch) : message_(message), room_(scratch) {}

  void find(Bytes options, Bytes file, Bytes server_name) noexcept {
    uint8_t overload = 0;
    fields_.add(options);
    find_in(options, &overload);
    if (overload > 3) message_.note(Damage::kBadOverload);
    if (overload > 3) return;
    if ((overload & 1) != 0) fields_.add(file);
    if ((overload & 2) != 0) fields_.add(server_name);
    for (size_t i = 1; i < fields_.count; ++i) find_in(fields_.field[i], nullptr);
  }

  void join_pieces() noexcept {
    for (uint8_t slot = 0; slot < kSlots; ++slot)
      if (options_[slot].pieces > 1) join(slot);
  }

  [[nodiscard]] bool has(Slot slot) const { return options_[slot].pieces > 0; }
  [[nodiscard]] Bytes value(Slot slot) const { return options_[slot].value; }

  // The first octets of an option with a fixed length; empty where it is not there or too short.
  Bytes fixed(Slot slot) noexcept {
    const Bytes value = options_[slot].value;
    if (has(slot) && value.size() != kLengths[slot]) message_.note(Damage::kBadOptionLength);
    return value.size() < kLengths[slot] ? Bytes{} : value.first(kLengths[slot]);
  }

  std::optional<uint32_t> number(Slot slot) noexcept {
    ByteReader in(fixed(slot));
    const uint32_t value = in.u32();
    return in.ok() ? std::optional<uint32_t>(value) : std::nullopt;
  }

 private:
  // `overload` is where option 52 of the options field goes; in the two others it means nothing.
  void find_in(Bytes field, uint8_t* overload) noexcept {
    const FieldEnd end = walk_field(field, [this, overload](uint8_t code, Bytes value) {
      const uint8_t slot = kSlotOf[code];
      if (slot < kSlots && options_[slot].pieces++ == 0) options_[slot].value = value;
      if (code == kOverload && overload != nullptr) *overload = value.size() == 1 && value[0] != 0 ? value[0] : 255;
    });
    if (end == FieldEnd::kPastEnd) message_.note(Damage::kOptionPastEnd);
    if (end == FieldEnd::kUnmarked) message_.note(Damage::kNoEnd);
  }

  void join(uint8_t slot) noexcept {
    // Of a fixed one an octet more is enough to see that it is too long, and leaves the room to the others.
    const size_t wanted = kLengths[slot] != 0 ? size_t{kLengths[slot]} + 1 : room_.size();
    const MutableBytes room = room_.first(std::min(wanted, room_.size()));
    size_t used = 0;
    bool cut = false;
    for (size_t i = 0; i < fields_.count; ++i) {
      walk_field(fields_.field[i], [&](uint8_t code, Bytes value) {
        if (code != kCodes[slot]) return;
        const size_t taken = std::min(value.size(), room.size() - used);
        std::copy_n(value.begin(), taken, room.begin() + used);
        used += taken;
        cut = cut || taken < value.size();
      });
    }
    if (cut && kLengths[slot] == 0) message_.note(Damage::kScratchFull);
    options_[slot].value = room.first(used);
    room_ = room_.subspan(used);
    ++message_.split_options;
  }

  Message& message_;
  MutableBytes room_;
  Fields fields_;
  std::array<Option, kSlots> options_{};
};

// Where a suboption stands twice the first counts.
void read_suboption(uint8_t code, Bytes value, Message& message) noexcept {
  RelayInformation& relay = message.relay;
  const auto keep = [value](Bytes& view) { view = view.empty() ? value : view; };
  const auto keep_address = [value, &message](std::optional<uint32_t>& address) {
    if (value.size() != 4) message.note(Damage::kBadSuboption);
    if (value.size() >= 4 && !address) address = ByteReader(value).u32();
  };
  switch (code) {
    case 1:
      return keep(relay.circuit_id);
    case 2:
      return keep(relay.remote_id);
    case 5:
      return keep_address(relay.link_selection);
    case 6:
      return keep(relay.subscriber_id);
    case 9:
      return keep(relay.vendor_information);
    case 11:
      return keep_address(relay.server_overrides);
    case 12:
      return keep(relay.relay_id);
    default:
      return;
  }
}

// Neither padding nor an end here (RFC 3046 section 2.0): 0 and 255 are codes like others.
void read_relay(Bytes option, Message& message) noexcept {
  message.relay.present = true;
  ByteReader in(option);
  while (in.remaining() > 0) {
    const uint8_t code = in.u8();
    const uint8_t length = in.u8();
    const Bytes value = in.take(length);
    if (!in.ok()) return message.note(Damage::kBadSuboption);
    read_suboption(code, value, message);
  }
}

// RFC 4702 section 2: flags, two octets that mean nothing any more, the name.
void read_full_name(Bytes option, Message& message) noexcept {
  constexpr uint8_t kWireForm = 0x04;
  ByteReader in(option);
  const uint8_t flags = in.u8();
  in.u16();
  if (!in.ok()) return message.note(Damage::kBadOptionLength);
  message.full_name = {(flags & kWireForm) != 0, in.rest()};
}

void fill(Walk& walk, Message& message) noexcept {
  message.requested_address = walk.number(kRequestedAddress);
  message.lease_s = walk.number(kLease);
  message.server_id = walk.number(kServerId);
  message.renewal_s = walk.number(kRenewal);
  message.rebinding_s = walk.number(kRebinding);
  message.rapid_commit = walk.has(kRapidCommit);
  message.client_id = walk.value(kClientId);
  message.host_name = walk.value(kHostName);
  message.vendor_class = walk.value(kVendorClass);
  if (walk.has(kFullName)) read_full_name(walk.value(kFullName), message);
  if (walk.has(kRelay)) read_relay(walk.value(kRelay), message);
}

}  // namespace

Reading Parser::read(Bytes datagram, Message& message) noexcept {
  message = {};
  ByteReader in(datagram);
  const uint8_t op = in.u8();
  message.hardware_type = in.u8();
  const uint8_t hardware_bytes = in.u8();
  message.hops = in.u8();
  message.xid = in.u32();
  in.u16();  // seconds
  message.broadcast = (in.u16() & 0x8000) != 0;
  message.ciaddr = in.u32();
  message.yiaddr = in.u32();
  message.siaddr = in.u32();
  message.giaddr = in.u32();
  const Bytes hardware = in.take(kHardwareBytesMax);
  const Bytes server_name = in.take(kServerNameBytes);
  const Bytes file = in.take(kFileBytes);
  const uint32_t magic = in.u32();
  if (!in.ok()) return Reading::kTruncated;
  if (op != static_cast<uint8_t>(Op::kRequest) && op != static_cast<uint8_t>(Op::kReply)) return Reading::kBadOp;
  if (hardware_bytes > kHardwareBytesMax) return Reading::kBadHardwareLength;
  if (magic != kMagic) return Reading::kNoMagic;
  message.op = static_cast<Op>(op);
  message.chaddr = hardware.first(hardware_bytes);

  Walk walk(message, scratch_);
  walk.find(in.rest(), file, server_name);
  walk.join_pieces();
  const Bytes type = walk.fixed(kType);
  if (type.empty()) return Reading::kBootp;
  if (type[0] < static_cast<uint8_t>(MessageType::kDiscover) || type[0] > static_cast<uint8_t>(MessageType::kInform))
    return Reading::kOtherType;
  message.type = static_cast<MessageType>(type[0]);
  fill(walk, message);
  return Reading::kMessage;
}

}  // namespace lictor::dhcp4
