// Revisions as people see them: good for what they are for, and for nothing else.
#include "control/sealed/opaque_revisions.h"

#include <algorithm>
#include <functional>
#include <set>

#include "tests/unit/control/sealed/sealed_test.h"

namespace lictor::control {
namespace {

class OpaqueRevisionsTest : public SealedTest {
 protected:
  OpaqueRevisionsTest() { start(); }
  // The daemon starts, or starts again on the same file.
  void start() {
    opaque_.reset();
    ASSERT_TRUE(open().ok());
    Result<std::unique_ptr<OpaqueRevisions>> opened = OpaqueRevisions::open(*store_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    opaque_ = *std::move(opened);
  }
  Result<uint64_t> put(const std::string& key, std::optional<uint64_t> expected = {}) {
    return opaque_->commit({{.key = key, .value = "value", .expected_revision = expected}});
  }
  uint64_t seen(const std::string& key) { return (*opaque_->get(key))->revision; }

  std::unique_ptr<OpaqueRevisions> opaque_;
};

TEST_F(OpaqueRevisionsTest, ChangeFromOneCommitToTheNextByNothingThatCanBeCounted) {
  std::vector<uint64_t> seen;
  std::set<uint64_t> steps;
  for (int i = 0; i < 64; ++i) {
    seen.push_back(*put("a"));
    if (i > 0) steps.insert(seen[seen.size() - 1] - seen[seen.size() - 2]);
  }
  EXPECT_FALSE(std::ranges::is_sorted(seen) || std::ranges::is_sorted(seen, std::greater<>()));
  EXPECT_EQ(steps.size(), 63U) << "neither do the differences repeat";
  EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), seen.size());
  EXPECT_GT(*std::ranges::max_element(seen), uint64_t{UINT32_MAX}) << "all of the number is used";
}

TEST_F(OpaqueRevisionsTest, AreExpectedAsTheyWereSeen) {
  ASSERT_TRUE(put("a", kMustBeAbsent).ok());
  EXPECT_TRUE(absl::IsAborted(put("a", kMustBeAbsent).status()));
  const uint64_t first = seen("a");
  EXPECT_EQ(opaque_->list("a", "", 10)->at(0).revision, first);
  const uint64_t second = *put("a", first);
  EXPECT_EQ(seen("a"), second);
  EXPECT_TRUE(absl::IsAborted(put("a", first).status()));
  EXPECT_TRUE(absl::IsAborted(put("a", (*store_->get("a"))->revision).status())) << "the number itself opens nothing";
  EXPECT_TRUE(put("a", second).ok());
}

TEST_F(OpaqueRevisionsTest, AreGoodAfterARestartAndOthersInAnotherStore) {
  ASSERT_TRUE(put("a").ok());
  const uint64_t before = seen("a");
  start();
  EXPECT_EQ(seen("a"), before);
  EXPECT_TRUE(put("a", before).ok());
  std::filesystem::remove(path_);
  start();
  ASSERT_TRUE(put("a").ok());
  EXPECT_NE(seen("a"), before);
}

TEST_F(OpaqueRevisionsTest, ASecretThatIsNoneIsRefused) {
  ASSERT_TRUE(store_->commit({{.key = OpaqueRevisions::kKey, .value = "short"}}).ok());
  EXPECT_TRUE(absl::IsDataLoss(OpaqueRevisions::open(*store_).status()));
}

}  // namespace
}  // namespace lictor::control
