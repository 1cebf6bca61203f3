// What a former process spooled on one kind of connection, where the profile now wants the other kind, or as many
// connections are not to be had: it is found for every task, and has a way to the agency.
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "dataplane/agent/task_build.h"
#include "encoders/spool/spool_depot.h"
#include "tests/unit/dataplane/agent/directives.h"

namespace lictor {
namespace {

const ElementIdentity kElement{.network_element_id = "NE-1", .interception_point_id = "", .ports = {}};
constexpr const char* kHi3 = "lea/hi3";

class TaskRecovery : public testing::Test {
 protected:
  TaskRecovery() : accounts_(8) {
    directory_ = std::filesystem::temp_directory_path() / "lictor-recovery-XXXXXX";
    EXPECT_NE(mkdtemp(directory_.data()), nullptr);
  }
  ~TaskRecovery() override {
    handover_.reset();
    depot_.reset();
    std::filesystem::remove_all(directory_);
  }

  static MediationDirective mediation(uint8_t number, uint32_t cin = 7, bool by_liid = false) {
    v1::Mediation message = mediation_message(number);
    message.mutable_cin()->set_static_cin(cin);
    if (by_liid) message.mutable_profile()->set_number_series(v1::NUMBER_SERIES_LIID);
    MediationDirective made = mediation_of(message);
    made.spool_key = *SecretKey::make(std::vector<uint8_t>(SecretKey::kBytes, number));
    return made;
  }

  void begin_depot(std::initializer_list<uint8_t> tasks) {
    depot_.reset();
    depot_ = *SpoolDepot::make({.on_disk = true,
                                .directory = directory_,
                                .directories = {},
                                .shape = {.segment_bytes = size_t{256} << 10, .series_max = 64},
                                .bytes_max = size_t{2} << 20,
                                .staging_bytes = 64 << 10},
                               alarms_);
    for (const uint8_t task : tasks) depot_->keys().enter(xid_of(task), TaskSlot{task}, mediation(task).spool_key);
  }

  // A process that spools `count` records of each task at this side, from number `first` on, and is killed.
  void spool(const std::string& side, std::initializer_list<uint8_t> tasks, uint32_t count, uint32_t cin = 7,
             uint32_t first = 0) {
    begin_depot(tasks);
    SpoolSet set = *depot_->open(kHi3, side, 1);
    Spool& spool = *set.live.front();
    for (const uint8_t task : tasks) {
      const MediationDirective of = mediation(task, cin);
      const std::unique_ptr<TaskSeal> seal = *TaskSeal::make(of.spool_key, of.xid, of.parameters.cin);
      while (!spool.has_room(1)) std::this_thread::yield();  // the keeper makes a segment
      spool.attach(*seal);
      for (uint32_t i = 0; i < count; ++i) {
        MutableBytes room;
        while ((room = spool.reserve(100)).empty()) std::this_thread::yield();
        std::ranges::fill(room, uint8_t{7});
        spool.append({.slot = TaskSlot{task}, .bytes = 100, .series = 1, .number = first + i, .seal = seal.get()});
      }
      spool.publish();
      spool.detach(*seal);
    }
    set = {};
    depot_.reset();
  }

  // The next process: nobody listens where it connects.
  void begin(std::initializer_list<uint8_t> tasks, uint32_t lanes_max = 64) {
    begin_depot(tasks);
    handover_ = *Handover::make({.encoders = 1, .depot = depot_.get(), .lanes_max = lanes_max}, accounts_, alarms_);
  }
  TaskDestinations open(const MediationDirective& mediation, bool own) {
    return *open_destinations(*handover_, nullptr, mediation, kElement, 0, {.hi2 = own, .hi3 = own});
  }

