// Sessions that one dataplane discovers, told to the others that hold a tap of the same warrant.
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

class SessionNewsTest : public ControlTest {
 protected:
  SessionNewsTest() {
    add_agency();
    v1::Warrant named = make_warrant("NAMED");
    named.mutable_targets(0)->set_selector("radius-user:alice@example.org");
    id_ = file(named);
    activate(id_);
  }

  void attach(FakeDataplane& dataplane) {
    ASSERT_TRUE(dataplane.attach().ok());
    dataplane.take();
  }
  v1::DataplaneMessage news(uint32_t cin, bool over = false) {
    v1::DataplaneMessage message;
    v1::SessionNews& one = *message.mutable_session_news();
    one.set_xid(first_.mediations.at(warrant(id_).xids(0)).xid());
    one.set_cin(cin);
    one.set_over(over);
    return message;
  }

  std::string id_;
  FakeDataplane first_{*administration_, "NE-1"};
  FakeDataplane second_{*administration_, "NE-2"};
};

TEST_F(SessionNewsTest, ReachTheOtherWithoutADirective) {
  attach(first_);
  attach(second_);
  const int wakes = second_.wakes;
  first_.report(news(1001));
  EXPECT_EQ(second_.news_wakes, 1);
  EXPECT_EQ(second_.wakes, wakes) << "nobody waits for the store";
  EXPECT_EQ(second_.take(), 0u);
  ASSERT_EQ(second_.news.size(), 1u);
  EXPECT_EQ(second_.news[0].cin(), 1001u);
  EXPECT_EQ(second_.news[0].network_element_id(), "NE-1");
  first_.take();
  EXPECT_TRUE(first_.news.empty()) << "its own";
  first_.report(news(1001, true));
  second_.take();
  EXPECT_TRUE(second_.news.at(1).over());
}

TEST_F(SessionNewsTest, WhoAttachesLaterHearsThemBehindItsDirectivesAndBeforeInSync) {
  attach(first_);
  first_.report(news(1001));
  ASSERT_TRUE(second_.attach().ok());
  EXPECT_EQ(second_.take(2), 2u);
  EXPECT_TRUE(second_.news.empty());
  EXPECT_EQ(second_.in_sync, 0u);
  const std::optional<v1::ControlMessage> next = second_.next();
  ASSERT_TRUE(next && next->has_session_news());
  second_.take();
  EXPECT_NE(second_.in_sync, 0u);
  second_.detach();
  first_.report(news(1002));
  ASSERT_TRUE(second_.attach().ok());
  EXPECT_EQ(second_.take(), 0u) << "it resumes";
  EXPECT_EQ(second_.news.size(), 2u);
}

TEST_F(SessionNewsTest, ABatchOfDirectivesBeginsAndEndsEachTapOfIt) {
  v1::Warrant other = make_warrant("OTHER");
  other.mutable_targets(0)->set_selector("radius-user:bob@example.org");
  const std::string other_id = file(other);
  activate(other_id);
  const auto news_of_other = [&](uint32_t cin) {
    v1::DataplaneMessage message = news(cin);
    message.mutable_session_news()->set_xid(first_.mediations.at(warrant(other_id).xids(0)).xid());
    return message;
  };
  attach(first_);
  first_.report(news(1001));
  first_.report(news_of_other(2001));
  second_.hello().set_takes_batches(true);
  attach(second_);
  EXPECT_EQ(second_.news.size(), 2u);
  second_.news.clear();
  second_.report(news(1002));
  first_.take();
  EXPECT_EQ(first_.news.size(), 1u);
  administration_->end_warrant(other_id, done());
  second_.take();
  second_.news.clear();
  first_.report(news_of_other(2002));
  first_.report(news(1003));
  second_.take();
  ASSERT_EQ(second_.news.size(), 1u);
  EXPECT_EQ(second_.news[0].cin(), 1003u);
}

TEST_F(SessionNewsTest, AWarrantThatEndsEndsItsSessionsAlsoThoseOfADataplaneThatIsAway) {
  attach(first_);
  attach(second_);
  first_.report(news(1001));
  first_.detach();
  second_.take();
  administration_->end_warrant(id_, done());
  second_.take();
  EXPECT_TRUE(second_.taps.empty());
  FakeDataplane third(*administration_, "NE-3");
  attach(third);
  EXPECT_TRUE(third.news.empty());
}

TEST_F(SessionNewsTest, ARestartOfTheOwnerEndsWhatItHad) {
  attach(first_);
  attach(second_);
  first_.report(news(1001));
  second_.take();
  first_.detach();
  FakeDataplane again(*administration_, "NE-1", 'z');
  attach(again);
  second_.take();
  ASSERT_EQ(second_.news.size(), 2u);
  EXPECT_TRUE(second_.news[1].over());
}

}  // namespace
}  // namespace lictor::control
