#include "dataplane/session/session_snapshot.h"

#include <unordered_map>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

constexpr size_t kNamesMax = kIdentityKinds;
constexpr int64_t kClockSecondsMax = int64_t{1} << 40;  // stamps and their times have 32 bits

// What an item is.
constexpr uint8_t kSession = 1;  // as it was then
constexpr uint8_t kOver = 2;     // what was said of this key before is not to be believed any more
constexpr uint8_t kClock = 3;    // of a source

class Writer {
 public:
  explicit Writer(std::vector<uint8_t>& octets) : octets_(octets) {}

  void number(uint64_t value, size_t bytes) {
    for (size_t i = bytes; i-- > 0;) octets_.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }
  void time(PacketTime time) { number(static_cast<uint64_t>(time.unix_ns), 8); }
  void bytes(Bytes octets) { octets_.insert(octets_.end(), octets.begin(), octets.end()); }
  // Room for a count that is known later.
  size_t hold(size_t bytes) {
    octets_.resize(octets_.size() + bytes);
    return octets_.size() - bytes;
  }
  void fill(size_t at, uint16_t count) {
    octets_[at] = static_cast<uint8_t>(count >> 8);
    octets_[at + 1] = static_cast<uint8_t>(count);
  }

 private:
  std::vector<uint8_t>& octets_;
};

void append_image(const SessionImage& image, Writer& out) {
  out.number(static_cast<uint64_t>(image.source), 1);
  out.number(image.source_set, 2);
  out.number(image.key.low, 8);
  out.number(image.key.high, 4);
  out.number(image.group.number(), 6);
  out.time(image.started);
  out.time(image.updated);
  out.number(image.deadline_s, 4);
  out.number(static_cast<uint64_t>(image.at_deadline), 1);
  out.number(image.tracker_data, 8);
}

void append_names(const SessionBook& book, SessionId session, Writer& out) {
  const size_t at = out.hold(2);
  uint16_t count = 0;
  book.for_each_identity(session, [&](IdentityKind kind, Bytes shown) {
    out.number(static_cast<uint64_t>(kind), 1);
    out.number(shown.size(), 1);
    out.bytes(shown);
    ++count;
  });
  out.fill(at, count);
}

void append_addresses(const SessionBook& book, SessionId session, Writer& out) {
  const size_t at = out.hold(2);
  uint16_t count = 0;
  book.for_each_address(session, [&](const SessionAddress& address, PacketTime since) {
    out.number(address.prefix.ipv6 ? 1 : 0, 1);
    out.number(address.prefix.bits, 1);
    out.bytes(Bytes(address.prefix.octets).first(address.prefix.ipv6 ? 16 : 4));
    out.number(address.ports.first, 2);
    out.number(address.ports.last, 2);
    out.number(static_cast<uint64_t>(address.use), 1);
    out.time(since);
    ++count;
  });
  out.fill(at, count);
}

// What was read of one session; spans point into the octets.
struct Read {
  SessionImage image;
  std::vector<ShownIdentity> names;
  std::vector<HeldAddress> addresses;
  std::vector<FollowedImage> followed;
};

PacketTime read_time(ByteReader& in) { return {static_cast<int64_t>(in.u64())}; }

bool read_image(ByteReader& in, SessionImage& image) {
  const uint8_t source = in.u8();
  image.source_set = in.u16();
  image.key.low = in.u64();
  image.key.high = in.u32();
  const uint64_t group_high = in.u16();
  image.group = SessionGroup::from_number(group_high << 32 | in.u32());
  image.started = read_time(in);
  image.updated = read_time(in);
  image.deadline_s = in.u32();
  const uint8_t at_deadline = in.u8();
  image.tracker_data = in.u64();
  if (source >= kSessionSources || at_deadline >= kSessionEnds) return false;
  image.source = static_cast<SessionSource>(source);
  image.at_deadline = static_cast<SessionEnd>(at_deadline);
  return in.ok();
}

bool read_names(ByteReader& in, std::vector<ShownIdentity>& names) {
  const uint16_t count = in.u16();
  if (count > kNamesMax) return false;
  for (uint16_t i = 0; i < count; ++i) {
    const uint8_t kind = in.u8();
    const Bytes shown = in.take(in.u8());
    if (!in.ok() || kind >= kIdentityKinds) return false;
    names.push_back({static_cast<IdentityKind>(kind), shown});
  }
  return in.ok();
}

bool read_addresses(ByteReader& in, std::vector<HeldAddress>& addresses) {
  const uint16_t count = in.u16();
  if (count > kReportAddressesMax) return false;
  for (uint16_t i = 0; i < count; ++i) {
    const uint8_t family = in.u8();
    const uint8_t bits = in.u8();
    const Result<IpPrefix> prefix = IpPrefix::make(in.take(family == 1 ? 16 : 4), bits);
    HeldAddress held;
    held.address.ports.first = in.u16();
    held.address.ports.last = in.u16();
    const uint8_t use = in.u8();
    held.since = read_time(in);
    if (!in.ok() || family > 1 || !prefix.ok() || use > static_cast<uint8_t>(SessionAddress::Use::kRoute)) return false;
    if (held.address.ports.first > held.address.ports.last) return false;
    held.address.prefix = *prefix;
    held.address.use = static_cast<SessionAddress::Use>(use);
    addresses.push_back(held);
  }
  return true;
}

