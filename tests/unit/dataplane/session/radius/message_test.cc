// parse_message: what is a message, what it says, and that nothing behind an end is read.

#include "dataplane/session/radius/message.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>

#include "tests/unit/dataplane/session/radius/message_octets.h"

namespace lictor::radius {
namespace {

using testing::ElementsAre;

const AttributeMap& standard_map() {
  static const AttributeMap map = AttributeMap::standard();
  return map;
}

// Alone on the heap, so that the sanitiser sees a read of one octet too many.
struct Parsed {
  explicit Parsed(const Octets& octets) : room(new uint8_t[octets.size()]) {
    std::copy(octets.begin(), octets.end(), room.get());
    error = parse_message(Bytes(room.get(), octets.size()), standard_map(), message);
  }
  std::unique_ptr<uint8_t[]> room;
  MessageError error;
  Message message;
};

Parsed parsed(const Octets& attributes) { return Parsed(message(4, 1, attributes)); }

IpPrefix prefix(std::string_view words) { return *IpPrefix::parse(words); }

TEST(RadiusMessage, HeaderIsReadAndPaddingIsNotPartOfTheMessage) {
  const Octets octets = message(2, 9, attribute(1, "alice@example.org"));
  const Parsed got(join({octets, attribute(1, "mallory")}));
  EXPECT_EQ(got.error, MessageError::kNone);
  EXPECT_TRUE(got.message.is(Code::kAccessAccept));
  EXPECT_EQ(got.message.id, 9);
  EXPECT_EQ(got.message.octets.size(), octets.size());
  EXPECT_THAT(got.message.authenticator, testing::Each(7));
  EXPECT_EQ(as_text(got.message.user_name), "alice@example.org");
}

TEST(RadiusMessage, LengthBelowAHeaderOrBeyondTheDatagramIsNoMessage) {
  Octets octets = message(4, 1, attribute(1, "alice"));
  for (const uint8_t length : Octets{0, 4, 19, 28, 255}) {
    octets[3] = length;
    EXPECT_EQ(Parsed(octets).error, MessageError::kBadLength) << int{length};
  }
  octets[3] = 27;
  EXPECT_EQ(Parsed(octets).error, MessageError::kNone);
  octets[3] = 20;
  EXPECT_TRUE(Parsed(octets).message.user_name.empty());
}

TEST(RadiusMessage, AttributeOfFewerThanTwoOctetsOrBehindTheEndIsNoMessage) {
  EXPECT_EQ(Parsed(message(4, 1, {1, 0})).error, MessageError::kBadAttribute);
  EXPECT_EQ(Parsed(message(4, 1, {1, 1, 'a'})).error, MessageError::kBadAttribute);
  EXPECT_EQ(Parsed(message(4, 1, {1})).error, MessageError::kBadAttribute);
  EXPECT_EQ(Parsed(message(4, 1, {1, 4, 'a'})).error, MessageError::kBadAttribute);
  EXPECT_EQ(Parsed(message(4, 1, {1, 2})).error, MessageError::kNone);
}

TEST(RadiusMessage, TextsGoWhereTheirTypesSay) {
  const Parsed got = parsed(join({attribute(1, "alice"), attribute(25, "class"), attribute(30, "apn.example.org"),
                                  attribute(31, "00-53-00-01-02-03"), attribute(32, "bras1"), attribute(44, "0000A1"),
                                  attribute(50, "multi"), attribute(87, "xe-0/0/1:100"), attribute(89, "cui")}));
  const Message& message = got.message;
  EXPECT_EQ(as_text(message.user_name), "alice");
  EXPECT_EQ(as_text(message.session_class), "class");
  EXPECT_EQ(as_text(message.called_station), "apn.example.org");
  EXPECT_EQ(as_text(message.calling_station), "00-53-00-01-02-03");
  EXPECT_EQ(as_text(message.nas_identifier), "bras1");
  EXPECT_EQ(as_text(message.session_id), "0000A1");
  EXPECT_EQ(as_text(message.multi_session_id), "multi");
  EXPECT_EQ(as_text(message.nas_port_id), "xe-0/0/1:100");
  EXPECT_EQ(as_text(message.chargeable_identity), "cui");
  EXPECT_EQ(message.odd_attributes, 0);
}

TEST(RadiusMessage, NumbersGoWhereTheirTypesSay) {
  Octets attributes;
  for (const uint8_t type : Octets{5, 27, 40, 41, 42, 43, 46, 49, 52, 53, 55, 61, 85})
    attributes = join({attributes, attribute(type, number(type * 1000U))});
  const Parsed got = parsed(attributes);
  const Message& message = got.message;
  EXPECT_EQ(message.nas_port, 5000U);
  EXPECT_EQ(message.session_timeout_s, 27000U);
  EXPECT_EQ(message.status_type, 40000U);
  EXPECT_EQ(message.delay_s, 41000U);
  EXPECT_EQ(message.session_time_s, 46000U);
  EXPECT_EQ(message.terminate_cause, 49000U);
  EXPECT_EQ(message.event_unix_s, 55000U);
  EXPECT_EQ(message.nas_port_type, 61000U);
  EXPECT_EQ(message.interim_s, 85000U);
  EXPECT_EQ(message.octets_from_user(), (uint64_t{52000} << 32) + 42000);
  EXPECT_EQ(message.octets_to_user(), (uint64_t{53000} << 32) + 43000);
}

TEST(RadiusMessage, OctetsWithoutGigawordsAreTheOctetsAndGigawordsAloneAreNone) {
  EXPECT_EQ(parsed(attribute(42, number(7))).message.octets_from_user(), 7U);
  EXPECT_EQ(parsed(attribute(52, number(7))).message.octets_from_user(), std::nullopt);
}

TEST(RadiusMessage, AddressesOfThePlaceAndOfTheUserAreApart) {
  const Parsed got = parsed(join({attribute(4, {192, 0, 2, 1}), attribute(8, {198, 51, 100, 7}),
                                  attribute(9, {255, 255, 255, 255}), attribute(95, Octets(16, 3))}));
  EXPECT_EQ(got.message.nas_ipv4, (Ipv4{192, 0, 2, 1}));
  EXPECT_EQ(got.message.framed_ipv4, (Ipv4{198, 51, 100, 7}));
  EXPECT_EQ(got.message.framed_netmask, (Ipv4{255, 255, 255, 255}));
  EXPECT_THAT(*got.message.nas_ipv6, testing::Each(3));
}

TEST(RadiusMessage, WhatStandsForNoAddressIsNone) {
  for (const Octets& none : {Octets{0, 0, 0, 0}, Octets{255, 255, 255, 255}, Octets{255, 255, 255, 254}}) {
    EXPECT_EQ(parsed(attribute(8, none)).message.framed_ipv4, std::nullopt);
    EXPECT_TRUE(parsed(join({attribute(8, none), attribute(8, {192, 0, 2, 9})})).message.framed_ipv4.has_value());
  }
}

TEST(RadiusMessage, OfAnAttributeThatComesTwiceTheFirstCounts) {
  const Parsed got = parsed(join({attribute(1, "alice"), attribute(1, "bob"), attribute(8, {192, 0, 2, 1}),
                                  attribute(8, {192, 0, 2, 2}), attribute(40, number(1)), attribute(40, number(2))}));
  EXPECT_EQ(as_text(got.message.user_name), "alice");
  EXPECT_EQ(got.message.framed_ipv4, (Ipv4{192, 0, 2, 1}));
  EXPECT_EQ(got.message.status_type, 1U);
}

TEST(RadiusMessage, PrefixesAreReadWithAsManyOctetsAsTheyHave) {
  const Parsed got =
      parsed(join({attribute(97, prefix_value(64, 1)), attribute(97, prefix_value(64, 2, 8)),
                   attribute(123, prefix_value(40, 3, 5)), attribute(168, join({{0x20, 0x01}, Octets(14, 9)}))}));
  EXPECT_THAT(got.message.framed_ipv6_prefixes.all(),
              ElementsAre(prefix("2001:db8:100::/64"), prefix("2001:db8:200::/64")));
  EXPECT_THAT(got.message.delegated_ipv6_prefixes.all(), ElementsAre(prefix("2001:db8:300::/40")));
  ASSERT_EQ(got.message.framed_ipv6_addresses.count, 1);
  EXPECT_EQ(got.message.framed_ipv6_addresses.items[0][15], 9);
}

TEST(RadiusMessage, BitsBehindAPrefixDoNotCount) {
  Octets value = prefix_value(33, 0xff);
  value[10] = 0xff;
  EXPECT_THAT(parsed(attribute(97, value)).message.framed_ipv6_prefixes.all(),
              ElementsAre(prefix("2001:db8:8000::/33")));
}

TEST(RadiusMessage, PrefixThatIsNoneIsPassedOverAndCounted) {
  for (const Octets& value : {prefix_value(129, 1), prefix_value(64, 1, 7), prefix_value(0, 1), prefix_value(64, 1, 17),
                              Octets{0}, Octets{}}) {
    const Parsed got = parsed(join({attribute(97, value), attribute(1, "alice")}));
    EXPECT_EQ(got.error, MessageError::kNone);
    EXPECT_EQ(got.message.framed_ipv6_prefixes.count, 0);
    EXPECT_EQ(got.message.odd_attributes, 1);
    EXPECT_EQ(as_text(got.message.user_name), "alice");
  }
}

TEST(RadiusMessage, ValueOfAWrongSizeIsPassedOverAndCounted) {
  for (const uint8_t type : Octets{4, 5, 8, 9, 40, 41, 55, 80, 95, 96, 168}) {
    const Parsed got = parsed(join({attribute(type, {1, 2, 3}), attribute(type, Octets(20))}));
    EXPECT_EQ(got.error, MessageError::kNone);
    EXPECT_EQ(got.message.odd_attributes, 2) << int{type};
  }
}

TEST(RadiusMessage, WhatIsBeyondABoundIsCounted) {
  Octets attributes;
  for (uint8_t i = 0; i < 10; ++i) {
    attributes = join({attributes, attribute(97, prefix_value(64, i)), attribute(123, prefix_value(56, i)),
                       attribute(168, Octets(16, i)), attribute(22, "192.0.2.0/24"), attribute(99, "2001:db8::/32")});
  }
  const Message message = parsed(attributes).message;
  EXPECT_EQ(message.framed_ipv6_prefixes.count, kPrefixesMax);
  EXPECT_EQ(message.framed_ipv6_prefixes.beyond, 10 - kPrefixesMax);
  EXPECT_EQ(message.delegated_ipv6_prefixes.beyond, 10 - kPrefixesMax);
  EXPECT_EQ(message.framed_ipv6_addresses.beyond, 10 - kPrefixesMax);
  EXPECT_EQ(message.framed_routes.beyond, 10 - kRoutesMax);
  EXPECT_EQ(message.framed_ipv6_routes.beyond, 10 - kRoutesMax);
}

TEST(RadiusMessage, InterfaceIdAndMessageAuthenticatorAreSpansOfTheMessage) {
  const Parsed got = parsed(join({attribute(80, Octets(16, 5)), attribute(96, Octets(8, 6))}));
  EXPECT_EQ(got.message.message_authenticator.data(), got.message.octets.data() + 22);
  EXPECT_EQ(got.message.framed_interface_id.size(), 8U);
}

// Everything that the parser tells apart.
Octets rich_message() {
  return message(
      4, 200,
      join({attribute(1, "alice@example.org"), attribute(4, {192, 0, 2, 1}), attribute(8, {198, 51, 100, 7}),
            attribute(22, "203.0.113.0/24 198.51.100.7 1"), attribute(40, number(1)), attribute(44, "0000A1"),
            attribute(80, Octets(16)), attribute(96, Octets(8)), attribute(97, prefix_value(64, 1)),
            attribute(99, "2001:db8:5::/48 :: 1"), attribute(123, prefix_value(56, 2)), attribute(168, Octets(16)),
            vendor(3561, join({attribute(1, "dslam1 0/1"), attribute(2, "line 7")})),
            vendor(9, attribute(1, "client-mac-address=0053.0001.0203")),
            vendor(10415, attribute(1, "001010123456789")), vendor(4874, attribute(159, {1, 1, 'c', 2, 1, 'r'})),
            vendor(6527, attribute(121, "192.0.2.9 1024-2047 x")),
            attribute(241, join({{6}, attribute(9, number(1024)), attribute(10, number(2047))}))}));
}

TEST(RadiusMessage, EveryCutOfADatagramIsAnErrorAndEveryCutOfALengthReadsNoFurther) {
  const Octets whole = rich_message();
  ASSERT_EQ(Parsed(whole).error, MessageError::kNone);
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    Octets cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(bytes));
    const MessageError expected = bytes < kHeaderBytes ? MessageError::kTruncated : MessageError::kBadLength;
    ASSERT_EQ(Parsed(cut).error, expected) << bytes;
    if (bytes < kHeaderBytes) continue;
    cut[2] = static_cast<uint8_t>(bytes >> 8);
    cut[3] = static_cast<uint8_t>(bytes);
    const Parsed got(cut);
    ASSERT_TRUE(got.error == MessageError::kNone || got.error == MessageError::kBadAttribute) << bytes;
  }
}

TEST(RadiusMessage, AnyOctetMayBeAnything) {
  const Octets whole = rich_message();
  for (size_t at = 2; at < whole.size(); ++at) {
    for (const int value : {0, 1, 2, 3, 255, whole[at] ^ 0x80}) {
      Octets bad = whole;
      bad[at] = static_cast<uint8_t>(value);
      const Parsed got(bad);
      ASSERT_LE(got.message.framed_ipv6_prefixes.count, kPrefixesMax);
    }
  }
}

}  // namespace
}  // namespace lictor::radius
