#include "dataplane/session/session_snapshot.h"

#include <algorithm>
#include <map>

namespace lictor {
namespace {

constexpr size_t kNamesMax = kIdentityKinds;
constexpr size_t kFollowedMax = 4096;  // tasks of one session

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
  if (count > kFollowedMax) return false;
  for (uint16_t i = 0; i < count; ++i) {
    const Result<Xid> xid = Xid::from_octets(in.take(sizeof(Xid::octets)));
    const uint32_t cin = in.u32();
    if (!in.ok() || !xid.ok() || cin == 0) return false;
    followed.push_back({.xid = *xid, .cin = cin});
  }
  return in.ok();
}

}  // namespace

void append_snapshot(const SessionBook& book, const SessionDesk& desk, std::vector<uint8_t>& octets) {
  std::multimap<SessionId, FollowedImage> followed;
  for (const FollowedImage& image : desk.images()) followed.emplace(image.session, image);
  Writer out(octets);
  book.for_each([&](SessionId session) {
    const SessionImage image = book.image(session);
    if (image.source == SessionSource::kNeighbour) return;
    append_image(image, out);
    append_names(book, session, out);
    append_addresses(book, session, out);
    const auto [first, last] = followed.equal_range(session);
    out.number(static_cast<uint64_t>(std::min<ptrdiff_t>(std::distance(first, last), kFollowedMax)), 2);
    size_t count = 0;
    for (auto at = first; at != last && count < kFollowedMax; ++at, ++count) {
      out.bytes(at->second.xid.octets);
      out.number(at->second.cin, 4);
    }
  });
}

Result<SnapshotTotals> restore_snapshot(Bytes octets, const SnapshotOwners& owners) {
  SnapshotTotals totals;
  ByteReader in(octets);
  while (in.remaining() > 0) {
    Read read;
    const bool good = read_image(in, read.image) && read_names(in, read.names) && read_addresses(in, read.addresses) &&
                      read_followed(in, read.followed);
    if (!good) return absl::InvalidArgumentError("holds no sessions of this program");
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
