// A store that is older than what was done by it: nothing that was given out since is given out again.
#include "control/fleet/restored_fleet.h"

#include <gtest/gtest.h>

#include "control/fleet/book.h"
#include "control/registry/warrant_rules.h"
#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

v1::Warrant active_warrant() {
  v1::Warrant warrant = make_warrant("0x4c31");
  warrant.set_id("11234567-89ab-4def-8123-456789abcdef");
  warrant.set_state(v1::WARRANT_STATE_ACTIVE);
  warrant.add_deliveries()->set_hi2_destination_id("hi2");
  warrant.mutable_deliveries(0)->set_hi3_destination_id("hi3");
  warrant.add_xids("01234567-89ab-4def-8123-456789abcdef");
  *warrant.mutable_window() = window_of(warrant);
  return warrant;
}

class RestoredFleetTest : public testing::Test {
 protected:
  RestoredFleetTest() { load(); }

  void load() {
    registry_ = *Registry::load(*store_);
    book_ = *FleetBook::load(*store_);
  }
  void restore() {
    const Result<std::optional<Write>> fleet = fleet_of_restored_store(*store_);
    ASSERT_TRUE(fleet.ok() && fleet->has_value()) << fleet.status();
    ASSERT_TRUE(store_->commit({**fleet}).ok());
    load();
  }
  // A dataplane with this incarnation attaches; whether it is told everything.
  bool attach(char incarnation) {
    v1::Hello hello;
    hello.set_network_element_id("NE-1");
    hello.set_incarnation(std::string(16, incarnation));
    hello.set_fleet_id(book_->fleet().fleet_id());
    hello.set_resume_epoch(1);
    hello.set_resume_generation(1);
    FleetPlan plan = book_->begin();
    EXPECT_TRUE(book_->plan_attach(plan, hello, *registry_, kNow).ok());
    book_->apply(plan, *store_->commit(book_->writes_of(plan)));
    book_->element("NE-1")->attached = true;
    return plan.full;
  }
  // The CIN under which the dataplane is told of it.
  uint32_t tell(const v1::Warrant& warrant) {
    const v1::Agency agency = make_agency();
    FleetPlan plan = book_->begin();
    EXPECT_TRUE(book_->plan_warrant(plan, warrant, &agency, {}, kNow).ok());
    book_->apply(plan, *store_->commit(book_->writes_of(plan)));
    return book_->element("NE-1")->holds.at(warrant.xids(0)).cin();
  }

  const TempDir directory_;
  const std::unique_ptr<SqliteStore> store_ = open_store(directory_.file("store.db"));
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<FleetBook> book_;
};

TEST_F(RestoredFleetTest, CinsThatMayHaveBeenUsedSinceTheBackupAreNotUsedAgain) {
  const v1::Warrant known = active_warrant();
  v1::Warrant filed_since = active_warrant();  // the backup does not know it
  filed_since.set_id("another");
  attach('a');
  EXPECT_EQ(tell(known), 1U);
  restore();
  attach('b');
  EXPECT_EQ(tell(known), 1 + kCinsPerEpoch);
  attach('c');
  EXPECT_EQ(tell(known), 2 + kCinsPerEpoch) << "one restore is counted once";
  attach('d');
  EXPECT_EQ(tell(filed_since), 1 + kCinsPerEpoch);
}

TEST_F(RestoredFleetTest, WhoWasToldSinceIsToldEverythingUnderNumbersThatWereNeverUsed) {
  attach('a');
  EXPECT_FALSE(attach('a'));
  const uint64_t before = book_->fleet().generation();
  restore();
  EXPECT_TRUE(attach('a')) << "what it holds is not what this store says";
  EXPECT_EQ(book_->fleet().epoch(), 2U);
  EXPECT_GE(book_->fleet().generation(), before + kGenerationsPerEpoch);
}

TEST_F(RestoredFleetTest, AStoreWithoutAFleetHasNothingToFollow) {
  const TempDir directory;
  const auto empty = open_store(directory.file("store.db"));
  const Result<std::optional<Write>> fleet = fleet_of_restored_store(*empty);
  ASSERT_TRUE(fleet.ok()) << fleet.status();
  EXPECT_FALSE(fleet->has_value());
}

TEST(FollowEpoch, NothingGoesBackAndNoNumberWrapsAround) {
  StoredCins cins;
  cins.set_next(7);
  follow_epoch(cins, 1);
  EXPECT_EQ(cins.next(), 7U);
  follow_epoch(cins, 3);
  EXPECT_EQ(cins.next(), 1 + 2 * kCinsPerEpoch);
  follow_epoch(cins, 2);
  EXPECT_EQ(cins.next(), 1 + 2 * kCinsPerEpoch);
  follow_epoch(cins, UINT64_MAX);
  EXPECT_EQ(cins.next(), UINT32_MAX) << "all are used";
}

}  // namespace
}  // namespace lictor::control
