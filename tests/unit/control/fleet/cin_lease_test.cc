// CINs for sessions that dataplanes discover: no two sessions of a LIID ever get the same, whoever discovers them.
#include <set>

#include "control/fleet/book.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

class CinLeaseTest : public ControlTest {
 protected:
  CinLeaseTest() { add_agency(); }

  std::string activate_named(const char* selector = "radius-user:alice@example.org") {
    v1::Warrant named = make_warrant("NAMED");
    named.mutable_targets(0)->set_selector(selector);
    const std::string id = file(named);
    activate(id);
    return id;
  }
  v1::CinAllotment cins(const FakeDataplane& dataplane, const std::string& id) {
    return dataplane.mediations.at(warrant(id).xids(0)).cin();
  }
  // All that a dataplane may use; none of it was used before.
  void expect_new(const v1::CinAllotment& cin) {
    EXPECT_TRUE(used_.insert(cin.static_cin()).second);
    EXPECT_EQ(cin.leased_count(), kCinsPerLease);
    for (uint32_t i = 0; i < cin.leased_count(); ++i) EXPECT_TRUE(used_.insert(cin.leased_first() + i).second) << i;
  }
  void ask(FakeDataplane& dataplane, const std::string& id, uint32_t leased_first) {
    v1::DataplaneMessage message;
    message.mutable_cin_request()->set_xid(first_.mediations.at(warrant(id).xids(0)).xid());
    message.mutable_cin_request()->set_leased_first(leased_first);
    dataplane.report(std::move(message));
    dataplane.take();
  }

  std::set<uint32_t> used_;
  FakeDataplane first_{*administration_, "NE-1"};
  FakeDataplane second_{*administration_, "NE-2"};
};

TEST_F(CinLeaseTest, EveryDataplaneAndEveryIncarnationOfOneHasItsOwn) {
  ASSERT_TRUE(first_.attach().ok());
  ASSERT_TRUE(second_.attach().ok());
  const std::string id = activate_named();
  first_.take();
  second_.take();
  expect_new(cins(first_, id));
  expect_new(cins(second_, id));
  first_.detach();
  FakeDataplane again(*administration_, "NE-1", 'z');
  ASSERT_TRUE(again.attach().ok());
  again.take();
  v1::CinAllotment fresh = cins(again, id);
  expect_new(fresh);
}

TEST_F(CinLeaseTest, WhoAsksIsLeasedMoreOnceForEachLease) {
  ASSERT_TRUE(first_.attach().ok());
  const std::string id = activate_named();
  first_.take();
  const v1::CinAllotment before = cins(first_, id);
  expect_new(before);
  ask(first_, id, before.leased_first());
  const v1::CinAllotment more = cins(first_, id);
  EXPECT_NE(more.leased_first(), before.leased_first());
  EXPECT_EQ(more.static_cin(), before.static_cin());
  used_.erase(more.static_cin());
  expect_new(more);
  ask(first_, id, before.leased_first());
  EXPECT_EQ(cins(first_, id).leased_first(), more.leased_first()) << "answered already";
  ask(second_, id, more.leased_first());
  EXPECT_EQ(cins(first_, id).leased_first(), more.leased_first()) << "of nobody that is attached";
}

TEST_F(CinLeaseTest, AChangeOfTheWarrantKeepsTheLeaseThatItsDataplaneHas) {
  ASSERT_TRUE(first_.attach().ok());
  const std::string id = activate_named();
  first_.take();
  ask(first_, id, cins(first_, id).leased_first());
  const uint32_t leased = cins(first_, id).leased_first();
  v1::Warrant longer = warrant(id);
  longer.set_user_label("another");
  administration_->modify_warrant(longer, done());
  first_.take();
  EXPECT_EQ(cins(first_, id).leased_first(), leased);
}

TEST_F(CinLeaseTest, TargetsWithoutSessionsTakeNone) {
  ASSERT_TRUE(first_.attach().ok());
  const std::string id = activate_named("ipv4:192.0.2.7");
  first_.take();
  EXPECT_EQ(cins(first_, id).leased_count(), 0u);
  ask(first_, id, 0);
  EXPECT_EQ(cins(first_, id).leased_count(), 0u);
  v1::Warrant named = warrant(id);
  named.add_targets()->set_selector("mac:00-53-00-12-34-ab");
  administration_->modify_warrant(named, done());
  first_.take();
  EXPECT_EQ(cins(first_, id).leased_count(), kCinsPerLease) << "DHCP names it";
}

}  // namespace
}  // namespace lictor::control
