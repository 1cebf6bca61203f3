// DiskSpool: what is read is what was appended, from the plain copies, from the disk, and by the next process; bounds
// take the oldest and say how many; a disk that fails costs what it holds and nothing else.
#include "encoders/spool/disk_spool.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/unit/encoders/spool/disk_rig.h"

namespace lictor {
namespace {

void expect_run(const std::vector<TakenRecord>& taken, uint32_t task, uint32_t first, size_t count, size_t bytes) {
  ASSERT_EQ(taken.size(), count);
  for (uint32_t i = 0; i < count; ++i) {
    ASSERT_EQ(taken[i].gone, GivenUp::kCount) << i;
    ASSERT_EQ(taken[i].slot, TaskSlot{task});
    ASSERT_EQ(taken[i].number, first + i);
    ASSERT_EQ(taken[i].series, 1);
    ASSERT_EQ(taken[i].octets, DiskRig::octets_of(task, first + i, bytes)) << i;
  }
}

TEST(DiskSpool, ShowsRecordsInOrderOnceTheyArePublished) {
  DiskRig rig;
  rig.begin();
  ASSERT_TRUE(rig.append(1, 0, 100));
  ASSERT_TRUE(rig.append(2, 0, 50));
  EXPECT_FALSE(rig.live().entry(0).has_value());
  rig.live().publish();
  EXPECT_EQ(rig.live().backlog_records(), 2u);
  EXPECT_EQ(rig.live().backlog_bytes(), 150u);
  EXPECT_EQ(rig.live().entry(1)->slot, TaskSlot{2});
  EXPECT_EQ(rig.live().readable().size(), 150u);
  rig.take(rig.live());
  EXPECT_EQ(rig.live().backlog_records(), 0u);
}

TEST(DiskSpool, ABacklogBeyondThePlainCopiesComesBackFromTheDiskInOrder) {
  DiskRig rig;
  rig.begin();
  constexpr uint32_t kRecords = 600;  // 600 KiB: ten times the plain copies' room, over several segments
  for (uint32_t i = 0; i < kRecords; ++i) rig.put(1, i, 1000);
  expect_run(rig.take(rig.live()), 1, 0, kRecords, 1000);
  for (uint32_t i = 0; i < 10; ++i) rig.put(1, kRecords + i, 500);
  expect_run(rig.take(rig.live()), 1, kRecords, 10, 500);
}

TEST(DiskSpool, CatchesUpWhileRecordsGoOnComing) {
  DiskRig rig;
  rig.begin();
  uint32_t next = 0;
  for (; next < 200; ++next) rig.put(1, next, 900);
  std::vector<TakenRecord> all;
  while (next < 900) {
    for (uint32_t i = 0; i < 3; ++i) rig.put(1, next++, 900);
    for (TakenRecord& record : rig.take(rig.live(), 5)) all.push_back(std::move(record));
  }
  for (TakenRecord& record : rig.take(rig.live())) all.push_back(std::move(record));
  expect_run(all, 1, 0, next, 900);
}

TEST(DiskSpool, TheNextProcessDeliversWhatWasNotReleased) {
  DiskRig rig;
  rig.begin();
  for (uint32_t i = 0; i < 40; ++i) rig.put(1, i, 700);
  expect_run(rig.take(rig.live(), 15), 1, 0, 15, 700);
  rig.end();
  rig.begin();
  ASSERT_EQ(rig.set().left.size(), 1u);
  EXPECT_EQ(rig.depot().left("agency/a", "hi3", xid_of(1), 7).records, 25u);
  expect_run(rig.take(*rig.set().left[0]), 1, 15, 25, 700);
  rig.set().left[0]->remove();
  rig.end();
  rig.begin();
  ASSERT_EQ(rig.set().left.size(), 1u);  // of the second process, which wrote nothing
  EXPECT_EQ(rig.set().left[0]->backlog_records(), 0u);
}

TEST(DiskSpool, NumbersGoOnInTheNextProcess) {
  DiskRig rig;
  rig.begin();
  for (uint32_t i = 0; i < 30; ++i) rig.put(1, i, 100, 1);
  rig.put(1, 4, 100, 2);
  rig.take(rig.live());
  rig.end();
  rig.begin();
  LeftOfTask left = rig.depot().left("agency/a", "hi3", xid_of(1), 7);
  EXPECT_TRUE(left.known);
  EXPECT_EQ(left.next, (std::array<uint32_t, kSeriesKinds>{0, 30, 5}));
  EXPECT_FALSE(rig.depot().left("agency/a", "hi3", xid_of(1), 8).known);  // another CIN
  EXPECT_TRUE(rig.depot().left("agency/a", "hi3", xid_of(2), 7).known);   // known, and has numbered nothing
}

TEST(DiskSpool, WithoutACinTheNumbersOfTheLastOneGoOn) {
  DiskRig rig;
  rig.begin();
  for (uint32_t i = 0; i < 30; ++i) rig.put(1, i, 100, 1);
  rig.end();
  rig.set_cin(9);
  rig.begin();  // what the first one left stays
  for (uint32_t i = 30; i < 33; ++i) rig.put(1, i, 100, 1);
  rig.end();
  rig.begin();
  const LeftOfTask left = rig.depot().left("agency/a", "hi3", xid_of(1), std::nullopt);
  EXPECT_TRUE(left.known);
  EXPECT_EQ(left.cin, 9U);
  EXPECT_EQ(left.next[1], 33U);
  EXPECT_EQ(rig.depot().left("agency/a", "hi3", xid_of(1), 7).next[1], 30U);
  EXPECT_FALSE(rig.depot().left("agency/a", "hi3", xid_of(9), std::nullopt).known);
}

TEST(DiskSpool, NumbersAreKeptInSegmentsThatFollow) {
  DiskRig rig;
  rig.begin();
  rig.put(2, 41, 100);
  uint32_t number = 0;
  while (rig.files(".seg").size() < 4) rig.put(1, number++, 1000);
  rig.take(rig.live());
  for (uint32_t i = 0; i < 2000; ++i, ++number) {  // until the first segment has another life
    rig.put(1, number, 1000);
    rig.take(rig.live());
  }
  rig.end();
  rig.begin();
  EXPECT_EQ(rig.depot().left("agency/a", "hi3", xid_of(2), 7).next[1], 42u);
  EXPECT_EQ(rig.depot().left("agency/a", "hi3", xid_of(1), 7).next[1], number);
}

TEST(DiskSpool, NumbersDoNotHoldOverARestartOfTheMachine) {
  DiskRig rig;
  rig.begin();
  rig.put(1, 0, 100);
  rig.end();
  {
    std::fstream head(rig.files("/head").front(), std::ios::in | std::ios::out | std::ios::binary);
    head.seekp(offsetof(SpoolHeader, boot_id));
    head.write("another boot id.", 16);
  }
  rig.begin();
  EXPECT_FALSE(rig.depot().left("agency/a", "hi3", xid_of(1), 7).known);
  expect_run(rig.take(*rig.set().left[0]), 1, 0, 1, 100);
}

TEST(DiskSpool, TheBoundTakesExactlyTheOldestAndCountsThem) {
  DiskRig rig;
  rig.begin();
  uint64_t given_up = 0;
  constexpr uint32_t kRecords = 5000;  // 5 MB into a bound of 2 MiB
  for (uint32_t i = 0; i < kRecords;) {
    if (rig.append(1, i, 1000)) ++i;
    rig.live().publish();
    rig.tend(rig.live());
    const Overdue overdue = rig.live().overdue(legal_now());
    for (uint64_t left = overdue.records; left > 0;) {
      EXPECT_EQ(overdue.reason, GivenUp::kBacklogMax);
      if (!rig.live().entry(0)) {
        ASSERT_TRUE(rig.tend(rig.live()));
        continue;
      }
      rig.live().release_one(given_up_for(overdue.reason));
      ++given_up;
      --left;
    }
    rig.live().note_released();
  }
  ASSERT_GT(given_up, 1000u);
  EXPECT_EQ(rig.live().backlog_records(), kRecords - given_up);
  expect_run(rig.take(rig.live()), 1, static_cast<uint32_t>(given_up), kRecords - given_up, 1000);
  bool told = false;
  rig.live().tend({INT64_MAX / 2}, {});
  for (const AlarmEvent& alarm : rig.alarms().take_all()) {
    told = told || (alarm.code == "records_given_up" && alarm.count == given_up);
  }
  EXPECT_TRUE(told);
}

TEST(DiskSpool, WhatIsTooOldIsOverdueBlockByBlock) {
  DiskRig rig;
  rig.plan().age_max_ns = 3600 * kNanosecondsPerSecond;
  rig.begin();
  for (uint32_t i = 0; i < 3; ++i) ASSERT_TRUE(rig.append(1, i, 100));
  rig.live().publish();
  rig.put(1, 3, 100);
  rig.tend(rig.live());
  EXPECT_EQ(rig.live().overdue(legal_now()).records, 0u);
  const LegalTime later{legal_now().unix_ns + 3601 * kNanosecondsPerSecond};
  const Overdue overdue = rig.live().overdue(later);
  EXPECT_EQ(overdue.records, 3u);
  EXPECT_EQ(overdue.reason, GivenUp::kTooOld);
}

TEST(DiskSpool, AnUnreadableBlockIsCountedAndTheNextOnesAreDelivered) {
  DiskRig rig;
  rig.begin();
  for (uint32_t i = 0; i < 9; ++i) rig.put(1, i, 300);
  rig.end();
  {
    std::fstream file(rig.files("00000000.seg").front(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(rig.plan().shape.blocks_at() + 4 * block_bytes(1, 300) + 150));
    file.put('x');
  }
  rig.begin();
  const std::vector<TakenRecord> taken = rig.take(*rig.set().left[0]);
  ASSERT_EQ(taken.size(), 9u);
  for (uint32_t i = 0; i < 9; ++i) EXPECT_EQ(taken[i].gone, i == 4 ? GivenUp::kUnreadable : GivenUp::kCount) << i;
  EXPECT_EQ(taken[8].octets, DiskRig::octets_of(1, 8, 300));
}

TEST(DiskSpool, WithoutItsKeyABlockIsSkippedAndCounted) {
  DiskRig rig;
  rig.begin();
  rig.put(1, 0, 300);
  rig.put(2, 0, 300);
  rig.put(1, 1, 300);
  rig.end();
  rig.begin({2});
  const std::vector<TakenRecord> taken = rig.take(*rig.set().left[0]);
  ASSERT_EQ(taken.size(), 3u);
  EXPECT_EQ(taken[0].gone, GivenUp::kNoKey);
  EXPECT_EQ(taken[0].slot, kNoTask);
  EXPECT_EQ(taken[1].octets, DiskRig::octets_of(2, 0, 300));
  EXPECT_EQ(taken[2].gone, GivenUp::kNoKey);
}

TEST(DiskSpool, AnErasedKeyMakesTheBacklogUnreadableAtOnce) {
  DiskRig rig;
  rig.begin();
  for (uint32_t i = 0; i < 20; ++i) rig.put(1, i, 300);
  rig.end();
  rig.begin();
  rig.depot().keys().erase_key(xid_of(1));
  for (const TakenRecord& record : rig.take(*rig.set().left[0])) EXPECT_EQ(record.gone, GivenUp::kRevoked);
}

TEST(DiskSpool, NothingThatWasCopiedIsReadableOnDisk) {
  DiskRig rig;
  rig.begin();
  for (uint32_t i = 0; i < 20; ++i) rig.put(1, i, 300);
  rig.end();
  const std::vector<uint8_t> octets = DiskRig::octets_of(1, 7, 300);
  const std::string plain(octets.begin(), octets.begin() + 16);
  for (const std::string& path : rig.files(".seg")) {
    std::ifstream file(path, std::ios::binary);
    const std::string all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    EXPECT_EQ(all.find(plain), std::string::npos) << path;
  }
}

TEST(DiskSpool, TheAccountInTheHeaderBalancesAndSurvives) {
  DiskRig rig;
  rig.begin();
  for (uint32_t i = 0; i < 50; ++i) rig.put(1, i, 300);
  rig.take(rig.live(), 20);
  rig.live().release_one(unconfirmed_for(GivenUp::kShutdown));
  rig.live().release_one(given_up_for(GivenUp::kRevoked));
  rig.live().note_released();
  rig.end();
  const FoundSpool found = *find_spool(std::filesystem::path(rig.files("/head").front()).parent_path());
  const auto& header = *reinterpret_cast<const SpoolHeader*>(found.header->memory());
  const ReleaseAccount& account = header.accounts[header.current.load() & 1];
  EXPECT_EQ(account.confirmed, 20u);
  EXPECT_EQ(account.unconfirmed, 1u);
  EXPECT_EQ(account.given_up[static_cast<size_t>(GivenUp::kRevoked)], 1u);
  EXPECT_EQ(account.released, 22u);
  EXPECT_EQ(found.end, 50u);
  EXPECT_EQ(found.records_left.at(xid_of(1)), 28u);
}

TEST(DiskSpool, WithoutADiskNothingIsAcceptedAndItHealsByItself) {
  DiskRig rig;
  const std::string blocked = rig.directory() + "/not-a-directory";
  std::ofstream(blocked) << "in the way";
  rig.plan().directory = blocked + "/spool";
  rig.expect_no_disk();
  rig.begin();
  EXPECT_FALSE(rig.append(1, 0, 100));
  EXPECT_EQ(rig.live().refusal(), RecordDrop::kNoSegment);
  std::vector<bool> cleared;
  const auto hear = [&] {
    for (const AlarmEvent& alarm : rig.alarms().take_all()) {
      if (alarm.code == "spool_disk") cleared.push_back(alarm.cleared);
    }
  };
  ASSERT_TRUE(eventually([&] { return hear(), !cleared.empty(); }));
  std::filesystem::remove(blocked);
  rig.wait_for_segment();  // the keeper tries again
  rig.put(1, 0, 100);
  expect_run(rig.take(rig.live()), 1, 0, 1, 100);
  ASSERT_TRUE(eventually([&] { return hear(), cleared.size() == 2; }));
  EXPECT_EQ(cleared, (std::vector<bool>{false, true}));
}

TEST(DiskSpool, AFileThatIsCutOffUnderneathEndsNothing) {
  DiskRig rig;
  rig.begin();
  rig.put(1, 0, 300);
  for (const std::string& path : rig.files(".seg")) ASSERT_EQ(truncate(path.c_str(), 8192), 0);
  for (uint32_t i = 1; i < 100; ++i) rig.put(1, i, 1000);  // SIGBUS at every page
  EXPECT_EQ(rig.live().backlog_records(), 100u);
  EXPECT_EQ(rig.take(rig.live()).size(), 100u);
}

// A disk may give back anything: each octet of header and blocks is wrong once, and the file ends at each length. What
// is left has an entry for each record, and nothing else happens.
TEST(DiskSpool, AnythingThatADiskGivesBackIsReadToItsEnd) {
  DiskRig rig;
  rig.plan().shape = {.segment_bytes = 64 << 10, .series_max = 16};
  rig.begin();
  for (uint32_t i = 0; i < 3; ++i) rig.put(1, i, 40);
  rig.end();
  const std::string path = rig.files("00000000.seg").front();
  std::ifstream file(path, std::ios::binary);
  const std::string good((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const size_t blocks_at = rig.plan().shape.blocks_at();
  const auto read = [&](const std::string& octets) {
    std::ofstream(path, std::ios::binary) << octets;
    const Result<FoundSpool> found = find_spool(std::filesystem::path(path).parent_path());
    ASSERT_TRUE(found.ok());
    SegmentExchange exchange(4);
    KeyBook keys;
    keys.enter(xid_of(1), TaskSlot{1}, key_of(1));
    SegmentReader reader(exchange, keys);
    reader.adopt(found->read);
    const auto ring = *RecordRing::make(1 << 20);
    for (uint64_t number = found->released, count = 0; number < found->end; number += count) {
      ASSERT_EQ(reader.load(number, *ring, count), SegmentReader::Load::kLoaded);
      ASSERT_GT(count, 0u);
      ring->publish();
      while (ring->entry(0)) ring->release_one();
    }
  };
  for (size_t i = 0; i < blocks_at + 3 * block_bytes(1, 40) + 96; ++i) {
    if (i == 160) i = kSegmentHeaderBytes - 16;  // nothing is between header and table
    std::string octets = good;
    octets[i] = static_cast<char>(octets[i] ^ 0xff);
    read(octets);
    octets[i] = static_cast<char>(good[i] ^ 1);
    read(octets);
  }
  for (size_t length = 0; length < good.size(); length += 97) read(good.substr(0, length));
}

TEST(DiskSpool, WhatWasBeingMadeWhenTheProcessEndedLeavesNothingBehind) {
  DiskRig rig;
  rig.begin();
  rig.put(1, 0, 300);
  rig.end();
  const std::filesystem::path run = std::filesystem::path(rig.files("/head").front()).parent_path();
  std::ofstream(run / "0000aaaa.seg");  // not yet any longer
  std::ofstream(run / "0000bbbb.seg") << std::string(DiskRig::kSegmentBytes, '\0');
  std::filesystem::resize_file(run / "head", 0);
  rig.begin();
  expect_run(rig.take(*rig.set().left[0]), 1, 0, 1, 300);
  rig.set().left[0]->remove();
  rig.end();
  EXPECT_FALSE(std::filesystem::exists(run));
}

TEST(DiskSpool, WhatCannotBeListedIsAlarmedAndInterceptionGoesOn) {
  DiskRig rig;
  rig.begin();
  rig.put(1, 0, 300);
  rig.end();
  const std::filesystem::path folder = std::filesystem::path(rig.files("/head").front()).parent_path().parent_path();
  const std::filesystem::path kept = folder.string() + "-kept";
  std::filesystem::rename(folder, kept);
  std::ofstream(folder) << "no directory";
  rig.expect_no_disk();
  rig.begin();
  EXPECT_TRUE(rig.set().left.empty());
  std::vector<std::string> codes;
  for (const AlarmEvent& alarm : rig.alarms().take_all()) codes.push_back(alarm.code);
  EXPECT_TRUE(std::ranges::find(codes, "spool_left_unread") != codes.end());
}

TEST(DiskSpool, ARecordIsNotShownBeforeTheDiskHasItWhereThePolicySaysSo) {
  DiskRig rig;
  rig.plan().sync = SyncPolicy::kEachSeal;
  rig.begin();
  rig.put(1, 0, 300);
  ASSERT_TRUE(eventually([&] {
    rig.tend(rig.live());  // which wakes the keeper
    return rig.live().entry(0).has_value();
  }));
  expect_run(rig.take(rig.live()), 1, 0, 1, 300);
}

}  // namespace
}  // namespace lictor
