// The memory below a SessionBook.
#include "dataplane/session/session_store.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lictor {
namespace {

TEST(CompactTime, KeepsTheOrderToItsUnit) {
  const PacketTime time{1'700'000'000'123'456'789};
  const CompactTime compact(time);
  EXPECT_LE(compact.time().unix_ns, time.unix_ns);
  EXPECT_GT(compact.time().unix_ns + 65'536, time.unix_ns);
  EXPECT_LT(compact, CompactTime(PacketTime{time.unix_ns + 65'536}));
  EXPECT_EQ(CompactTime(PacketTime{-1}).time(), PacketTime{0});
}

TEST(CellArena, PiecesOfOneSizeServeAgainAndNoneOverlap) {
  Result<CellArena> made = CellArena::make(1 << 16);
  ASSERT_TRUE(made.ok());
  CellArena& arena = *made;
  std::vector<CellHandle> cells;
  while (const CellHandle cell = arena.take(40)) cells.push_back(cell);
  ASSERT_GT(cells.size(), 1000U);
  for (size_t i = 0; i < cells.size(); ++i) std::memcpy(arena.at(cells[i]), &i, sizeof i);
  for (size_t i = 0; i < cells.size(); ++i) {
    size_t found = 0;
    std::memcpy(&found, arena.at(cells[i]), sizeof found);
    ASSERT_EQ(found, i);
  }
  const uint64_t out = arena.bytes_out();
  for (const CellHandle cell : cells) arena.give_back(cell, 40);
  EXPECT_EQ(arena.bytes_out(), 0U);
  for (size_t i = 0; i < cells.size(); ++i) ASSERT_NE(arena.take(33), 0U);
  EXPECT_EQ(arena.bytes_out(), out);
}

TEST(CellArena, WhatIsGivenBackHoldsNoNames) {
  Result<CellArena> made = CellArena::make(1 << 16);
  ASSERT_TRUE(made.ok());
  const CellHandle cell = made->take(24);
  std::memset(made->at(cell), 'x', 24);
  made->give_back(cell, 24);
  for (size_t i = sizeof(CellHandle); i < 24; ++i) EXPECT_EQ(made->at(cell)[i], 0) << i;
}

TEST(CellArena, AnImpossibleSizeIsRefused) {
  EXPECT_FALSE(CellArena::make(0).ok());
  EXPECT_FALSE(CellArena::make(CellArena::kBytesMax + 1).ok());
}

TEST(SessionStore, ASessionTakes240Octets) {
  constexpr uint32_t kSessions = 1000;
  Result<SessionStore> made = SessionStore::make({.sessions_max = kSessions, .cells_bytes_max = kSessions * 168});
  ASSERT_TRUE(made.ok());
  SessionStore& store = *made;
  for (uint32_t i = 0; i < kSessions; ++i) {
    const SessionId session = store.insert({.low = i * uint64_t{0x9e3779b97f4a7c15}, .high = i});
    ASSERT_NE(session, kNoSession);
    const std::string name = "subscriber-" + std::to_string(1000 + i) + "@isp.test";
    ASSERT_EQ(name.size(), 24U);
    const std::array<uint8_t, 6> mac = {0, 0x53, 0, 0, static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)};
    ASSERT_EQ(store.set_name(session, IdentityKind::kRadiusUser, as_bytes(name)), SessionStore::Stored::kChanged);
    ASSERT_EQ(store.set_name(session, IdentityKind::kMac, mac), SessionStore::Stored::kChanged);
    const auto low = static_cast<uint8_t>(i);
    IpPrefix ipv4{.bits = 32, .octets = {192, 0, static_cast<uint8_t>(i >> 8), low}};
    IpPrefix ipv6{.ipv6 = true, .bits = 128, .octets = {0x20, 1, 0x0d, 0xb8, 0, low, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    IpPrefix delegated{.ipv6 = true, .bits = 56, .octets = {0x20, 1, 0x0d, 0xb8, 1, low}};
    for (const IpPrefix& prefix : {ipv4, ipv6, delegated}) {
      ASSERT_TRUE(store.add_address(session, {.prefix = prefix, .ports = {}}, PacketTime{1}));
    }
  }
  EXPECT_EQ((store.fixed_bytes() + store.cells_bytes()) / kSessions, 240U);
}

TEST(SessionStore, AnImpossibleSizeIsRefused) {
  EXPECT_FALSE(SessionStore::make({.sessions_max = 0, .cells_bytes_max = 4096}).ok());
  EXPECT_FALSE(SessionStore::make({.sessions_max = UINT32_MAX, .cells_bytes_max = 4096}).ok());
}

}  // namespace
}  // namespace lictor
