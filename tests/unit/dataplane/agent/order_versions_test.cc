// What a dataplane remembers of orders over its restarts, and a file that is not what it wrote.
#include "dataplane/agent/order_versions.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "tests/unit/dataplane/trust/site.h"

namespace lictor {
namespace {

using testing::HasSubstr;

constexpr LegalTime kNow{1000};
constexpr LegalTime kEnd{2000};

class OrderVersionsTest : public testing::Test {
 protected:
  std::unique_ptr<OrderVersions> open() {
    Result<std::unique_ptr<OrderVersions>> versions = OrderVersions::open(path_);
    EXPECT_TRUE(versions.ok()) << versions.status();
    return *std::move(versions);
  }
  std::string octets() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string why(const std::string& content) {
    const std::string path = folder_.write("versions", content);
    return std::string(OrderVersions::open(path).status().message());
  }
  static bool takes(OrderVersions& versions, const std::string& warrant, uint64_t version, LegalTime end = kEnd) {
    return versions.take(warrant, version, end, kNow).ok();
  }

  const ScratchFolder folder_;
  const std::string path_ = folder_.path("versions");
};

TEST_F(OrderVersionsTest, NoVersionOfAWarrantGoesBackAlsoBehindRestarts) {
  EXPECT_TRUE(takes(*open(), "w-1", 3));
  const auto versions = open();
  EXPECT_FALSE(takes(*versions, "w-1", 2));
  EXPECT_TRUE(takes(*versions, "w-2", 1));
  EXPECT_TRUE(takes(*versions, "w-1", 4));
  EXPECT_FALSE(takes(*open(), "w-1", 3));
  EXPECT_TRUE(takes(*open(), "w-1", 4));
}

TEST_F(OrderVersionsTest, AnyTextNamesAWarrantAndTheFileIsForNobodyElse) {
  const std::string name("a b\n\0\xff", 6);
  EXPECT_TRUE(takes(*open(), name, 2, {-5}));
  EXPECT_FALSE(takes(*open(), name, 1));
  struct stat facts {};
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
}

TEST_F(OrderVersionsTest, TheSameVersionAgainWritesNothing) {
  const auto versions = open();
  EXPECT_TRUE(takes(*versions, "w-1", 3));
  const std::string once = octets();
  EXPECT_TRUE(takes(*versions, "w-1", 3));
  EXPECT_EQ(octets(), once);
}

TEST_F(OrderVersionsTest, APrefixIsWhatACrashLeftOrIsRefused) {
  const auto versions = open();
  for (uint64_t version = 1; version <= 3; ++version) EXPECT_TRUE(takes(*versions, "w-1", version));
  const std::string whole = octets();
  const size_t head = whole.find('\n');
  for (size_t length = 0; length < whole.size(); ++length) {
    const std::string text = why(whole.substr(0, length));
    EXPECT_EQ(text.empty(), length >= head) << length << ": " << text;
  }
}

TEST_F(OrderVersionsTest, AFileThatIsNotWhatWasWrittenIsNamedAndNothingIsTakenByIt) {
  const std::string head = "lictor-order-versions-1\n";
  for (const char* line : {"\n", "1\n", "1 2\n", "1 2 \n", "1 2 6\n", "1 2 6g\n", "1 2 61 \n", "-1 2 61\n", "1  2 61\n",
                           "99999999999999999999 2 61\n", "1 99999999999999999999 61\n", "x\n"})
    EXPECT_THAT(why(head + line), HasSubstr(path_ + ": is not what was written")) << line;
  EXPECT_THAT(why(head + "1 2 " + std::string(130, '6') + "\n"), HasSubstr("is not what")) << "a name of 65 octets";
  EXPECT_THAT(why("another\n1 2 61\n"), HasSubstr("is not what"));
  EXPECT_EQ(why(head + "1 2 61\n"), "");
}

TEST_F(OrderVersionsTest, WhatCannotBeKeptIsNotTaken) {
  const ScratchFolder gone;
  Result<std::unique_ptr<OrderVersions>> nowhere = OrderVersions::open(gone.path("no/versions"));
  EXPECT_TRUE(absl::IsUnavailable(nowhere.status())) << nowhere.status();
}

TEST_F(OrderVersionsTest, TooManyWarrantsAreRefusedUntilOrdersAreOver) {
  const auto versions = *OrderVersions::open("");
  for (size_t i = 0; i < OrderVersions::kWarrantsMax; ++i)
    ASSERT_TRUE(takes(*versions, "w-" + std::to_string(i), 1, i == 0 ? LegalTime{kNow.unix_ns + 1} : kEnd));
  EXPECT_TRUE(absl::IsResourceExhausted(versions->take("one more", 1, kEnd, kNow)));
  EXPECT_TRUE(versions->take("one more", 1, kEnd, {kNow.unix_ns + 1}).ok());
}

TEST_F(OrderVersionsTest, TheFileIsWrittenAnewWithTheNewestAlone) {
  {
    const auto versions = open();
    for (uint64_t version = 1; version <= 100; ++version) EXPECT_TRUE(takes(*versions, "w-1", version));
  }
  const size_t grown = octets().size();
  open();
  EXPECT_LT(octets().size(), grown / 10);
  EXPECT_FALSE(takes(*open(), "w-1", 99));
}

}  // namespace
}  // namespace lictor
