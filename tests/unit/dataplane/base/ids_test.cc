// XIDs: their octets and their text.

#include "dataplane/base/ids.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace lictor {
namespace {

TEST(Xid, PrintsAsAUuid) {
  std::vector<uint8_t> octets(16);
  std::iota(octets.begin(), octets.end(), uint8_t{0xf0});
  const Result<Xid> xid = Xid::from_octets(octets);
  ASSERT_TRUE(xid.ok());
  EXPECT_EQ(xid->to_string(), "f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff");
}

TEST(Xid, IsRefusedWithAnyOtherLengthThanSixteen) {
  for (const size_t length : {0, 1, 15, 17, 32}) {
    EXPECT_FALSE(Xid::from_octets(std::vector<uint8_t>(length)).ok()) << length;
  }
}

}  // namespace
}  // namespace lictor
