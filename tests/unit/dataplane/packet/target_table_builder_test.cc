// TargetTableBuilder: tables that follow each other hold what was added and not removed, and change nothing in earlier
// ones.

#include "dataplane/packet/target_table_builder.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace lictor {
namespace {

TargetRule host(uint32_t address, uint32_t slot) {
  TargetRule rule{.slot = TaskSlot{slot}};
  rule.prefix = {.bits = 32};
  for (size_t i = 0; i < 4; ++i) rule.prefix.octets[i] = static_cast<uint8_t>(address >> (24 - 8 * i));
  return rule;
}

IpPrefix prefix(uint32_t address, uint8_t bits) {
  IpPrefix prefix = host(address, 0).prefix;
  prefix.bits = bits;
  return prefix;
}

std::set<uint32_t> slots_at(const TargetTable& table, uint32_t address) {
  std::set<uint32_t> slots;
  for (const uint8_t bits : table.ipv4_lengths()) {
    const TargetTable::Found found = table.find(prefix_key(Ipv4Key{address}, bits));
    if (found.plain != nullptr) slots.insert(index_of(found.plain->slot));
    for (const TargetRule& rule : found.rules) slots.insert(index_of(rule.slot));
  }
  return slots;
}

TEST(TargetTableBuilder, TablesHoldWhatWasAddedAndNotRemovedThroughThousandsOfChanges) {
  constexpr uint32_t kAddresses = 3000;
  std::mt19937 random(11);
  TargetTableBuilder builder;
  std::map<uint32_t, std::vector<TargetRule>> tasks;  // by slot
  std::map<uint32_t, std::set<uint32_t>> expected;    // by address
  for (uint32_t round = 0; round < 2000; ++round) {
    const auto slot = static_cast<uint32_t>(random() % 200);
    if (const auto found = tasks.find(slot); found != tasks.end()) {
      builder.remove(TaskSlot{slot}, found->second);
      for (auto& [address, slots] : expected) slots.erase(slot);
      tasks.erase(found);
    }
    if (random() % 4 != 0) {
      for (size_t i = 0; i < random() % 40; ++i) {
        const auto address = static_cast<uint32_t>(0xc6120000 + random() % kAddresses);
        tasks[slot].push_back(host(address, slot));
        builder.add(tasks[slot].back());
        expected[address].insert(slot);
      }
    }
    if (round % 50 != 49) continue;
    const auto table = builder.build();
    size_t rules = 0;
    for (const auto& [one, added] : tasks) rules += added.size();
    ASSERT_EQ(builder.rules(), rules);
    for (uint32_t address = 0xc6120000; address < 0xc6120000 + kAddresses; ++address) {
      ASSERT_EQ(slots_at(*table, address), expected[address]);
      ASSERT_TRUE(expected[address].empty() || table->hosts().maybe(Ipv4Key{address}.hash()));
    }
  }
}

TEST(TargetTableBuilder, AnEarlierTableStaysAsItWas) {
  TargetTableBuilder builder;
  builder.add(host(0xc0000207, 1));
  const auto first = builder.build();
  const TargetRule rules[] = {host(0xc0000207, 1)};
  builder.remove(TaskSlot{1}, rules);
  builder.add(host(0xc0000208, 2));
  const auto second = builder.build();
  EXPECT_EQ(slots_at(*first, 0xc0000207), std::set<uint32_t>{1});
  EXPECT_TRUE(slots_at(*first, 0xc0000208).empty());
  EXPECT_TRUE(slots_at(*second, 0xc0000207).empty());
  EXPECT_EQ(slots_at(*second, 0xc0000208), std::set<uint32_t>{2});
}

TEST(TargetTableBuilder, ATaskIsReplacedWithinOneTable) {
  TargetTableBuilder builder;
  const TargetRule rules[] = {host(0xc0000207, 1)};
  builder.add(rules[0]);
  static_cast<void>(builder.build());
  builder.remove(TaskSlot{1}, rules);
  builder.add(rules[0]);
  EXPECT_EQ(slots_at(*builder.build(), 0xc0000207), std::set<uint32_t>{1});
  builder.remove(TaskSlot{1}, rules);
  EXPECT_TRUE(builder.build()->empty());
}

TEST(TargetTableBuilder, KindsThatAreGoneAreNotLookedForAnyMore) {
  TargetTableBuilder builder;
  TargetRule media = host(0xc0000207, 3);
  media.key = RuleKey::kEndpoint;
  media.target_ports = {4000, 4000};
  builder.add(media);
  EXPECT_TRUE(builder.build()->kinds().endpoints);
  const TargetRule rules[] = {media};
  builder.remove(TaskSlot{3}, rules);
  const auto table = builder.build();
  EXPECT_FALSE(table->kinds().endpoints);
  EXPECT_TRUE(table->empty());
}

TEST(TargetTableBuilder, AWatchedPrefixPassesTheFiltersUntilItIsUnwatchedAsOften) {
  TargetTableBuilder builder;
  builder.watch(prefix(0xc0000200, 24));
  builder.watch(prefix(0xc0000200, 24));
  builder.watch(prefix(0xc6336407, 32));
  auto table = builder.build();
  EXPECT_FALSE(table->empty());
  EXPECT_TRUE(table->kinds().prefixes);
  EXPECT_TRUE(table->prefixes().maybe(TargetTable::granule_hash(Ipv4Key{0xc0000207})));
  EXPECT_TRUE(table->hosts().maybe(Ipv4Key{0xc6336407}.hash()));
  EXPECT_TRUE(slots_at(*table, 0xc0000207).empty()) << "it is no rule";
  builder.unwatch(prefix(0xc0000200, 24));
  EXPECT_TRUE(builder.build()->kinds().prefixes);
  builder.unwatch(prefix(0xc0000200, 24));
  builder.unwatch(prefix(0xc6336407, 32));
  table = builder.build();
  EXPECT_FALSE(table->kinds().prefixes);
  EXPECT_TRUE(table->empty());
}

TEST(TargetTableBuilder, FiltersAreMadeAnewBeforeTheyFillUp) {
  std::mt19937 random(5);
  TargetTableBuilder builder;
  for (uint32_t round = 0; round < 50; ++round) {
    std::vector<TargetRule> rules;
    for (size_t i = 0; i < 1000; ++i) rules.push_back(host(static_cast<uint32_t>(random()), 1));
    for (const TargetRule& rule : rules) builder.add(rule);
    const auto table = builder.build();
    size_t strangers = 0;
    for (size_t i = 0; i < 10'000; ++i)
      strangers += table->hosts().maybe(Ipv4Key{static_cast<uint32_t>(random())}.hash());
    ASSERT_LT(strangers, 200U) << "round " << round;
    builder.remove(TaskSlot{1}, rules);
  }
}

// What every packet is asked must stay in a cache, however many ports of a media server are somebody's.
TEST(TargetTableBuilder, WhatRulesShareTakesRoomInAFilterOnce) {
  std::vector<TargetRule> rules;
  for (uint16_t port = 1; port <= 20'000; ++port) {
    for (uint32_t task = 0; task < 3; ++task) {
      TargetRule media = host(0xc0000201, task);
      media.key = RuleKey::kEndpoint;
      media.target_ports = {port, port};
      rules.push_back(media);
    }
  }
  TargetTableBuilder builder;
  for (const TargetRule& rule : rules) builder.add(rule);
  const auto table = builder.build();
  EXPECT_EQ(table->hosts().bytes(), TargetTable::build({rules[0]})->hosts().bytes());
  EXPECT_EQ(table->named().bytes(), size_t{128} << 10) << "16 bits of twice 20,000 ports";
  const uint64_t address = Ipv4Key{0xc0000201}.hash();
  size_t strangers = 0;
  for (uint16_t port = 1; port <= 20'000; ++port) {
    ASSERT_TRUE(table->named().maybe(hash_again(endpoint_hash(address, port))));
    strangers += table->named().maybe(hash_again(endpoint_hash(address, static_cast<uint16_t>(port + 20'000)))) ? 1 : 0;
  }
  EXPECT_TRUE(table->hosts().maybe(address));
  EXPECT_LT(strangers, 400U);
}

}  // namespace
}  // namespace lictor
