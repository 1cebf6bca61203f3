// What two versions of a tap both order, field by field, and against what each of them copies.
#include "dataplane/agent/common_tap.h"

#include <gtest/gtest.h>

#include <random>

namespace lictor {
namespace {

TapTarget target(const std::string& prefix) { return {.prefix = *IpPrefix::parse(prefix)}; }

TapDirective tap(std::vector<TapTarget> targets) {
  return {.targets = std::move(targets), .start = {100}, .stop = {200}, .iri = true, .cc = true, .octets = "message"};
}

TEST(CommonTap, TargetsAreThoseThatBothHaveOrThatLieInOneOfTheOther) {
  const TapTarget kept = target("192.0.2.7");
  const TapTarget gone = target("192.0.2.8");
  const TapTarget wider = target("198.51.100.0/24");
  const TapTarget narrower = target("198.51.100.16/28");
  const TapDirective narrowed = common_tap(tap({kept, gone, wider}), tap({kept, narrower, target("203.0.113.1")}));
  EXPECT_EQ(narrowed.targets, (std::vector<TapTarget>{kept, narrower}));
  EXPECT_EQ(common_tap(tap({narrower}), tap({wider})).targets, std::vector<TapTarget>{narrower});
  EXPECT_TRUE(narrowed.cc);
  EXPECT_EQ(narrowed.octets, "");
}

TEST(CommonTap, EveryPartOfATargetNarrowsIt) {
  const TapTarget wide = target("192.0.2.0/24");
  std::vector<TapTarget> narrow(8, wide);
  narrow[0].protocol = 6;
  narrow[1].target_ports = {5060, 5070};
  narrow[2].remote_ports = {443, 443};
  narrow[3].remote = *IpPrefix::parse("198.51.100.0/24");
  narrow[4].scope.port = "east";
  narrow[5].scope.vlan_count = 1;
  narrow[6].scope.label = 16;
  narrow[7].scope.vni = 7;
  for (const TapTarget& one : narrow) {
    EXPECT_EQ(common_tap(tap({wide}), tap({one})).targets, std::vector<TapTarget>{one});
    EXPECT_EQ(common_tap(tap({one}), tap({wide})).targets, std::vector<TapTarget>{one});
    for (const TapTarget& other : narrow) {
      EXPECT_EQ(common_tap(tap({one}), tap({other})).targets.size(), one == other ? 1U : 0U);
    }
  }
}

TEST(CommonTap, OfARangeAndANumberInItTheNumber) {
  const auto named = [](std::vector<std::string> numbers) {
    TapDirective one = tap({});
    for (const std::string& number : numbers)
      one.identities.push_back({.kind = IdentityKind::kTelUri, .value = number});
    return one;
  };
  const TapDirective range = named({"+4312345*"});
  const TapDirective inside = named({"+43123456"});
  EXPECT_EQ(common_tap(range, inside).identities, inside.identities);
  EXPECT_EQ(common_tap(inside, range).identities, inside.identities);
  EXPECT_EQ(common_tap(range, named({"+431234*", "+43999999"})).identities, range.identities);
  EXPECT_TRUE(common_tap(range, named({"+43123460"})).identities.empty());
}

TEST(CommonTap, FramesAndPacketsHaveNoContentInCommon) {
  TapDirective frames = tap({target("192.0.2.7")});
  frames.frames = true;
  const TapDirective packets = tap({target("192.0.2.7")});
  EXPECT_FALSE(common_tap(packets, frames).cc);
  EXPECT_FALSE(common_tap(frames, packets).cc);
  EXPECT_TRUE(common_tap(frames, frames).cc);
  EXPECT_TRUE(common_tap(frames, frames).frames);
  EXPECT_FALSE(orders_the_same(packets, frames));
}

TEST(CommonTap, WindowAndContentAreThoseOfBoth) {
  TapDirective after = tap({target("192.0.2.7")});
  after.start = {150};
  after.stop = {300};
  after.cc = false;
  const TapDirective common = common_tap(tap({target("192.0.2.7")}), after);
  EXPECT_EQ(common.start, LegalTime{150});
  EXPECT_EQ(common.stop, LegalTime{200});
  EXPECT_TRUE(common.iri);
  EXPECT_FALSE(common.cc);
}

TEST(CommonTap, ExclusionsOfBothAreLeftOut) {
  TapDirective before = tap({target("192.0.2.7")});
  TapDirective after = before;
  before.exclusions = {*IpPrefix::parse("198.51.100.0/24"), *IpPrefix::parse("203.0.113.1")};
  after.exclusions = {*IpPrefix::parse("203.0.113.1"), *IpPrefix::parse("203.0.113.2")};
  EXPECT_EQ(common_tap(before, after).exclusions.size(), 3U);
}

TEST(CommonTap, PatternsOfBothSelectAndWhereTheyShareNoneNothingIsCopied) {
  const TapDirective all = tap({target("192.0.2.7")});
  TapDirective ab = all;
  TapDirective bc = all;
  TapDirective d = all;
  ab.patterns = {{.octets = "a"}, {.octets = "b"}};
  bc.patterns = {{.octets = "b"}, {.octets = "c"}};
  d.patterns = {{.octets = "d"}};
  EXPECT_EQ(common_tap(ab, all).patterns, ab.patterns);
  EXPECT_EQ(common_tap(all, ab).patterns, ab.patterns);
  EXPECT_EQ(common_tap(ab, bc).patterns, std::vector<TapPattern>{{.octets = "b"}});
  EXPECT_FALSE(common_tap(ab, d).cc);
}

TEST(CommonTap, TargetsBeyondWhatIsComparedAreGivenUpUnlessTheyAreTheVerySame) {
  std::vector<TapTarget> before = {target("192.0.2.7")};
  std::vector<TapTarget> after = before;
  for (uint16_t i = 0; i < 2000; ++i) {
    before.push_back({.prefix = *IpPrefix::parse("198.51.100.1"), .target_ports = {i, i}});
    after.push_back({.prefix = *IpPrefix::parse("203.0.113.1"), .target_ports = {i, i}});
  }
  EXPECT_EQ(common_tap(tap(before), tap(after)).targets, std::vector<TapTarget>{target("192.0.2.7")});
}

// Of addresses and ports by chance: what the common part holds, both versions hold.
TEST(CommonTap, NeverOrdersWhatOneOfBothDoesNot) {
  std::mt19937 random(4);
  const auto below = [&](unsigned end) { return static_cast<uint8_t>(random() % end); };
  const auto random_target = [&] {
    const uint8_t bits = static_cast<uint8_t>(29 + below(4));
    const auto last = static_cast<uint8_t>(below(8) & 0xffU << (32 - bits));
    TapTarget one{.prefix = *IpPrefix::make(std::vector<uint8_t>{192, 0, 2, last}, bits)};
    if (below(2) == 0) one.protocol = 17;
    if (below(2) == 0) one.target_ports = {below(4), static_cast<uint16_t>(4 + below(4))};
    return one;
  };
  const auto holds = [](const TapDirective& one, uint8_t address, uint8_t protocol, uint16_t port) {
    return one.cc && std::ranges::any_of(one.targets, [&](const TapTarget& each) {
             return (address ^ each.prefix.octets[3]) >> (32 - each.prefix.bits) == 0 &&
                    (each.protocol == 0 || each.protocol == protocol) && each.target_ports.holds(port);
           });
  };
  size_t held = 0;
  for (int round = 0; round < 2000; ++round) {
    TapDirective before = tap({random_target(), random_target(), random_target()});
    TapDirective after = tap({random_target(), random_target(), before.targets[0]});
    const TapDirective common = common_tap(before, after);
    for (uint8_t address = 0; address < 8; ++address) {
      for (uint16_t port = 0; port < 8; ++port) {
        for (const uint8_t protocol : {uint8_t{6}, uint8_t{17}}) {
          if (!holds(common, address, protocol, port)) continue;
          ++held;
          ASSERT_TRUE(holds(before, address, protocol, port) && holds(after, address, protocol, port)) << round;
        }
      }
    }
  }
  EXPECT_GT(held, 10'000U);
}

}  // namespace
}  // namespace lictor
