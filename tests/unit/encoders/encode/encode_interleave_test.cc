// Random lives of sessions, seen late by two session lcores and copied by two rx lcores, beside a model that knows when
// each address was whose: what is delivered is exactly what arrived then, each once, in order. Built a second time from
// a loop that looks at reports behind the copies, and does not wait: that one must fail here (mutate_order.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "tests/unit/encoders/encode/session_rig.h"

namespace lictor {
namespace {

constexpr uint32_t kTasks = 3;
constexpr uint32_t kSubscribers = 6;
constexpr size_t kRings = 2;

// Network and table: at each moment a subscriber has one address or none, and a CIN while it has one.
class World {
 public:
  explicit World(uint32_t seed)
      : random_(seed), rig_(EncodeMode::kLive, {.rings = kRings, .held_bytes = 1 << 20}, kRings, 1 << 20) {
    for (uint32_t slot = 0; slot < kTasks; ++slot)
      rig_.command(TaskCommand::Kind::kAdd, rig_.session_task(slot, 0, 1'000'000));
    rig_.at_ms(0);
  }

  void live(int64_t ms) {
    for (now_ = 1; now_ <= ms; ++now_) {
      if (dice(4)) change();
      publish(false);
      if (dice(2)) send();
      if (dice(3)) round();
    }
    for (int i = 0; i < 5; ++i, now_ += 3) {
      publish(true);
      round();
    }
  }

  void compare() {
    std::map<std::string, std::map<size_t, Lines>> delivered;  // by CIN, by ring
    std::map<std::string, uint32_t> next;
    std::set<std::string> texts;
    for (const std::string& line : rig_.drain(*rig_.hi3)) {
      const size_t space = line.find(' ');
      const size_t second = line.find(' ', space + 1);
      const std::string series = line.substr(0, space);
      const std::string text = line.substr(second + 1);
      EXPECT_EQ(std::stoul(line.substr(space + 1, second - space - 1)), next[series]++) << "no gap";
      EXPECT_TRUE(texts.insert(text).second) << "once";
      delivered[series][text[0] - '0'].push_back(text);
    }
    EXPECT_EQ(delivered, expected_);
    EXPECT_GT(texts.size(), 0u);
    uint64_t not_target = 0;
    for (uint32_t slot = 0; slot < kTasks; ++slot) {
      rig_.expect_balanced(slot);
      not_target += rig_.drops(RecordDrop::kNotTargetAnyMore, slot);
      EXPECT_EQ(rig_.accounts[slot].encoder.dropped.total(), rig_.drops(RecordDrop::kNotTargetAnyMore, slot));
    }
    EXPECT_EQ(not_target, not_target_);
  }

  [[nodiscard]] uint64_t not_target() const { return not_target_; }

 private:
  struct Subscriber {
    std::optional<uint32_t> cin;
    std::string address;
    // As the table of the rx lcores has it.
    std::optional<uint32_t> table_cin;
    std::string table_address;
  };
  struct Change {
    int64_t ms;  // when its message passed
    uint32_t subscriber;
    AccessEvent event;
    uint32_t cin;
    std::string address;
  };

  bool dice(uint32_t sides) { return random_() % sides == 0; }
  static uint32_t slot_of(uint32_t subscriber) { return subscriber % kTasks; }
  static size_t ring_of(uint32_t subscriber) { return subscriber % kRings; }

  // A message passes; its session lcore will see it later.
  void change() {
    const auto who = static_cast<uint32_t>(random_() % kSubscribers);
    Subscriber& subscriber = subscribers_[who];
    Change change{.ms = now_, .subscriber = who, .event = AccessEvent::kUpdate, .cin = 0, .address = {}};
    if (!subscriber.cin) {
      subscriber.cin = ++cins_;
      change.event = AccessEvent::kAccept;
    } else if (dice(2)) {
      change.event = AccessEvent::kEnd;
    }
    change.cin = *subscriber.cin;
    subscriber.address = change.event == AccessEvent::kEnd ? "" : "192.0.2." + std::to_string(1 + random_() % 200);
    change.address = subscriber.address;
    if (change.event == AccessEvent::kEnd) subscriber.cin.reset();
    late_[ring_of(who)].push_back(change);
  }

  // Session lcores catch up, each in its order: report, then table, then how far they have come.
  void publish(bool all) {
    for (size_t ring = 0; ring < kRings; ++ring) {
      std::vector<Change>& late = late_[ring];
      while (!late.empty() && (all || dice(3))) {
        const Change& change = late.front();
        const std::vector<std::string> addresses =
            change.address.empty() ? std::vector<std::string>() : std::vector{change.address};
        rig_.report(change.event, change.ms,
                    {.slot = slot_of(change.subscriber), .cin = change.cin, .addresses = addresses, .ring = ring});
        Subscriber& subscriber = subscribers_[change.subscriber];
        subscriber.table_address = change.address;
        subscriber.table_cin = change.event == AccessEvent::kEnd ? std::nullopt : std::optional(change.cin);
        late.erase(late.begin());
      }
      rig_.reports[ring]->passed({(late.empty() ? now_ : late.front().ms - 1) * kMs});
    }
  }

  // A packet of an address that the table has: it is the target's if the address is still its.
  void send() {
    const auto who = static_cast<uint32_t>(random_() % kSubscribers);
    const Subscriber& subscriber = subscribers_[who];
    if (!subscriber.table_cin || subscriber.table_address.empty()) return;
    const size_t ring = random_() % kRings;
    const std::string text = std::to_string(ring) + "p" + std::to_string(++packets_);
    const bool to_target = dice(2);
    rig_.session_copy(now_, text,
                      {.slot = slot_of(who),
                       .cin = *subscriber.table_cin,
                       .direction = to_target ? Direction::kToTarget : Direction::kFromTarget,
                       .source = to_target ? "198.51.100.1" : subscriber.table_address,
                       .destination = to_target ? subscriber.table_address : "198.51.100.1",
                       .ring = ring});
    const bool is_target = subscriber.cin == subscriber.table_cin && subscriber.address == subscriber.table_address;
    if (is_target)
      expected_["CC#" + std::to_string(*subscriber.table_cin)][ring].push_back(text);
    else
      ++not_target_;
  }

  void round() {
    rig_.at_ms(now_);
    rig_.drain(*rig_.hi2);
  }

  std::mt19937 random_;
  SessionRig rig_;
  std::array<Subscriber, kSubscribers> subscribers_;
  std::array<std::vector<Change>, kRings> late_;
  std::map<std::string, std::map<size_t, Lines>> expected_;
  uint64_t not_target_ = 0;
  int64_t now_ = 0;
  uint32_t cins_ = 0;
  uint32_t packets_ = 0;
};

TEST(EncodeInterleave, ExactlyWhatArrivedWhileTheAddressWasTheTargetsIsDelivered) {
  uint64_t not_target = 0;
  for (uint32_t seed = 0; seed < 60; ++seed) {
    World world(seed);
    world.live(1500);
    world.compare();
    not_target += world.not_target();
    if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
  }
  EXPECT_GT(not_target, 100u) << "nothing was shown";
}

}  // namespace
}  // namespace lictor
