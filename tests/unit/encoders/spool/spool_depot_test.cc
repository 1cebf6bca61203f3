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

}  // namespace
}  // namespace lictor
