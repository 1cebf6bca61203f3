// Room that is kept back, given up, and kept back again.
#include "control/audit/room_reserve.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/control/vault/support.h"

namespace lictor::control {
namespace {

constexpr uint64_t kBytes = 1 << 20;
constexpr uint64_t kMoreThanAnyDisk = uint64_t{1} << 60;

using RoomReserveTest = ScratchTest;

uint64_t taken_by(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 ? static_cast<uint64_t>(facts.st_blocks) * 512 : 0;
}

TEST_F(RoomReserveTest, TheDisksRoomIsTakenUntilItIsGivenUp) {
  const std::string path = file("reserve");
  const auto reserve = *RoomReserve::open({path}, kBytes);
  EXPECT_GE(taken_by(path), kBytes);
  EXPECT_FALSE(reserve->is_given_up());
  EXPECT_TRUE(reserve->give_up());
  EXPECT_TRUE(reserve->is_given_up());
  EXPECT_EQ(taken_by(path), 0U);
  EXPECT_FALSE(reserve->give_up()) << "there is nothing left to give";
}

TEST_F(RoomReserveTest, ItIsKeptBackAgainOnceThereIsRoom) {
  const std::string path = file("reserve");
  const auto reserve = *RoomReserve::open({path}, kBytes);
  reserve->give_up();
  EXPECT_NE(reserve->look(), RoomReserve::Room::kGivenUp);
  EXPECT_FALSE(reserve->is_given_up());
  EXPECT_GE(taken_by(path), kBytes);
}

TEST_F(RoomReserveTest, WhereTheDiskHasNoRoomForItItIsGivenUpFromTheStart) {
  const std::string path = file("reserve");
  const auto reserve = *RoomReserve::open({path}, kMoreThanAnyDisk);
  EXPECT_TRUE(reserve->is_given_up());
  EXPECT_EQ(reserve->look(), RoomReserve::Room::kGivenUp);
  EXPECT_EQ(taken_by(path), 0U) << "half a reserve is none";
}

TEST_F(RoomReserveTest, LogAndStoreOnOneDiskShareOne) {
  const auto reserve = *RoomReserve::open({file("log"), file("store")}, kBytes);
  EXPECT_GE(taken_by(file("log")), kBytes);
  EXPECT_EQ(taken_by(file("store")), 0U);
}

TEST_F(RoomReserveTest, WhatIsNoRegularFileIsRefusedAndItIsSaidWhy) {
  ASSERT_EQ(::mkfifo(file("reserve").c_str(), 0600), 0);
  const Status status = RoomReserve::open({file("reserve")}, kBytes).status();
  EXPECT_EQ(status.message(), file("reserve") + ": is no regular file");
}

TEST_F(RoomReserveTest, AnotherStartFindsItKeptBack) {
  const std::string path = file("reserve");
  { const auto first = *RoomReserve::open({path}, kBytes); }
  const auto second = *RoomReserve::open({path}, kBytes);
  EXPECT_FALSE(second->is_given_up());
  EXPECT_LT(taken_by(path), 2 * kBytes);
}

}  // namespace
}  // namespace lictor::control
