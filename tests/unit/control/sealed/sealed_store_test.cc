// What a copy of the store shows, and what becomes of a store that somebody has edited.
#include "control/sealed/sealed_store.h"

#include "tests/unit/control/sealed/sealed_test.h"

namespace lictor::control {
namespace {

constexpr auto kDataLoss = absl::StatusCode::kDataLoss;

TEST_F(SealedTest, WhatWasCommittedIsThereAfterReopening) {
  ASSERT_TRUE(open().ok());
  put("w/1", "a target");
  put("plain", std::string("\0x", 2));
  put("blind/4c494944", "1");
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(get("w/1"), "a target");
  EXPECT_EQ(get("plain"), std::string("\0x", 2));
  EXPECT_EQ(get("blind/4c494944"), "1");
  EXPECT_EQ(get("w/2"), "(nothing)");
}

TEST_F(SealedTest, ListsOpenKeysInOrderAndNeitherBlindOnesNorItsOwnRows) {
  ASSERT_TRUE(open().ok());
  for (const char* key : {"w/b", "w/a", "w/c", "x"}) put(key, key);
  const Result<std::vector<Entry>> entries = store_->list("w/", "w/a", 2);
  ASSERT_TRUE(entries.ok() && entries->size() == 2);
  EXPECT_EQ((*entries)[0].key, "w/b");
  EXPECT_EQ((*entries)[1].value, "w/c");
  for (const char* prefix : {"", "sealed/", "sealed/key/", "blind/"})
    EXPECT_EQ(store_->list(prefix, "", 10).status().code(), absl::StatusCode::kInvalidArgument) << prefix;
}

TEST_F(SealedTest, ItsOwnRowsAreNeitherReadNorWritten) {
  ASSERT_TRUE(open().ok());
  EXPECT_FALSE(store_->get("sealed/vault").ok());
  EXPECT_FALSE(store_->commit({{.key = "sealed/sum", .value = ""}}).ok());
  EXPECT_FALSE(store_->commit({{.key = subject_key("1"), .value = ""}}).ok());
  EXPECT_FALSE(store_->commit({{.key = subject_key("store"), .value = std::nullopt}}).ok());
}

TEST_F(SealedTest, ExpectationsHoldAndAFailedCommitLeavesAStoreThatOpens) {
  ASSERT_TRUE(open().ok());
  const Result<uint64_t> first = store_->commit({{.key = "w/1", .value = "1", .expected_revision = kMustBeAbsent}});
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(
      store_->commit({{.key = "w/2", .value = "new"}, {.key = "w/1", .value = "2", .expected_revision = *first + 7}})
          .status()
          .code(),
      absl::StatusCode::kAborted);
  EXPECT_EQ(get("w/2"), "(nothing)");
  EXPECT_TRUE(store_->commit({{.key = "w/1", .value = "2", .expected_revision = *first}}).ok());
  put("w/2", "later");
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(get("w/1") + get("w/2"), "2later");
}

TEST_F(SealedTest, OneCommitMayDeleteAndWriteTheSameKey) {
  ASSERT_TRUE(open().ok());
  put("w/1", "before");
  ASSERT_TRUE(store_->commit({{.key = "w/1", .value = std::nullopt}, {.key = "w/1", .value = "after"}}).ok());
  ASSERT_TRUE(store_->commit({{.key = "w/2", .value = "x"}, {.key = "w/2", .value = std::nullopt}}).ok());
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(get("w/1"), "after");
  EXPECT_EQ(get("w/2"), "(nothing)");
}

TEST_F(SealedTest, TellsWatchersOfTheKeysThatTheyAskedFor) {
  ASSERT_TRUE(open().ok());
  std::vector<std::string> told;
  const auto id = store_->watch("w/", [&](const std::vector<std::string>& keys) { told = keys; });
  put("w/1", "x");
  EXPECT_EQ(told, std::vector<std::string>{"w/1"});
  store_->unwatch(id);
  put("w/2", "x");
  EXPECT_EQ(told, std::vector<std::string>{"w/1"});
}

TEST_F(SealedTest, NoFileShowsAValueOrABlindKey) {
  ASSERT_TRUE(open().ok());
  put("w/1", "PLANTED-TARGET");
  put("other", "PLANTED-OTHER");
  put("blind/PLANTED-LIID", "PLANTED-OWNER");
  EXPECT_TRUE(shows("w/1")) << "the search finds what is there";
  EXPECT_FALSE(shows("PLANTED"));
  close();
  EXPECT_TRUE(shows("w/1"));
  EXPECT_FALSE(shows("PLANTED"));
}

TEST_F(SealedTest, TheSameSearchFindsThemInAPlainStore) {
  const auto plain = rows();
  ASSERT_TRUE(plain->commit({{.key = "blind/PLANTED-LIID", .value = "PLANTED-OWNER"}}).ok());
  EXPECT_TRUE(shows("PLANTED-LIID"));
  EXPECT_TRUE(shows("PLANTED-OWNER"));
}

TEST_F(SealedTest, APlainStoreIsSealedAtItsFirstStartAndNothingPlainStays) {
  {
    const auto plain = rows();
    for (int i = 0; i < 400; ++i)
      ASSERT_TRUE(plain
                      ->commit({{.key = "w/" + std::to_string(i), .value = "PLANTED-TARGET"},
                                {.key = "blind/PLANTED-LIID-" + std::to_string(i), .value = "w"}})
                      .ok());
  }
  ASSERT_TRUE(shows("PLANTED"));
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(store_->sealed_at_open(), 800U);
  EXPECT_FALSE(shows("PLANTED")) << "also while it runs";
  EXPECT_EQ(get("w/399") + get("blind/PLANTED-LIID-0"), "PLANTED-TARGETw");
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(store_->sealed_at_open(), 0U);
  EXPECT_EQ(get("w/0"), "PLANTED-TARGET");
}

TEST_F(SealedTest, APurgeThatACrashCutOffIsMadeUpForAtTheNextStart) {
  ASSERT_TRUE(open().ok());
  put("w/1", "x");
  close();
  ASSERT_TRUE(rows()->commit({{.key = "sealed/purge", .value = ""}}).ok());
  ASSERT_TRUE(open().ok());
  close();
  EXPECT_FALSE((*rows()->get("sealed/purge")).has_value());
}

TEST_F(SealedTest, AWrongMasterKeyOpensNothing) {
  ASSERT_TRUE(open().ok());
  put("w/1", "x");
  EXPECT_EQ(open(master(2)).code(), absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(open().ok());
}

// Every row, altered in every way that who has the file and not the key can: none leaves a store that serves.
TEST_F(SealedTest, NoRowCanBeAlteredRemovedCopiedOrPutBack) {
  ASSERT_TRUE(open().ok());
  for (const char* key : {"w/1", "w/2", "plain", "blind/1"}) put(key, "first");
  close();
  const std::vector<Entry> before = *rows()->list("", "", 100);
  ASSERT_TRUE(open().ok());
  for (const char* key : {"w/1", "w/2", "plain", "blind/1"}) put(key, "second");
  const std::vector<Entry> after = *rows()->list("", "", 100);
  const auto restore = [&](const std::vector<Entry>& entries) {
    const auto store = rows();
    const std::vector<Entry> there = *store->list("", "", 100);
    for (const Entry& row : there) ASSERT_TRUE(store->commit({{.key = row.key, .value = {}}}).ok());
    for (const Entry& row : entries) ASSERT_TRUE(store->commit({{.key = row.key, .value = row.value}}).ok());
  };
  for (size_t i = 0; i < after.size(); ++i) {
    const Entry& row = after[i];
    if (row.key == "sealed/purge") continue;
    for (size_t octet = 0; octet < row.value.size(); ++octet) {
      if (octet > 40 && octet + 20 < row.value.size()) continue;  // the middle of a ciphertext is like its neighbour
      std::string altered = row.value;
      altered[octet] ^= 1;
      ASSERT_TRUE(rows()->commit({{.key = row.key, .value = altered}}).ok());
      EXPECT_FALSE(open().ok()) << row.key << " octet " << octet;
    }
    restore(after);
    ASSERT_TRUE(rows()->commit({{.key = row.key, .value = std::nullopt}}).ok());
    EXPECT_FALSE(open().ok() && row.key != "sealed/vault") << row.key << " removed";
    restore(after);
    ASSERT_TRUE(rows()->commit({{.key = "w/3", .value = row.value}}).ok());
    EXPECT_EQ(open().code(), kDataLoss) << row.key << " copied";
    restore(after);
    ASSERT_EQ(before[i].key, row.key);
    if (before[i].value == row.value) continue;
    ASSERT_TRUE(rows()->commit({{.key = row.key, .value = before[i].value}}).ok());
    EXPECT_EQ(open().code(), kDataLoss) << row.key << " put back";
    restore(after);
  }
  EXPECT_TRUE(open().ok()) << "as it was, it opens";
  EXPECT_EQ(get("w/1"), "second");
}

TEST_F(SealedTest, AnErasedSubjectsValuesAreGoneAndAllElseStays) {
  ASSERT_TRUE(open().ok());
  put("w/1", "a person");
  put("w/2", "another");
  const std::string wrapped = (*rows()->get(subject_key("1")))->value;
  ASSERT_TRUE(open().ok());
  ASSERT_TRUE(shows(wrapped));
  ASSERT_TRUE(
      store_->commit({{.key = "w/1", .value = std::nullopt}, {.key = subject_key("1"), .value = std::nullopt}}).ok());
  ASSERT_TRUE(store_->purge(Store::Purge::kLog).ok());
  EXPECT_FALSE(shows(wrapped)) << "a wrapped key that stays opens what was copied";
  EXPECT_EQ(get("w/1"), "(nothing)");
  EXPECT_EQ(get("w/2"), "another");
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(get("w/2"), "another");
}

TEST_F(SealedTest, AValueWhoseKeyWasErasedIsLostAndSaidSo) {
  ASSERT_TRUE(open().ok());
  put("w/1", "a person");
  ASSERT_TRUE(store_->commit({{.key = subject_key("1"), .value = std::nullopt}}).ok());
  EXPECT_EQ(store_->get("w/1").status().code(), kDataLoss);
}

TEST_F(SealedTest, BehindARotationTheFormerKeyOpensNothingAndBlindKeysStay) {
  ASSERT_TRUE(open().ok());
  put("w/1", "a person");
  put("blind/1", "x");
  const std::string wrapped = (*rows()->get(subject_key("1")))->value;
  ASSERT_TRUE(open().ok());
  ASSERT_TRUE(store_->rotate(master(2)).ok());
  ASSERT_TRUE(store_->purge(Store::Purge::kLog).ok());
  EXPECT_FALSE(shows(wrapped)) << "the former key would open it";
  EXPECT_EQ(get("w/1"), "a person") << "it goes on";
  put("w/2", "later");
  EXPECT_EQ(open(master(1)).code(), absl::StatusCode::kPermissionDenied);
  ASSERT_TRUE(open(master(2)).ok());
  EXPECT_EQ(get("w/1") + get("w/2") + get("blind/1"), "a personlaterx");
}

TEST_F(SealedTest, MoreSubjectsThanKeysAreKeptOpen) {
  ASSERT_TRUE(open().ok());
  std::vector<Write> writes;
  for (size_t i = 0; i <= KeyRing::kOpenMax; ++i) writes.push_back({.key = "w/" + std::to_string(i), .value = "x"});
  ASSERT_TRUE(store_->commit(writes).ok());
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(store_->list("w/", "", SIZE_MAX / 4)->size(), KeyRing::kOpenMax + 1);
}

}  // namespace
}  // namespace lictor::control
