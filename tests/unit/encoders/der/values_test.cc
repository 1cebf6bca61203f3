// Primitive values and time stamps.
#include "encoders/der/values.h"

#include <gtest/gtest.h>

#include "encoders/der/time_stamp.h"
#include "encoders/der/tlv.h"
#include "tests/unit/encoders/der/record_octets.h"

namespace lictor::der {
namespace {

std::optional<uint64_t> unsigned_of(std::initializer_list<int> content) {
  return read_unsigned(as_bytes(octets(content)));
}

TEST(Values, IntegersAreMinimalAndNotNegative) {
  EXPECT_EQ(unsigned_of({0}), 0U);
  EXPECT_EQ(unsigned_of({0x7f}), 127U);
  EXPECT_EQ(unsigned_of({0, 0x80}), 128U);
  EXPECT_EQ(unsigned_of({0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), UINT64_MAX);
  EXPECT_EQ(unsigned_of({}), std::nullopt);
  EXPECT_EQ(unsigned_of({0x80}), std::nullopt);
  EXPECT_EQ(unsigned_of({0, 0x7f}), std::nullopt);
  EXPECT_EQ(unsigned_of({1, 0, 0, 0, 0, 0, 0, 0, 0}), std::nullopt);
}

bool identifier(std::initializer_list<int> content) { return is_identifier(as_bytes(octets(content))); }

TEST(Values, IdentifiersHaveWholeMinimalArcs) {
  EXPECT_TRUE(identifier({4, 0, 2}));
  EXPECT_TRUE(identifier({0x81, 0x00}));
  EXPECT_FALSE(identifier({}));
  EXPECT_FALSE(identifier({4, 0x81}));
  EXPECT_FALSE(identifier({4, 0x80, 1}));
}

bool ps_domain(std::initializer_list<int> content) { return is_ps_domain(as_bytes(octets(content))); }

TEST(Values, TheDomainIsTs102232Part1InAnyVersion) {
  EXPECT_TRUE(ps_domain({4, 0, 2, 2, 5, 1, 18}));
  EXPECT_TRUE(ps_domain({4, 0, 2, 2, 5, 1, 0x81, 0x00}));
  EXPECT_FALSE(ps_domain({4, 0, 2, 2, 5, 1}));
  EXPECT_FALSE(ps_domain({4, 0, 2, 2, 5, 1, 17, 0})) << "an arc more, as old senders have it";
  EXPECT_FALSE(ps_domain({4, 0, 2, 2, 5, 2, 18}));
}

TEST(Values, Utf8IsWhatRfc3629SaysItIs) {
  EXPECT_TRUE(is_utf8(as_bytes("")));
  EXPECT_TRUE(is_utf8(as_bytes("Gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xbb")));
  for (const char* bad : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"})
    EXPECT_FALSE(is_utf8(as_bytes(bad)));
}

int64_t unix_us(std::string_view text) {
  return parse_generalized_time(text).value_or(ParsedTime{-1, false, false}).unix_us;
}

TEST(TimeStamp, GeneralizedTimeInAnyZoneIsANumber) {
  EXPECT_EQ(unix_us("19700101000000Z"), 0);
  EXPECT_EQ(unix_us("20231114221320.5Z"), 1'700'000'000'500'000);
  EXPECT_EQ(unix_us("20231115001320.123456+0200"), 1'700'000'000'123'456);
  EXPECT_EQ(unix_us("20231114191320-0300"), 1'700'000'000'000'000);
}

TEST(TimeStamp, OnlyDersFormIsDistinguished) {
  EXPECT_TRUE(parse_generalized_time("20231114221320Z")->distinguished);
  EXPECT_TRUE(parse_generalized_time("20231114221320.05Z")->distinguished);
  EXPECT_FALSE(parse_generalized_time("20231114221320.50Z")->distinguished);
  EXPECT_FALSE(parse_generalized_time("20231114221320Z")->local);
  EXPECT_TRUE(parse_generalized_time("20231114221320+0000")->local);
  EXPECT_TRUE(parse_generalized_time("20231114231320.5+0100")->distinguished);
}

TEST(TimeStamp, WhatIsNoTimeIsNone) {
  for (const char* text :
       {"", "2023", "20231114221320", "20231314221320Z", "20230230000000Z", "20231114241320Z", "20231114221320.Z",
        "20231114221320Zx", "2023111422132aZ", "20231114221320+02", "20231114221320.1234567890123Z"})
    EXPECT_EQ(parse_generalized_time(text), std::nullopt) << text;
}

TlvHeader header_of(std::initializer_list<int> values) {
  const std::string text = octets(values);
  ByteReader in(as_bytes(text));
  return read_tlv_header(in);
}

TEST(Tlv, LengthsAndTagsTellWhetherTheyAreMinimal) {
  EXPECT_TRUE(header_of({0x30, 0x7f}).minimal);
  EXPECT_TRUE(header_of({0x30, 0x81, 0x80}).minimal);
  EXPECT_FALSE(header_of({0x30, 0x81, 0x7f}).minimal);
  EXPECT_FALSE(header_of({0x30, 0x82, 0, 0x80}).minimal);
  EXPECT_EQ(header_of({0x30, 0x82, 0, 0x80}).length, 128U);
  EXPECT_EQ(header_of({0xbf, 0x81, 0x7f, 0}).tag_number, 255U);
  EXPECT_TRUE(header_of({0xbf, 0x81, 0x7f, 0}).minimal);
  EXPECT_FALSE(header_of({0xbf, 0x1e, 0}).minimal);
  EXPECT_FALSE(header_of({0xbf, 0x80, 0x7f, 0}).minimal);
}

TEST(Tlv, WhatCannotBeReadSaysWhy) {
  EXPECT_EQ(header_of({}).status, TlvStatus::kCut);
  EXPECT_EQ(header_of({0x30}).status, TlvStatus::kCut);
  EXPECT_EQ(header_of({0x30, 0x82, 1}).status, TlvStatus::kCut);
  EXPECT_EQ(header_of({0xbf, 0x81}).status, TlvStatus::kCut);
  EXPECT_EQ(header_of({0xbf, 0x81, 0x01}).status, TlvStatus::kCut);
  EXPECT_EQ(header_of({0x30, 0x80}).status, TlvStatus::kIndefinite);
  EXPECT_EQ(header_of({0x30, 0x89}).status, TlvStatus::kTooLong);
  EXPECT_EQ(header_of({0xbf, 0x81, 0x81, 0x81, 0x81, 1}).status, TlvStatus::kTooLong);
}

}  // namespace
}  // namespace lictor::der