bool read_followed(ByteReader& in, std::vector<FollowedImage>& followed) {
  const uint16_t count = in.u16();
  if (count > kSnapshotTasksMax) return false;
  for (uint16_t i = 0; i < count; ++i) {
    const Result<Xid> xid = Xid::from_octets(in.take(sizeof(Xid::octets)));
    const uint32_t cin = in.u32();
    if (!in.ok() || !xid.ok() || cin == 0) return false;
    followed.push_back({.xid = *xid, .cin = cin});
  }
  return in.ok();
}

// A session, a key that is over, or a clock.
struct Item {
  uint8_t kind = kSession;
  Read session;
  SourceClock clock;
};

bool read_item(ByteReader& in, Item& item) {
  item.kind = in.u8();
  if (item.kind == kOver) {
    item.session.image.key.low = in.u64();
    item.session.image.key.high = in.u32();
    return in.ok();
  }
  if (item.kind == kClock) {
    item.clock.source_set = in.u16();
    item.clock.source = in.u64();
    item.clock.behind_s = static_cast<int64_t>(in.u64());
    return in.ok() && item.clock.behind_s >= -kClockSecondsMax && item.clock.behind_s <= kClockSecondsMax;
  }
  return item.kind == kSession && read_image(in, item.session.image) && read_names(in, item.session.names) &&
         read_addresses(in, item.session.addresses) && read_followed(in, item.session.followed);
}

struct HashOfKey {
  size_t operator()(const SessionKey& key) const { return key.low ^ key.high; }
};
// Where the last item of each key begins.
using LastItems = std::unordered_map<SessionKey, size_t, HashOfKey>;

}  // namespace

void append_session(const SessionBook& book, const SessionDesk& desk, SessionId session, std::vector<uint8_t>& octets) {
  Writer out(octets);
  out.number(kSession, 1);
  append_image(book.image(session), out);
  append_names(book, session, out);
  append_addresses(book, session, out);
  const size_t at = out.hold(2);
  uint16_t count = 0;
  desk.for_each_image(session, [&](const Xid& xid, uint32_t cin) {
    if (count == kSnapshotTasksMax) return;
    out.bytes(xid.octets);
    out.number(cin, 4);
    ++count;
  });
  out.fill(at, count);
}

void append_over(const SessionKey& key, std::vector<uint8_t>& octets) {
  Writer out(octets);
  out.number(kOver, 1);
  out.number(key.low, 8);
  out.number(key.high, 4);
}

void append_clock(const SourceClock& clock, std::vector<uint8_t>& octets) {
  Writer out(octets);
  out.number(kClock, 1);
  out.number(clock.source_set, 2);
  out.number(clock.source, 8);
  out.number(static_cast<uint64_t>(clock.behind_s), 8);
}

void append_clocks(const Tracker* tracker, std::vector<uint8_t>& octets) {
  if (tracker == nullptr) return;
  for (uint32_t number = 0; number < tracker->clocks_end(); ++number) {
    if (const std::optional<SourceClock> clock = tracker->clock(number)) append_clock(*clock, octets);
  }
}

void append_snapshot(const SessionBook& book, const SessionDesk& desk, std::vector<uint8_t>& octets) {
  book.for_each([&](SessionId session) {
    if (is_kept(book, session)) append_session(book, desk, session, octets);
  });
}

Result<SnapshotTotals> restore_snapshot(Bytes octets, const SnapshotOwners& owners) {
  LastItems last;
  ByteReader in(octets);
  while (in.remaining() > 0) {
    const size_t at = octets.size() - in.remaining();
    Item item;
    if (!read_item(in, item)) return absl::InvalidArgumentError("holds no sessions of this program");
    if (item.kind != kClock) last[item.session.image.key] = at;
  }
  SnapshotTotals totals;
  for (in = ByteReader(octets); in.remaining() > 0;) {
    const size_t at = octets.size() - in.remaining();
    Item item;
    LICTOR_CHECK(read_item(in, item));  // as before
    Read& read = item.session;
    if (item.kind == kClock) {
      if (Tracker* const clocks = owners(item.clock.source_set).clocks; clocks != nullptr)
        clocks->restore_clock(item.clock);
      continue;
    }
    if (item.kind == kOver || last.at(read.image.key) != at) continue;
    const SnapshotOwner owner = owners(read.image.source_set);
    const SessionId session =
        owner.book == nullptr ? kNoSession : owner.book->restore(read.image, read.names, read.addresses);
    if (session == kNoSession) {
      ++totals.refused;
      continue;
    }
    ++totals.sessions;
    for (FollowedImage& one : read.followed) {
      one.session = session;
      owner.desk->resume(one);
      ++totals.followed;
    }
  }
  return totals;
}

}  // namespace lictor
