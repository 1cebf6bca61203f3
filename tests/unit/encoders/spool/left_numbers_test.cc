// Where series go on behind several former processes: an older one's numbers do not stand in for a newer one's.
#include "encoders/spool/left_numbers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/unit/encoders/spool/disk_rig.h"

namespace lictor {
namespace {

// The agency is away over two restarts. What the newer process gave away nobody knows: the older one's numbers are
// past.
TEST(LeftNumbers, WhereTheNewerProcesssNumbersDoNotHoldTheOldersAreNotTakenInstead) {
  for (const bool by_liid : {true, false}) {
    DiskRig rig;
    rig.begin();
    rig.put(1, 0, 100);
    rig.end();
    const std::vector<std::string> older = rig.files("/head");
    rig.set_cin(by_liid ? 9 : 7);
    rig.begin();
    rig.put(1, 1, 100);
    rig.end();
    for (const std::string& head : rig.files("/head")) {
      if (std::ranges::find(older, head) == older.end()) std::filesystem::remove(head);
    }
    rig.begin();
    const std::optional<uint32_t> cin = by_liid ? std::nullopt : std::optional<uint32_t>(7);
    const LeftOfTask left = rig.depot().left("agency/a", "hi3", xid_of(1), cin);
    EXPECT_EQ(left.records, 2u);
    EXPECT_FALSE(left.known) << left.next[1];
  }
}

TEST(LeftNumbers, WhereTheNewerProcesssTableHadNoPlaceForATaskTheOldersNumbersAreNotTakenInstead) {
  DiskRig rig;
  rig.begin();
  rig.put(1, 0, 100);
  rig.put(2, 0, 100);
  rig.end();
  rig.plan().shape.series_max = 1;
  rig.begin();
  rig.put(1, 1, 100);
  rig.end();
  rig.begin();
  EXPECT_TRUE(rig.depot().left("agency/a", "hi3", xid_of(1), 7).known);
  EXPECT_EQ(rig.depot().left("agency/a", "hi3", xid_of(1), 7).next[1], 2u);
  EXPECT_FALSE(rig.depot().left("agency/a", "hi3", xid_of(2), 7).known);
}

// Over the two kinds of connection, that lie in two folders.
TEST(LeftNumbers, WhatOneFolderSaysIsHeldAgainstTheOthersGap) {
  const LeftOfTask older{.records = 1, .known = true, .cin = 7, .next = {3}, .opening = "1-0", .gap = ""};
  const LeftOfTask newer{.records = 2, .known = false, .opening = "", .gap = "2-0"};
  EXPECT_FALSE(sum_of(older, newer).known);
  EXPECT_FALSE(sum_of(newer, older).known);
  EXPECT_EQ(sum_of(newer, older).records, 3u);
  const LeftOfTask newest{.records = 0, .known = true, .cin = 7, .next = {5}, .opening = "3-0", .gap = ""};
  EXPECT_TRUE(sum_of(newest, newer).known);
  EXPECT_EQ(sum_of(newer, newest).next[0], 5u);
  EXPECT_EQ(sum_of(older, newest).next[0], 5u);
}

}  // namespace
}  // namespace lictor
