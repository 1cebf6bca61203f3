// The octets of a row: what is cut off or foreign is refused.
#include "control/sealed/sealed_row.h"

#include <gtest/gtest.h>

#include "control/sealed/store_sum.h"
#include "control/vault/formats.h"

namespace lictor::control {
namespace {

TEST(SealedRow, ReadsBackWhatWasWritten) {
  const std::string sealed(kSealedBytesMin, 's');
  const std::string octets = *to_octets({.subject = "warrant-1", .sealed = as_bytes(sealed)});
  EXPECT_EQ(octets.substr(0, 2), std::string("\x01\x09"));
  const Result<SealedRow> row = parse_sealed_row(as_bytes(octets));
  ASSERT_TRUE(row.ok()) << row.status();
  EXPECT_EQ(row->subject, "warrant-1");
  EXPECT_EQ(as_text(row->sealed), sealed);
}

TEST(SealedRow, NoPrefixOfARowIsARow) {
  const std::string octets =
      *to_octets({.subject = "warrant-1", .sealed = as_bytes(std::string(kSealedBytesMin, 's'))});
  for (size_t length = 0; length < octets.size(); ++length)
    EXPECT_FALSE(parse_sealed_row(as_bytes(octets).first(length)).ok()) << length;
}

TEST(SealedRow, SubjectsAreBoundedBothWays) {
  const std::string sealed(kSealedBytesMin + 1, 's');
  const std::string longest(SealedRow::kSubjectBytesMax, 'x');
  EXPECT_TRUE(parse_sealed_row(as_bytes(*to_octets({.subject = longest, .sealed = as_bytes(sealed)}))).ok());
  EXPECT_FALSE(to_octets({.subject = longest + "x", .sealed = as_bytes(sealed)}).ok());
  std::string octets = std::string("\x01\x81") + longest + "x" + sealed;
  EXPECT_FALSE(parse_sealed_row(as_bytes(octets)).ok());
}

TEST(SealedRow, ALaterVersionIsToldApart) {
  std::string octets = *to_octets({.subject = "", .sealed = as_bytes(std::string(kSealedBytesMin, 's'))});
  octets[0] = 2;
  EXPECT_EQ(parse_sealed_row(as_bytes(octets)).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(StoreSum, ComesBackToWhatItWasInAnyOrder) {
  Digest a{};
  Digest b{};
  a.fill(0x5a);
  b.fill(0x33);
  StoreSum sum;
  sum.add(a);
  const StoreSum only_a = sum;
  sum.add(b);
  StoreSum other;
  other.add(b);
  other.add(a);
  EXPECT_EQ(sum, other);
  sum.remove(b);
  EXPECT_EQ(sum, only_a);
  EXPECT_NE(sum, StoreSum());
}

TEST(StoreSum, NoOtherLengthIsASum) {
  StoreSum sum;
  sum.add(Digest{1});
  const std::string octets = sum.octets();
  EXPECT_EQ(*StoreSum::parse(as_bytes(octets)), sum);
  for (size_t length = 0; length < octets.size(); ++length)
    EXPECT_FALSE(StoreSum::parse(as_bytes(octets).first(length)).ok()) << length;
  EXPECT_FALSE(StoreSum::parse(as_bytes(octets + "x")).ok());
}

}  // namespace
}  // namespace lictor::control
