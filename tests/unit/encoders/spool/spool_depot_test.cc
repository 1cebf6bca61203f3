// What becomes of the directory that spools are made in.
#include <fstream>

#include "tests/unit/encoders/spool/disk_rig.h"

namespace lictor {
namespace {

TEST(SpoolDepot, ASecondProcessIsRefusedTheDirectory) {
  DiskRig rig;
  rig.begin();
  AlarmQueue alarms;
  const auto second = SpoolDepot::make(rig.plan(), alarms);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(SpoolDepot, WhatIsNoDirectoryIsRefusedAndAMissingOneIsMadeForTheOwnerAlone) {
  DiskRig rig;
  const std::string parent = rig.plan().directory;
  std::ofstream(parent + "/file") << "in the way";
  AlarmQueue alarms;
  rig.plan().directory = parent + "/file";
  EXPECT_EQ(SpoolDepot::make(rig.plan(), alarms).status().code(), absl::StatusCode::kFailedPrecondition);
  rig.plan().directory = parent + "/new/spool";
  EXPECT_TRUE(SpoolDepot::make(rig.plan(), alarms).ok());
  EXPECT_EQ(std::filesystem::status(rig.plan().directory).permissions(), std::filesystem::perms::owner_all);
}

TEST(SpoolDepot, RecordsBehindTheLastHashOfAKilledProcessAreCounted) {
  constexpr uint8_t kCcHash = 4;
  DiskRig rig;
  rig.begin();
  for (uint32_t number = 0; number < 3; ++number) rig.put(1, number, 100);
  rig.put(1, 0, 200, kCcHash);
  for (uint32_t number = 3; number < 5; ++number) rig.put(1, number, 100);
  for (uint32_t number = 0; number < 4; ++number) rig.put(2, number, 100);
  rig.put(2, 0, 200, kCcHash);
  rig.end();
  const auto found = find_spool(std::filesystem::path(rig.files(".seg").front()).parent_path());
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->unchecked, (std::map<Xid, uint64_t>{{xid_of(1), 2}, {xid_of(2), 0}}));
}

}  // namespace
}  // namespace lictor
