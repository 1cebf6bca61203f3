// Any octets as frames that come one after the other, through what follows fragments. Each frame is preceded by the
// time since the last one, in steps of 20 ms (an octet), and by its length (two octets). With room for everything, a
// later fragment has the ports that a plain second writing says, and what waits is given back as that says: which,
// when, in which order, octet for octet. With hardly any room, every copy still has one fate.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/packet/fragment_tracker.h"
#include "dataplane/packet/parse_frame.h"

namespace {

using namespace lictor;

using Octets = std::vector<uint8_t>;

constexpr int64_t kStepNs = 20'000'000;
constexpr HashKey kKey{1, 2};  // an input that finds something finds it again
constexpr FragmentLimits kRoomy{.datagrams_max = 1024, .parked_bytes_max = size_t{256} << 10};
constexpr FragmentLimits kTight{.datagrams_max = 8, .parked_bytes_max = 2048};

struct Ports {
  uint8_t protocol;
  bool known;
  uint16_t source;
  uint16_t destination;

  friend bool operator==(const Ports&, const Ports&) = default;
};

Ports ports_of(const IpLevel& level) {
  return {level.protocol, level.ports_known, level.source_port, level.destination_port};
}

// The same promise, written for clarity.
class PlainTracker {
 public:
  // Whether it lacks the ports of its first fragment; else they are in `parsed`.
  bool is_missing(Bytes frame, ParsedFrame& parsed, int64_t now) {
    for (auto& [name, waiting] : waiting_)
      std::erase_if(waiting, [&](const Copy& copy) { return is_old(copy.at, now); });
    for (size_t i = 0; i < parsed.level_count; ++i) {
      IpLevel& level = parsed.level[i];
      if (level.fragment == FragmentKind::kWhole) continue;
      const Octets name = name_of(frame, level);
      if (level.fragment == FragmentKind::kFirst) {
        known_.insert_or_assign(name, First{now, ports_of(level)});
        for (const Copy& copy : waiting_[name]) released_.push_back(copy.frame);
        waiting_[name].clear();
        continue;
      }
      const auto first = known_.find(name);
      if (first == known_.end() || is_old(first->second.at, now)) {
        waiting_[name].push_back({now, {frame.begin(), frame.end()}});
        return true;
      }
      const Ports& ports = first->second.ports;
      level.protocol = ports.protocol;
      level.ports_known = ports.known;
      level.source_port = ports.source;
      level.destination_port = ports.destination;
    }
    return false;
  }
  std::vector<Octets> take_released() { return std::exchange(released_, {}); }
  size_t waiting() const {
    size_t count = 0;
    for (const auto& [name, waiting] : waiting_) count += waiting.size();
    return count;
  }

 private:
  struct First {
    int64_t at;
    Ports ports;
  };
  struct Copy {
    int64_t at;
    Octets frame;
  };

  static bool is_old(int64_t then, int64_t now) { return now - then > kRoomy.age_ns; }
  static Octets name_of(Bytes frame, const IpLevel& level) {
    const Bytes ip = frame.subspan(level.offset);
    const Bytes addresses = level.ipv6 ? ip.subspan(8, 32) : ip.subspan(12, 8);
    Octets name(addresses.begin(), addresses.end());
    if (!level.ipv6) name.push_back(ip[9]);
    const auto put = [&](uint32_t value) {
      for (const int shift : {0, 8, 16, 24}) name.push_back(static_cast<uint8_t>(value >> shift));
    };
    for (const uint32_t value : {level.fragment_id, level.label, level.vni, level.teid}) put(value);
    for (size_t i = 0; i < level.vlan_count; ++i) put(level.vlans[i]);
    return name;
  }

  std::map<Octets, First> known_;
  std::map<Octets, std::vector<Copy>> waiting_;
  std::vector<Octets> released_;
};

// One of each, side by side, fed with the same frames.
class Trackers {
 public:
  void take(Bytes frame) {
    const ParsedFrame parsed = parse_frame(frame, static_cast<uint32_t>(frame.size()), EncapsulationTrust::all());
    if (!has_fragment(parsed)) return;
    check_roomy(frame, parsed);
    check_tight(frame, parsed);
  }
  void wait(int64_t ns) { now_ += ns; }
  void end() {
    while (tight_.next_released()) ++released_;
    tight_.give_up_all();
    settled_ += tight_.take_settled(0).frames;
    LICTOR_CHECK(tight_.waiting() == 0 && tight_.held() == 0 && given_ == released_ + settled_);
  }

 private:
  void check_roomy(Bytes frame, const ParsedFrame& parsed) {
    ParsedFrame seen = parsed;
    ParsedFrame expected = parsed;
    roomy_.expire({now_}, 0);
    const bool missing = roomy_.see(frame, seen, 0, {now_}) == FragmentPorts::kMissing;
    if (missing) roomy_.park(frame, seen, 0, {now_}, 0, {});
    std::vector<Octets> released;
    while (const std::optional<ReleasedFragment> one = roomy_.next_released())
      released.emplace_back(one->frame.begin(), one->frame.end());
    const bool is_missing = plain_.is_missing(frame, expected, now_);
    const std::vector<Octets> are_released = plain_.take_released();
    // Beyond its room the two may differ.
    full_ |= roomy_account_.evicted.get() + roomy_account_.refused.get() + roomy_account_.forgotten.get() > 0;
    if (full_) return;
    LICTOR_CHECK(missing == is_missing && released == are_released && roomy_.waiting() == plain_.waiting());
    for (size_t i = 0; i < seen.level_count; ++i) LICTOR_CHECK(ports_of(seen.level[i]) == ports_of(expected.level[i]));
  }

  void check_tight(Bytes frame, const ParsedFrame& parsed) {
    ParsedFrame seen = parsed;
    if (tight_.see(frame, seen, 0, {now_}) == FragmentPorts::kMissing) {
      ++given_;
      tight_.park(frame, seen, 0, {now_}, 0, {});
    }
    if (given_ % 3 != 0) return;  // what is released may have to wait
    while (tight_.next_released()) ++released_;
    tight_.expire({now_}, 0);
    settled_ += tight_.take_settled(0).frames;
    LICTOR_CHECK(given_ == released_ + settled_ + tight_.held());
    LICTOR_CHECK(tight_account_.parked.get() == tight_account_.released.get() + tight_account_.expired.get() +
                                                    tight_account_.evicted.get() + tight_.waiting());
  }

  int64_t now_ = 0;
  bool full_ = false;
  FragmentAccount roomy_account_;
  FragmentTracker roomy_{kRoomy, roomy_account_, kKey};
  PlainTracker plain_;
  FragmentAccount tight_account_;
  FragmentTracker tight_{kTight, tight_account_, kKey};
  uint64_t given_ = 0;
  uint64_t released_ = 0;
  uint64_t settled_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto trackers = std::make_unique<Trackers>();
  ByteReader in(Bytes(data, size));
  while (in.remaining() > 3) {
    trackers->wait(in.u8() * kStepNs);
    const size_t bytes = std::min<size_t>(in.u16(), in.remaining());
    trackers->take(in.take(bytes));
  }
  trackers->end();
  return 0;
}
