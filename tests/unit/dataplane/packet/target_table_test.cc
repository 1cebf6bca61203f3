// TargetTable: every rule that covers an address is found, and no other.

#include "dataplane/packet/target_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <unordered_map>

#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TargetRule rule(const Octets& address, uint32_t bits, uint32_t slot) {
  return {.prefix = IpPrefix::make(address, bits).value(), .slot = TaskSlot{slot}};
}

std::vector<uint32_t> slots_of(const TargetTable& table, const Octets& address) {
  std::vector<uint32_t> slots;
  const auto take = [&slots](const TargetTable::Found& found) {
    if (found.plain != nullptr) slots.push_back(index_of(found.plain->slot));
    for (const TargetRule& rule : found.rules) slots.push_back(index_of(rule.slot));
  };
  const ExactCopy copy(address);
  const uint8_t* const octets = copy.bytes().data();
  if (address.size() == 4) {
    for (const uint8_t bits : table.ipv4_lengths()) take(table.find(prefix_key(ipv4_key(octets), bits)));
  } else {
    for (const uint8_t bits : table.ipv6_lengths()) take(table.find(prefix_key(ipv6_key(octets), bits)));
  }
  return slots;
}

Octets v6(std::initializer_list<std::pair<size_t, uint8_t>> octets) {
  Octets address(16);
  address[0] = 0x20;
  address[1] = 0x01;
  address[2] = 0x0d;
  address[3] = 0xb8;
  for (const auto& octet : octets) address[octet.first] = octet.second;
  return address;
}

TEST(TargetTable, EmptyTableFindsNothing) {
  const auto table = TargetTable::build({});
  EXPECT_TRUE(table->empty());
  EXPECT_THAT(slots_of(*table, {192, 0, 2, 7}), IsEmpty());
  EXPECT_THAT(slots_of(*table, Octets(16)), IsEmpty());
}

TEST(TargetTable, OnlyRuleOfAKeyIsFoundWithItWhereItIsPlain) {
  TargetRule scoped = rule({192, 0, 2, 2}, 32, 2);
  scoped.label = 7;
  TargetRule flow = rule({192, 0, 2, 3}, 32, 3);
  flow.protocol = 6;
  TargetRule plain = rule({192, 0, 2, 1}, 32, 1);
  plain.ports = 0b10;
  plain.start = {100};
  plain.stop = {200};
  const auto table =
      TargetTable::build({plain, scoped, flow, rule({192, 0, 2, 4}, 32, 4), rule({192, 0, 2, 4}, 32, 5)});
  const auto find = [&](uint8_t last) { return table->find(prefix_key(ipv4_key(Octets{192, 0, 2, last}.data()), 32)); };
  ASSERT_NE(find(1).plain, nullptr);
  EXPECT_TRUE(find(1).rules.empty());
  const PlainRule& found = *find(1).plain;
  EXPECT_EQ(found.slot, TaskSlot{1});
  EXPECT_TRUE(found.admits(1, LegalTime{100}));
  EXPECT_FALSE(found.admits(0, LegalTime{100})) << "another port";
  EXPECT_FALSE(found.admits(1, LegalTime{99})) << "before the window";
  EXPECT_FALSE(found.admits(1, LegalTime{200})) << "after it";
  for (const auto& [last, count] : {std::pair{2, 1U}, std::pair{3, 1U}, std::pair{4, 2U}}) {
    EXPECT_EQ(find(static_cast<uint8_t>(last)).plain, nullptr) << last;
    EXPECT_EQ(find(static_cast<uint8_t>(last)).rules.size(), count) << last;
  }
}

TEST(TargetTable, AllPrefixLengthsThatCoverAnAddressAreFound) {
  const auto table =
      TargetTable::build({rule({192, 0, 2, 7}, 32, 1), rule({192, 0, 2, 0}, 24, 2), rule({192, 0, 2, 6}, 31, 3),
                          rule({0, 0, 0, 0}, 0, 4), rule({192, 0, 2, 8}, 32, 5), rule({198, 51, 100, 0}, 24, 6)});
  EXPECT_FALSE(table->empty());
  EXPECT_THAT(slots_of(*table, {192, 0, 2, 7}), UnorderedElementsAre(1, 2, 3, 4));
  EXPECT_THAT(slots_of(*table, {192, 0, 2, 9}), UnorderedElementsAre(2, 4));
  EXPECT_THAT(slots_of(*table, {203, 0, 113, 1}), UnorderedElementsAre(4));
}

