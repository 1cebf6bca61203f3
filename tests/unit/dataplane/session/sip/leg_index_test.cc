// Which calls have keys in common. One thread.
#include "dataplane/session/sip/leg_index.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lictor::sip {
namespace {

std::vector<uint32_t> others(const LegIndex& index, uint32_t call) {
  std::vector<uint32_t> found;
  index.for_each_other(CallId{call}, [&](CallId other) { found.push_back(static_cast<uint32_t>(other)); });
  std::ranges::sort(found);
  return found;
}

TEST(SipLegIndex, CallsWithOneKeyFindEachOther) {
  LegIndex index(8);
  index.put(CallId{1}, 7);
  index.put(CallId{2}, 7);
  index.put(CallId{3}, 15);  // in the same bucket
  EXPECT_EQ(others(index, 1), std::vector<uint32_t>{2});
  EXPECT_EQ(others(index, 3), std::vector<uint32_t>{});
}

TEST(SipLegIndex, WhoGoesFromTheBeginTheMidstOrTheEndLeavesTheOthers) {
  for (const std::vector<uint32_t>& order : {std::vector<uint32_t>{1, 2, 3}, {3, 2, 1}, {2, 1, 3}, {2, 3, 1}}) {
    LegIndex index(8);
    for (uint32_t call = 0; call < 5; ++call) index.put(CallId{call}, 7);
    std::vector<uint32_t> left = {1, 2, 3, 4};
    for (const uint32_t call : order) {
      index.remove(CallId{call});
      std::erase(left, call);
      EXPECT_EQ(others(index, 0), left);
      EXPECT_EQ(others(index, call), std::vector<uint32_t>{});
    }
    index.put(CallId{2}, 7);
    EXPECT_EQ(others(index, 0), (std::vector<uint32_t>{2, 4}));
  }
}

TEST(SipLegIndex, OfManyCallsWithOneKeyABoundIsLookedAt) {
  LegIndex index(256);
  for (uint32_t call = 0; call < 200; ++call) index.put(CallId{call}, 7);
  EXPECT_EQ(others(index, 0).size(), LegIndex::kLookedMax);
}

}  // namespace
}  // namespace lictor::sip
