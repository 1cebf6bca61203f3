// Whose a contact is.
#include "dataplane/session/sip/registration_table.h"

#include <gtest/gtest.h>

#include <algorithm>
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

void put(RegistrationTable& table, uint64_t owner, uint64_t key, PacketTime until, bool has_names = true) {
  const RegisteredKey one{{key, key}, until};
  const KeptIdentities names = named("sip:" + std::to_string(owner) + "@example.org");
  table.replace({.owner = {owner, 0}, .person = {owner, 0}}, {&one, 1}, has_names ? &names : nullptr);
}

std::string holder(const RegistrationTable& table, uint64_t key, int64_t now = 1) {
  const RegisteredTo found = table.find({key, key}, {now});
  return found.is_shared ? "shared" : first_of(found.names);
}

TEST(RegistrationTable, BoundsAreChecked) {
  EXPECT_FALSE(RegistrationTable::make(0, 0).ok());
  EXPECT_FALSE(RegistrationTable::make(kRegistrationsMax + 1, 0).ok());
  EXPECT_FALSE(RegistrationTable::make(1, 4 * kRegistrationsMax + 1).ok());
}

TEST(RegistrationTable, TheOldestMakesRoom) {
  const auto table = *RegistrationTable::make(2, 0);
  for (uint64_t i = 1; i <= 3; ++i) put(*table, i, i, {100});
  EXPECT_EQ(holder(*table, 1), "");
  EXPECT_EQ(holder(*table, 2), "2");
  EXPECT_EQ(holder(*table, 3), "3");
  EXPECT_EQ(holder(*table, 3, 100), "");
  EXPECT_EQ(table->evicted().get(), 1U);
}

TEST(RegistrationTable, OthersTakeNoPlaceOfWhoseNamesAreKept) {
  const auto table = *RegistrationTable::make(1, 2);
  put(*table, 9, 1, {100}, false);
  put(*table, 1, 1, {100});
  EXPECT_EQ(holder(*table, 1), "shared");
  for (uint64_t i = 2; i <= 3; ++i) put(*table, i, i, {100}, false);
  EXPECT_EQ(holder(*table, 1), "1");
  EXPECT_EQ(holder(*table, 2), "");
  EXPECT_EQ(table->size(), 1U);
  EXPECT_EQ(table->evicted().get(), 0U);
  EXPECT_EQ(table->others_evicted().get(), 1U);
}

TEST(RegistrationTable, OfOneKeyThereAreFewHoldersAndThoseWithNamesStay) {
  const auto table = *RegistrationTable::make(16, 64);
  put(*table, 1, 1, {100});
  for (uint64_t owner = 2; owner <= 40; ++owner) put(*table, owner, 1, {50}, false);
  EXPECT_EQ(holder(*table, 1), "shared");
  EXPECT_EQ(holder(*table, 1, 50), "1");
  for (uint64_t owner = 2; owner <= 40; ++owner) {
    table->replace({.owner = {owner, 0}, .person = {owner, 0}}, {}, nullptr);
  }
  EXPECT_EQ(holder(*table, 1), "1");
}

TEST(RegistrationTable, ANameOfSeveralIsWhoseItWasLast) {
  const auto table = *RegistrationTable::make(4, 0);
  for (const uint64_t owner : {1, 2, 1}) {
    const RegisteredKey key{.key = {5, 5}, .until = {100}, .is_anybodys = true};
    const KeptIdentities names = named("sip:" + std::to_string(owner) + "@example.org");
    table->replace({.owner = {owner, 0}, .person = {owner, 0}}, {&key, 1}, &names);
    EXPECT_EQ(holder(*table, 5), std::to_string(owner));
  }
}

// Against a map, with owners and contacts that meet in few buckets.
TEST(RegistrationTable, SaysWhatAMapSays) {
  std::mt19937 random(7);
  const auto table = *RegistrationTable::make(64, 64);
  std::map<uint64_t, std::map<uint64_t, bool>> holders;  // by key, then by owner: whether his names are kept
  for (int step = 0; step < 20'000; ++step) {
    const uint64_t owner = random() % 6;
    const bool has_names = random() % 3 != 0;
    std::vector<RegisteredKey> keys;
    for (uint64_t i = random() % 5; i > 0; --i) keys.push_back({{random() % 40, 1}, {1000}});
    for (auto& [key, of_key] : holders) of_key.erase(owner);
    for (const RegisteredKey& key : keys) holders[key.key.low][owner] = has_names;
    const KeptIdentities names = named("sip:" + std::to_string(owner) + "@example.org");
    table->replace({.owner = {owner % 3, owner}, .person = {owner, 7}}, keys, has_names ? &names : nullptr);
    size_t size = 0;
    for (auto& [key, of_key] : holders) {
      const auto is_named = [](const auto& one) { return one.second; };
      const auto named_ones = static_cast<size_t>(std::ranges::count_if(of_key, is_named));
      size += named_ones;
      const RegisteredTo found = table->find({key, 1}, {1});
      ASSERT_EQ(found.is_shared, of_key.size() > 1 && named_ones > 0);
      const bool is_his = of_key.size() == 1 && named_ones == 1;
      ASSERT_EQ(first_of(found.names), is_his ? std::to_string(of_key.begin()->first) : "");
    }
    ASSERT_EQ(table->size(), size);
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