TEST(TargetTable, Ipv6PrefixesEndOnEitherSideOfTheMiddle) {
  const auto table = TargetTable::build({rule(v6({{15, 7}}), 128, 1), rule(v6({}), 32, 2), rule(v6({}), 64, 3),
                                         rule(v6({}), 65, 4), rule(v6({{7, 1}}), 64, 5), rule(Octets(16), 0, 6)});
  EXPECT_THAT(slots_of(*table, v6({{15, 7}})), UnorderedElementsAre(1, 2, 3, 4, 6));
  EXPECT_THAT(slots_of(*table, v6({{8, 0x80}})), UnorderedElementsAre(2, 3, 6));
  EXPECT_THAT(slots_of(*table, v6({{7, 1}})), UnorderedElementsAre(2, 5, 6));
  EXPECT_THAT(slots_of(*table, Octets(16)), UnorderedElementsAre(6));
}

TEST(TargetTable, FamiliesDoNotMeet) {
  const auto table = TargetTable::build({rule({0, 0, 0, 0}, 0, 4), rule(Octets(16), 0, 6)});
  EXPECT_THAT(slots_of(*table, {0, 0, 0, 0}), ElementsAre(4));
  EXPECT_THAT(slots_of(*table, Octets(16)), ElementsAre(6));
}

TEST(TargetTable, SeveralRulesOfOneAddressAreAllVisited) {
  const auto table = TargetTable::build({rule({192, 0, 2, 7}, 32, 3), rule({192, 0, 2, 7}, 32, 1),
                                         rule({192, 0, 2, 7}, 32, 3), rule({192, 0, 2, 7}, 32, 2)});
  EXPECT_THAT(slots_of(*table, {192, 0, 2, 7}), UnorderedElementsAre(1, 2, 3, 3));
}

TEST(ExactKey, MaskKeepsTheNetworkBitsAlone) {
  const Ipv4Key v4{UINT32_MAX};
  for (uint8_t bits = 0; bits <= 32; ++bits) EXPECT_EQ(std::popcount(v4.masked(bits).value), bits);
  EXPECT_EQ(v4.masked(1).value, 0x80000000U);
  const Ipv6Key all{UINT64_MAX, UINT64_MAX};
  for (uint8_t bits = 0; bits <= 128; ++bits) {
    const Ipv6Key masked = all.masked(bits);
    EXPECT_EQ(std::popcount(masked.high) + std::popcount(masked.low), bits);
    EXPECT_TRUE(masked.low == 0 || masked.high == UINT64_MAX);
  }
}

TEST(TargetTable, ManyNeighboursAreAllFoundAndNoOther) {
  constexpr size_t kKeys = 10'000;
  std::mt19937 random(4);
  std::unordered_map<uint32_t, uint32_t> kept;
  std::vector<TargetRule> rules;
  while (kept.size() < kKeys) {
    const auto slot = static_cast<uint32_t>(kept.size());
    // In one /16, which share most of their bits.
    const auto low = static_cast<uint16_t>(random());
    if (!kept.emplace(low, slot).second) continue;
    rules.push_back(rule({192, 0, static_cast<uint8_t>(low >> 8), static_cast<uint8_t>(low)}, 32, slot));
  }
  const auto table = TargetTable::build(rules);
  for (uint32_t low = 0; low < 65536; ++low) {
    const auto found = kept.find(low);
    const std::vector<uint32_t> slots =
        slots_of(*table, {192, 0, static_cast<uint8_t>(low >> 8), static_cast<uint8_t>(low)});
    ASSERT_EQ(slots, found == kept.end() ? std::vector<uint32_t>{} : std::vector<uint32_t>{found->second}) << low;
  }
}

TEST(TargetTable, Ipv6KeysThatDifferInOneBitAreTwoKeys) {
  const auto flipped = [](size_t bit) {
    Octets address = v6({{15, 7}});
    address[bit / 8] ^= static_cast<uint8_t>(0x80 >> bit % 8);
    return address;
  };
  std::vector<TargetRule> rules;
  for (uint32_t bit = 0; bit < 128; bit += 2) rules.push_back(rule(flipped(bit), 128, bit));
  const auto table = TargetTable::build(rules);
  for (uint32_t bit = 0; bit < 128; ++bit)
    ASSERT_EQ(slots_of(*table, flipped(bit)).size(), bit % 2 == 0 ? 1U : 0U) << bit;
  EXPECT_THAT(slots_of(*table, v6({{15, 7}})), IsEmpty());
}

}  // namespace
}  // namespace lictor