  std::string directory_;
  std::vector<TaskAccount> accounts_;
  AlarmQueue alarms_;
  std::unique_ptr<SpoolDepot> depot_;
  std::unique_ptr<Handover> handover_;
};

TEST_F(TaskRecovery, EveryTaskFindsWhatItLeftInTheSharedSpool) {
  spool("hi3", {1, 2}, 5);
  begin({1, 2});
  for (const uint8_t task : {uint8_t{1}, uint8_t{2}}) {
    SCOPED_TRACE(task);
    const TaskDestinations found = open(mediation(task), true);
    EXPECT_TRUE(found.own.hi3);
    EXPECT_EQ(found.left_hi3.records, 5U);
    EXPECT_TRUE(found.left_hi3.known);
    EXPECT_EQ(found.left_hi3.next[1], 5U);
  }
}

TEST_F(TaskRecovery, NumbersOfAnLiidGoOnOverItsCins) {
  spool("hi3", {1}, 5, 7);
  spool("hi3", {1}, 3, 8, 5);
  begin({1});
  const auto left = [&](uint32_t cin, bool by_liid) { return open(mediation(1, cin, by_liid), false).left_hi3; };
  EXPECT_TRUE(left(9, true).known);
  EXPECT_EQ(left(9, true).next[1], 8U);
  EXPECT_FALSE(left(9, false).known) << "a CIN that nobody has used yet";
  EXPECT_EQ(left(7, false).next[1], 5U);
}

TEST_F(TaskRecovery, OverTheOtherKindOfConnectionTheLastCinsNumbersHold) {
  // Counted by CIN at first: the first one's numbers are the higher ones, and say nothing of the last.
  spool(spool_name(HandoverSide::kHi3, xid_of(1)), {1}, 50, 7);
  spool("hi3", {1}, 3, 8);
  begin({1});
  const LeftOfTask left = open(mediation(1, 9, true), false).left_hi3;
  EXPECT_TRUE(left.known);
  EXPECT_EQ(left.next[1], 3U);
}

TEST_F(TaskRecovery, WhatIsLeftInATasksOwnSpoolHasItsConnectionBeyondTheBound) {
  spool(spool_name(HandoverSide::kHi3, xid_of(2)), {2}, 5);
  begin({1, 2});
  MediationDirective first = mediation(1);
  MediationDirective second = mediation(2);
  first.connections_max = second.connections_max = 1;
  EXPECT_TRUE(open(first, true).own.hi3);
  const TaskDestinations found = open(second, true);
  EXPECT_FALSE(found.own.hi3);
  EXPECT_EQ(found.left_hi3.records, 5U);
  EXPECT_TRUE(handover_->is_own(found.handles.back()));
  uint64_t waiting = 0;
  for (const DestinationStatistics& one : handover_->statistics()) waiting += one.backlog_records;
  EXPECT_EQ(waiting, 5U);
}

TEST_F(TaskRecovery, WhoHadASpoolOfItsOwnHasOneAgainBeyondTheBound) {
  spool("hi3", {1, 2}, 5);
  spool("hi3", {3}, 5);
  begin({1, 2, 3}, 1);
  const auto encoded = [&](uint8_t number, bool lane) {
    const TapDirective tap = tap_of(tap_message(number));
    return *open_destinations(*handover_, &tap, mediation(number), kElement, 0, {.lane = lane});
  };
  EXPECT_TRUE(encoded(1, true).own.lane) << "it has a rate";
  EXPECT_FALSE(encoded(2, true).own.lane) << "one is the bound";
  const TaskDestinations flood = encoded(3, false);
  EXPECT_TRUE(flood.own.lane);
  EXPECT_TRUE(flood.left_hi3.alone);
  EXPECT_NE(flood.hi3, encoded(2, false).hi3);
  EXPECT_EQ(flood.hi3, encoded(3, false).hi3) << "the same when it is changed";
}

TEST_F(TaskRecovery, Hi1HasAWayPastTheIriOfItsConnectionWithASealOfItsOwn) {
  begin({1, 2});
  const TapDirective tap = tap_of(tap_message(1));
  const auto opened = [&](uint8_t number, bool own) {
    return *open_destinations(*handover_, &tap, mediation(number), kElement, 0, {.hi2 = own, .hi3 = own});
  };
  const TaskDestinations shared = opened(1, false);
  const TaskDestinations own = opened(2, true);
  ASSERT_NE(shared.express, nullptr);
  EXPECT_NE(shared.express, shared.hi2);
  EXPECT_NE(shared.express, own.express) << "that goes over another connection";
  EXPECT_EQ(shared.express, opened(1, false).express) << "the same when it is changed";
  EncodeTask task;
  ASSERT_TRUE(give_spools(task, mediation(1), shared).ok());
  EXPECT_EQ(task.express.spool, shared.express);
  EXPECT_EQ(task.express.bytes_max, depot_->express_bytes());
  EXPECT_NE(task.express.seal, nullptr);
  EXPECT_EQ(handover_->express(shared.handles.back(), 0), nullptr) << "HI3 has none";
}

TEST_F(TaskRecovery, WhoOnlyDeliversNeedsNone) {
  spool("hi3", {3}, 5);
  begin({3});
  const TaskDestinations found = open(mediation(3), false);
  EXPECT_TRUE(found.left_hi3.alone);
  EXPECT_FALSE(found.own.lane);
}

TEST_F(TaskRecovery, ATaskThatComesAgainDoesNotCountItsRecordsTwice) {
  spool("hi3", {1}, 5);
  begin({1});
  EXPECT_EQ(open(mediation(1), true).left_hi3.records, 5U);
  depot_->count_taken(xid_of(1));
  EXPECT_EQ(open(mediation(1), true).left_hi3.records, 0U);
}

}  // namespace
}  // namespace lictor
