// The bounded table of conversations against a list, over random operations.
#include "dataplane/pattern/conversation_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <random>

namespace lictor {
namespace {

ConversationKey key(uint64_t number) { return {.pattern_set = number}; }

TEST(ConversationMap, DoesWhatAListInTheOrderOfAgeDoes) {
  for (uint32_t seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    ConversationMap<uint64_t> map(7, {1, seed});
    std::list<uint64_t> reference;  // newest first
    for (int step = 0; step < 400; ++step) {
      const uint64_t number = random() % 12;
      const auto known = std::ranges::find(reference, number);
      ConversationMap<uint64_t>::Entry* const entry = map.find(key(number));
      ASSERT_EQ(entry != nullptr, known != reference.end());
      ASSERT_EQ(map.full(), reference.size() == 7);
      ASSERT_EQ(map.empty(), reference.empty());
      if (entry != nullptr) {
        ASSERT_EQ(entry->value, number);
        reference.splice(reference.begin(), reference, known);
        if (random() % 4 == 0) {
          map.remove_newest();
          reference.pop_front();
        }
        continue;
      }
      if (map.full()) {
        ASSERT_EQ(map.oldest().value, reference.back());
        map.remove_oldest();
        reference.pop_back();
      }
      map.insert(key(number), {step}).value = number;
      reference.push_front(number);
    }
  }
}

TEST(ConversationMap, APlaceThatIsUsedAgainHasAFreshValue) {
  ConversationMap<uint64_t> map(1, {1, 2});
  map.insert(key(1), {}).value = 9;
  map.remove_oldest();
  EXPECT_EQ(map.insert(key(2), {}).value, 0U);
}

}  // namespace
}  // namespace lictor
