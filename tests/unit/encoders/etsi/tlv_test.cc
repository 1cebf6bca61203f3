// Tlv: what is taken apart and what is refused.

#include "encoders/etsi/tlv.h"

#include <gtest/gtest.h>

#include <vector>

namespace lictor {
namespace {

TEST(Tlv, ReadsShortAndLongLengths) {
  const std::vector<uint8_t> short_form = {0x30, 0x02, 0xaa, 0xbb, 0xcc};
  ASSERT_TRUE(first_tlv(short_form).has_value());
  EXPECT_EQ(first_tlv(short_form)->tag, 0x30);
  EXPECT_EQ(first_tlv(short_form)->content.size(), 2u);
  EXPECT_EQ(first_tlv(short_form)->whole.size(), 4u);
  std::vector<uint8_t> long_form = {0x30, 0x82, 0x00, 0x90};
  long_form.resize(4 + 0x90);
  ASSERT_TRUE(first_tlv(long_form).has_value()) << "not minimal, and tolerated";
  EXPECT_EQ(first_tlv(long_form)->content.size(), 0x90u);
}

TEST(Tlv, EveryPrefixIsRefused) {
  std::vector<uint8_t> whole = {0xa1, 0x81, 0x80};
  whole.resize(3 + 0x80);
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(first_tlv(Bytes(whole).first(length)).has_value()) << length;
  }
  EXPECT_TRUE(first_tlv(whole).has_value());
}

TEST(Tlv, RefusesHighTagsIndefiniteAndAbsurdLengths) {
  for (const std::vector<uint8_t>& wrong : {std::vector<uint8_t>{0x1f, 0x20, 0x00},
                                            {0x30, 0x80, 0x00, 0x00},
                                            {0x30, 0x85, 0, 0, 0, 0, 0},
                                            {0x30, 0xff, 1}}) {
    EXPECT_FALSE(first_tlv(wrong).has_value());
  }
}

TEST(Tlv, FindsAChildByItsTagAndStopsAtWhatIsCut) {
  const std::vector<uint8_t> parent = {0x80, 0x01, 0x07, 0x81, 0x01, 0x09, 0x82, 0x05, 0x01};
  ASSERT_TRUE(find_child(parent, 0x81).has_value());
  EXPECT_EQ(find_child(parent, 0x81)->content[0], 0x09);
  EXPECT_FALSE(find_child(parent, 0x82).has_value());
  EXPECT_FALSE(find_child(parent, 0x83).has_value());
}

}  // namespace
}  // namespace lictor
