// ByteReader: what it reads, and that it never reads past the end.

#include <gtest/gtest.h>

#include <vector>

#include "dataplane/base/bytes.h"

namespace lictor {
namespace {

TEST(ByteReader, ReadsIntegersInNetworkByteOrder) {
  const std::vector<uint8_t> bytes = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                                      0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f};
  ByteReader in(bytes);
  EXPECT_EQ(in.u8(), 0x01u);
  EXPECT_EQ(in.u16(), 0x0203u);
  EXPECT_EQ(in.u32(), 0x04050607u);
  EXPECT_EQ(in.u64(), 0x08090a0b0c0d0e0fu);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.remaining(), 0u);
}

TEST(ByteReader, FailsOnceAndForEverWhereAReadPassesTheEnd) {
  const std::vector<uint8_t> bytes = {0xff, 0xff, 0xff};
  ByteReader in(bytes);
  EXPECT_EQ(in.u32(), 0u);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.u8(), 0u) << "a failed reader must not go on with the bytes that were left";
  EXPECT_EQ(in.remaining(), 0u);
  EXPECT_FALSE(in.ok());
}

TEST(ByteReader, TakesNothingAtTheEndWithoutFailing) {
  ByteReader in(Bytes{});
  EXPECT_TRUE(in.take(0).empty());
  EXPECT_TRUE(in.ok());
}

TEST(ByteReader, EveryPrefixOfALengthPrefixedFieldIsEitherWholeOrRefused) {
  const std::vector<uint8_t> bytes = {0x00, 0x03, 'a', 'b', 'c'};
  for (size_t length = 0; length <= bytes.size(); ++length) {
    ByteReader in(Bytes(bytes).first(length));
    const Bytes body = in.take(in.u16());
    EXPECT_EQ(in.ok(), length == bytes.size()) << length;
    if (in.ok()) {
      EXPECT_EQ(as_text(body), "abc");
    }
  }
}

}  // namespace
}  // namespace lictor
