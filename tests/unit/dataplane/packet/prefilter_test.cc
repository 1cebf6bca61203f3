// prefilter_burst: what it holds back would neither have matched nor been dropped nor looked into; and it holds back
// nearly every stranger.

#include "dataplane/packet/prefilter.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <random>

#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/parse_frame.h"
#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {
namespace {

constexpr LegalTime kNow{150};
constexpr size_t kTasks = 8;
constexpr uint32_t kFrameBytesMax = 1600;

TargetRule address_rule(const Octets& address, uint32_t bits) {
  return {.prefix = IpPrefix::make(address, bits).value(), .slot = TaskSlot{0}, .start = {100}, .stop = {200}};
}

bool is_let_through(const Octets& frame, const TargetTable& table, const EncapsulationTrust& trust = {}) {
  const ExactCopy copy(frame);
  const auto bytes = static_cast<uint32_t>(frame.size());
  return prefilter_burst(1, PrefilterPlan(trust, kFrameBytesMax), table, [&](size_t) {
           return FrameView{copy.bytes().data(), bytes, bytes};
         }).candidates != 0;
}

// What would become of the frame without the prefilter.
bool concerns_somebody(const Octets& frame, const TargetTable& table, const EncapsulationTrust& trust) {
  PacketBatch batch;
  batch.count = 1;
  batch.header[0] = frame;
  batch.frame_bytes[0] = static_cast<uint32_t>(frame.size());
  parse_batch(batch, kFrameBytesMax, trust);
  MatchBatch matches(kTasks);
  classify_batch(batch, table, kNow, matches);
  const ParsedFrame& parsed = batch.parsed[0];
  return parsed.result == ParseResult::kDropped || parsed.inner_damaged || parsed.too_deep || parsed.level_count > 1 ||
         !matches.tasks(0).empty();
}

Octets padded(Octets frame) {
  frame.resize(std::max<size_t>(frame.size(), 80));
  return frame;
}

std::vector<Octets> seed_frames() {
  const Octets big(100, 9);
  return {padded(ethernet(kIpv4Type, ipv4({}, udp(4)))),
          padded(ethernet(kIpv6Type, ipv6({}, udp(4)))),
          padded(ethernet(kIpv4Type, ipv4({}, udp(4)), {{0x8100, 100}})),
          padded(ethernet(kIpv6Type, ipv6({}, udp(4)), {{0x88a8, 100}, {0x8100, 200}})),
          padded(ethernet(kIpv4Type, ipv4({.words = 6}, udp(4)))),
          padded(ethernet(kIpv6Type, ipv6({.next = 60}, join({{17, 0, 1, 4, 0, 0, 0, 0}, udp(4)})))),
          padded(ethernet(40, snap(kIpv4Type, ipv4({}, udp())))),
          padded(ethernet(kArpType, big)),
          padded(ethernet(kIpv4Type, ipv4({}, join({{0x10, 0x00, 0x13, 0xc4}, big})))),
          ethernet(kIpv4Type, ipv4({}, udp(4)))};
}

std::vector<TargetRule> rules_of_every_kind() {
  std::vector<TargetRule> rules = {address_rule({192, 0, 2, 7}, 32), address_rule({198, 51, 0, 0}, 16)};
  TargetRule media = address_rule({203, 0, 113, 5}, 32);
  media.key = RuleKey::kEndpoint;
  media.target_ports = {4000, 4000};
  rules.push_back(media);
  media.prefix = rules[0].prefix;
  rules.push_back(media);
  TargetRule line = address_rule({0, 0, 0, 0}, 0);
  line.key = RuleKey::kVlans;
  line.vlan_count = 2;
  line.vlans = {100, 200};
  rules.push_back(line);
  TargetRule card = line;
  card.key = RuleKey::kMac;
  card.vlan_count = 0;
  card.mac = {2, 0, 0, 0, 0, 9};
  rules.push_back(card);
  return rules;
}

// Overwrites some octets, or puts one of the target's addresses or names somewhere.
void damage(Octets& frame, std::mt19937& random) {
  static const std::vector<Octets> kPieces = {
      {192, 0, 2, 7}, {198, 51, 100, 9}, {203, 0, 113, 5}, {0x0f, 0xa0}, {2, 0, 0, 0, 0, 9},
      {0x81, 0x00},   {0x08, 0x00},      {0x86, 0xdd},     {0x45},       {0x60}};
  for (size_t times = random() % 4; times > 0; --times) {
    const Octets& piece = kPieces[random() % kPieces.size()];
    const size_t at = random() % std::min<size_t>(frame.size() - piece.size(), 70);
    if (random() % 2 == 0) {
      std::copy(piece.begin(), piece.end(), frame.begin() + static_cast<ptrdiff_t>(at));
    } else {
      frame[at] = static_cast<uint8_t>(random());
    }
  }
  if (random() % 8 == 0) frame.resize(random() % frame.size());
}

TEST(Prefilter, NeverHoldsBackWhatConcernsSomebody) {
  const std::vector<TargetRule> every_kind = rules_of_every_kind();
  const std::vector<Octets> seeds = seed_frames();
  const EncapsulationTrust trusts[] = {{}, EncapsulationTrust::all()};
  std::mt19937 random(3);
  size_t concerned = 0;
  size_t held_back = 0;
  for (size_t round = 0; round < 300'000; ++round) {
    // Of all kinds and of each alone: what one kind lets through must not hide another.
    static std::vector<std::unique_ptr<const TargetTable>> tables;
    if (tables.empty()) {
      tables.push_back(TargetTable::build(every_kind));
      for (const TargetRule& rule : every_kind) tables.push_back(TargetTable::build({rule}));
    }
    const TargetTable& table = *tables[random() % tables.size()];
    const EncapsulationTrust& trust = trusts[random() % 2];
    Octets frame = seeds[random() % seeds.size()];
    damage(frame, random);
    const bool needed = concerns_somebody(frame, table, trust);
    const bool let_through = is_let_through(frame, table, trust);
    ASSERT_TRUE(let_through || !needed) << "round " << round;
    concerned += needed ? 1 : 0;
    held_back += let_through ? 0 : 1;
  }
  EXPECT_GT(concerned, 10'000U);
  EXPECT_GT(held_back, 10'000U);
}

TEST(Prefilter, HoldsBackNearlyEveryStranger) {
  std::mt19937 random(8);
  std::vector<TargetRule> rules;
  const auto any_address = [&random](size_t bytes) {
    Octets address(bytes);
    for (uint8_t& octet : address) octet = static_cast<uint8_t>(random());
    return address;
  };
  for (size_t i = 0; i < 10'000; ++i) rules.push_back(address_rule(any_address(4), 32));
  for (size_t i = 0; i < 1000; ++i) rules.push_back(address_rule(any_address(16), 128));
  for (size_t i = 0; i < 100; ++i) {
    Octets network = any_address(4);
    network[3] = 0;
    rules.push_back(address_rule(network, 24));
  }
  const auto table = TargetTable::build(rules);
  size_t let_through = 0;
  for (size_t i = 0; i < 5000; ++i) {
    let_through += is_let_through(
        padded(ethernet(kIpv4Type, ipv4({.source = any_address(4), .destination = any_address(4)}, udp(4)))), *table);
    let_through += is_let_through(
        padded(ethernet(kIpv6Type, ipv6({.source = any_address(16), .destination = any_address(16)}, udp(4)))), *table);
  }
  EXPECT_LT(let_through, 200U);
}

TEST(Prefilter, AskedAheadAnswersAsTheShortWayDoes) {
  std::mt19937 random(9);
  std::vector<TargetRule> rules;
  for (uint32_t i = 0; i < 300'000; ++i) {
    rules.push_back(address_rule({static_cast<uint8_t>(random()), static_cast<uint8_t>(random()),
                                  static_cast<uint8_t>(random()), static_cast<uint8_t>(random())},
                                 32));
  }
  const auto table = TargetTable::build(rules);
  const PrefilterPlan plan({}, kFrameBytesMax);
  std::vector<Octets> frames;
  for (size_t i = 0; i < kBurst; ++i) {
    const IpPrefix& target = rules[random() % rules.size()].prefix;
    const Octets address(target.octets.begin(), target.octets.begin() + 4);
    frames.push_back(
        padded(i % 2 == 0 ? ethernet(kIpv4Type, ipv4({.source = address}, udp(4))) : ethernet(kArpType, Octets(60))));
  }
  const Prefiltered answer = prefilter_burst(frames.size(), plan, *table, [&](size_t i) {
    const auto bytes = static_cast<uint32_t>(frames[i].size());
    return FrameView{frames[i].data(), bytes, bytes};
  });
  ASSERT_GT(table->hosts().bytes(), size_t{512} << 10);
  EXPECT_EQ(answer.candidates, 0x55555555U);
  EXPECT_EQ(answer.bytes, frames.size() * 80);
}

Octets datagram(uint16_t source_port, uint16_t destination_port) {
  Octets octets = udp(4);
  octets[0] = static_cast<uint8_t>(source_port >> 8);
  octets[1] = static_cast<uint8_t>(source_port);
  octets[2] = static_cast<uint8_t>(destination_port >> 8);
  octets[3] = static_cast<uint8_t>(destination_port);
  return octets;
}

TEST(Prefilter, HoldsBackWhatAnAddressWithMediaSendsFromOtherPorts) {
  const Octets server = {203, 0, 113, 5};
  TargetRule media = address_rule(server, 32);
  media.key = RuleKey::kEndpoint;
  media.target_ports = {4000, 4000};
  const auto table = TargetTable::build({media});
  const auto from_server = [&](uint16_t port) {
    return padded(ethernet(kIpv4Type, ipv4({.source = server}, datagram(port, 9))));
  };
  EXPECT_TRUE(is_let_through(from_server(4000), *table));
  EXPECT_TRUE(is_let_through(
      padded(ethernet(kIpv4Type, ipv4({.source = {192, 0, 2, 1}, .destination = server}, datagram(9, 4000)))), *table));
  for (uint16_t port = 4001; port < 4100; ++port) {
    ASSERT_FALSE(is_let_through(from_server(port), *table)) << port;
  }
  // Whose ports a later fragment has, the parser's side knows.
  EXPECT_TRUE(
      is_let_through(padded(ethernet(kIpv4Type, ipv4({.fragment = 8, .source = server}, datagram(1, 9)))), *table));
}

TEST(AskIpv4, EveryMethodOfThisMachineAnswersTheSame) {
  std::mt19937 random(4);
  std::vector<TargetRule> rules;
  std::vector<uint32_t> known;
  for (uint32_t i = 0; i < 3000; ++i) {
    const Octets address = {static_cast<uint8_t>(random()), static_cast<uint8_t>(random()),
                            static_cast<uint8_t>(random()), static_cast<uint8_t>(i % 3 == 0 ? 0 : random())};
    rules.push_back(address_rule(address, i % 3 == 0 ? 24 : 32));
    known.push_back(prefilter::load<uint32_t>(address.data()));
  }
  const auto table = TargetTable::build(rules);
  const prefilter::Filters filters(*table);
  std::array<uint64_t, kBurst> addresses;
  size_t suspects = 0;
  for (size_t round = 0; round < 20'000; ++round) {
    const size_t count = random() % (kBurst + 1);
    for (uint64_t& pair : addresses) {
      const uint32_t one = random() % 8 == 0 ? known[random() % known.size()] : static_cast<uint32_t>(random());
      pair = random() % 2 == 0 ? uint64_t{one} << 32 | static_cast<uint32_t>(random())
                               : uint64_t{static_cast<uint32_t>(random())} << 32 | one;
    }
    const uint32_t expected = prefilter::ask_ipv4_methods()[0].ask(filters, addresses.data(), count);
    suspects += static_cast<size_t>(std::popcount(expected));
    for (const prefilter::AskIpv4Method& method : prefilter::ask_ipv4_methods()) {
      ASSERT_EQ(method.ask(filters, addresses.data(), count), expected) << method.name << ", round " << round;
    }
  }
  EXPECT_GT(suspects, 20'000U);
}

}  // namespace
}  // namespace lictor
