// What waits for the stream: the newest of each, bounded, and the end behind them.
#include "dataplane/agent/news_queue.h"

#include <gtest/gtest.h>

#include <vector>

namespace lictor {
namespace {

class NewsQueueTest : public testing::Test {
 protected:
  static NewsQueue::Key key(uint32_t cin) { return {Xid{}, cin}; }
  static v1::SessionNews news(uint32_t cin, bool over = false) {
    v1::SessionNews made;
    made.set_xid(std::string(16, 'x'));
    made.set_cin(cin);
    made.set_over(over);
    return made;
  }
  // CINs, of what is over with a minus; 0: the end. Up to `most` are taken.
  std::vector<int> sent(size_t most = SIZE_MAX) {
    std::vector<int> cins;
    queue_.send([&](const v1::SessionNews& one) {
      if (cins.size() == most) return false;
      cins.push_back((one.over() ? -1 : 1) * static_cast<int>(one.cin()));
      EXPECT_EQ(one.xid().empty(), one.cin() == 0);
      return true;
    });
    return cins;
  }
  using Cins = std::vector<int>;

  NewsQueue queue_;
};

TEST_F(NewsQueueTest, OfASessionTheNewestIsSentOnceInThePlaceOfItsFirst) {
  EXPECT_TRUE(queue_.put(key(1), news(1)));
  EXPECT_TRUE(queue_.put(key(2), news(2)));
  EXPECT_TRUE(queue_.put(key(1), news(1, true)));
  EXPECT_EQ(sent(), Cins({-1, 2}));
  EXPECT_EQ(sent(), Cins());
}

TEST_F(NewsQueueTest, TheEndIsBehindWhatCameBeforeItAndWhatIsNotTakenWaits) {
  for (uint32_t cin = 1; cin <= 3; ++cin) EXPECT_TRUE(queue_.put(key(cin), news(cin)));
  queue_.put_end();
  EXPECT_TRUE(queue_.put(key(4), news(4)));
  EXPECT_EQ(sent(2), Cins({1, 2}));
  EXPECT_TRUE(queue_.has_end());
  EXPECT_EQ(sent(), Cins({3, 0, 4}));
  EXPECT_FALSE(queue_.has_end());
}

TEST_F(NewsQueueTest, AStreamThatTakesNothingCostsNoMoreThanTheBound) {
  for (uint32_t cin = 1; cin <= NewsQueue::kSessionsMax; ++cin) ASSERT_TRUE(queue_.put(key(cin), news(cin)));
  EXPECT_FALSE(queue_.put(key(NewsQueue::kSessionsMax + 1), news(1)));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue_.put(key(5), news(5, true))) << "it takes no more room";
  EXPECT_EQ(queue_.sessions(), NewsQueue::kSessionsMax);
  EXPECT_EQ(sent().size(), NewsQueue::kSessionsMax);
  EXPECT_TRUE(queue_.put(key(NewsQueue::kSessionsMax + 1), news(1)));
}

TEST_F(NewsQueueTest, OfAFormerStreamNothingIsSent) {
  EXPECT_TRUE(queue_.put(key(1), news(1)));
  queue_.put_end();
  queue_.clear();
  EXPECT_FALSE(queue_.has_end());
  EXPECT_EQ(sent(), Cins());
}

}  // namespace
}  // namespace lictor
