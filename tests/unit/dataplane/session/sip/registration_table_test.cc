// Whose a contact is.
#include "dataplane/session/sip/registration_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/unit/dataplane/session/sip/sip_texts.h"

namespace lictor::sip {
namespace {

KeptIdentities named(std::string_view uri) {
  KeptIdentities names;
  CallUri read;
  EXPECT_EQ(parse_call_uri(as_bytes(uri), read), UriError::kNone);
  EXPECT_TRUE(names.keep({.role = IdentityRole::kTo, .uri = read}, CallSide::kCalled));
  return names;
}

std::string first_of(const KeptIdentities* names) {
  if (names == nullptr) return "";
  FoundIdentities found;
  names->read(CallSide::kCalled, found);
  return found.all.count == 0 ? "" : text_of(found.all.items[0].uri.user);
}

TEST(RegistrationTable, BoundsAreChecked) {
  EXPECT_FALSE(RegistrationTable::make(0).ok());
  EXPECT_FALSE(RegistrationTable::make(kRegistrationsMax + 1).ok());
}

TEST(RegistrationTable, TheOldestMakesRoom) {
  const auto table = *RegistrationTable::make(2);
  for (uint64_t i = 1; i <= 3; ++i) {
    const RegisteredKey key{{i, i}, {100}};
    table->replace({i, 0}, {&key, 1}, named("sip:" + std::to_string(i) + "@example.org"));
  }
  EXPECT_EQ(first_of(table->find({1, 1}, {1})), "");
  EXPECT_EQ(first_of(table->find({2, 2}, {1})), "2");
  EXPECT_EQ(first_of(table->find({3, 3}, {1})), "3");
  EXPECT_EQ(first_of(table->find({3, 3}, {100})), "");
  EXPECT_EQ(table->evicted().get(), 1U);
}

// Against a map, with owners and contacts that meet in few buckets.
TEST(RegistrationTable, SaysWhatAMapSays) {
  std::mt19937 random(7);
  const auto table = *RegistrationTable::make(64);
  std::map<uint64_t, uint64_t> owner_of;
  for (int step = 0; step < 20'000; ++step) {
    const uint64_t owner = random() % 12;
    std::vector<RegisteredKey> keys;
    for (uint64_t i = random() % 5; i > 0; --i) keys.push_back({{random() % 40, 1}, {1000}});
    std::erase_if(owner_of, [owner](const auto& one) { return one.second == owner; });
    for (const RegisteredKey& key : keys) owner_of[key.key.low] = owner;
    table->replace({owner % 3, owner}, keys, named("sip:" + std::to_string(owner) + "@example.org"));
    ASSERT_EQ(table->size(), owner_of.size());
    for (uint64_t key = 0; key < 40; ++key) {
      const auto known = owner_of.find(key);
      ASSERT_EQ(first_of(table->find({key, 1}, {1})), known == owner_of.end() ? "" : std::to_string(known->second));
    }
  }
}

TEST(KeptIdentities, KeepsEachOnceAndBySide) {
  KeptIdentities names = named("sip:a@example.org");
  CallUri uri;
  ASSERT_EQ(parse_call_uri(as_bytes("sip:a@example.org"), uri), UriError::kNone);
  EXPECT_TRUE(names.keep({.role = IdentityRole::kTo, .uri = uri}, CallSide::kCalled));
  EXPECT_TRUE(names.keep({.role = IdentityRole::kFrom, .uri = uri}, CallSide::kCalling));
  FoundIdentities found;
  names.read(CallSide::kCalled, found);
  EXPECT_EQ(found.all.count, 1U);
  names.read(CallSide::kCalling, found);
  EXPECT_EQ(found.all.count, 1U);
  names.read(CallSide::kDiverting, found);
  EXPECT_EQ(found.all.count, 0U);
}

TEST(KeptIdentities, RefusesWhatHasNoRoom) {
  KeptIdentities names;
  const std::string text = "sip:" + std::string(200, 'x') + "@example.org";
  size_t kept = 0;
  for (char letter = 'a'; letter < 'g'; ++letter) {
    const std::string one = text + letter;
    CallUri uri;
    ASSERT_EQ(parse_call_uri(as_bytes(one), uri), UriError::kNone);
    kept += names.keep({.role = IdentityRole::kTo, .uri = uri}, CallSide::kCalled) ? 1 : 0;
  }
  EXPECT_EQ(kept, 1U);
}

}  // namespace
}  // namespace lictor::sip
