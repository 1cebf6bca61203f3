// copy_masked: no credential is left, nothing else is changed, and what is left parses as before.

#include "dataplane/session/radius/mask.h"

#include <gmock/gmock.h>

#include <set>

#include "dataplane/session/radius/message.h"
#include "tests/unit/dataplane/session/radius/message_octets.h"

namespace lictor::radius {
namespace {

Octets masked(const Octets& message, std::span<const MaskedAttribute> also = {}) {
  Octets copy(message.size());
  EXPECT_EQ(copy_masked(message, also, copy), message.size());
  return copy;
}

Octets stars(size_t count) { return Octets(count, kMask); }

// What becomes of attributes, without the header.
Octets masked_attributes(const Octets& attributes, std::span<const MaskedAttribute> also = {}) {
  Octets copy = masked(message(1, 1, attributes), also);
  copy.erase(copy.begin(), copy.begin() + 20);
  return copy;
}

TEST(RadiusMask, PasswordsAndWhatTheyCouldBeTriedAgainstAreOverwritten) {
  for (const uint8_t type : Octets{2, 3, 17, 60, 69, 70, 73, 74, 79, 80, 84, 102, 103, 121}) {
    const Octets around = attribute(1, "alice");
    EXPECT_EQ(masked_attributes(join({around, attribute(type, "0123456789abcdef"), around})),
              join({around, attribute(type, stars(16)), around}))
        << int{type};
  }
}

Octets shown(const ShownRadius& as, const Octets& datagram, ShownLocation location) {
  Octets copy(datagram.size());
  copy.resize(as.copy(datagram, location, copy));
  return copy;
}

TEST(RadiusMask, WhereTheSubscriberIsIsShownOnlyWhereThatWasOrdered) {
  const AttributeMap map = *AttributeMap::make({{.vendor = 4874, .type = 200, .field = Field::kLocation}});
  const ShownRadius as(map);
  for (const Octets& place : {attribute(127, "cell"), attribute(128, "cell"), vendor(10415, attribute(22, "cell")),
                              vendor(10415, attribute(18, "cell")), vendor(5535, attribute(10, "cell")),
                              vendor(4874, attribute(200, "cell"))}) {
    const Octets datagram = message(4, 9, join({attribute(1, "alice"), place}));
    const Octets hidden = shown(as, datagram, ShownLocation::kNo);
    const Octets told = shown(as, datagram, ShownLocation::kYes);
    EXPECT_EQ(hidden.size(), datagram.size());
    EXPECT_EQ(as_text(hidden).find("cell"), std::string::npos);
    EXPECT_NE(as_text(hidden).find("alice"), std::string::npos);
    EXPECT_NE(as_text(told).find("cell"), std::string::npos);
  }
}

TEST(RadiusMask, WhatIsBehindTheMessageIsNotShown) {
  const ShownRadius as(AttributeMap::standard());
  Octets datagram = message(1, 1, join({attribute(1, "alice"), attribute(2, "0123456789abcdef")}));
  const size_t bytes = datagram.size();
  const Octets behind = attribute(2, "0123456789abcdef");
  datagram.insert(datagram.end(), behind.begin(), behind.end());
  const Octets copy = shown(as, datagram, ShownLocation::kYes);
  EXPECT_EQ(copy.size(), bytes);
  EXPECT_EQ(as_text(copy).find("0123456789abcdef"), std::string::npos);
}

TEST(RadiusMask, ADatagramThatIsNoMessageIsNotShown) {
  const ShownRadius as(AttributeMap::standard());
  const Octets whole = message(1, 1, attribute(2, "0123456789abcdef"));
  for (size_t bytes = 0; bytes < whole.size(); ++bytes)
    EXPECT_TRUE(
        shown(as, Octets(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(bytes)), ShownLocation::kNo).empty());
  Octets narrow(whole.size() - 1);
  EXPECT_EQ(as.copy(whole, ShownLocation::kNo, narrow), 0U);
}

TEST(RadiusMask, EveryOtherStandardAttributeStaysAsItIs) {
  for (int type = 1; type < 256; ++type) {
    if (type == 26) continue;
    const Octets one = attribute(static_cast<uint8_t>(type), "0123456789abcdef");
    const Octets got = masked_attributes(one);
    const bool secret = std::set<int>{2, 3, 17, 60, 69, 70, 73, 74, 79, 80, 84, 102, 103, 121}.contains(type);
    EXPECT_EQ(got == one, !secret) << type;
  }
}

TEST(RadiusMask, AuthenticatorsGoBecauseTheOperatorsSecretCouldBeTriedAgainstThem) {
  const Octets octets = message(4, 9, attribute(1, "alice"));
  Octets expected = octets;
  put(expected, 4, stars(16));
  EXPECT_EQ(masked(octets), expected);
}

TEST(RadiusMask, VendorsCredentialsAreOverwrittenAndTheirOthersStay) {
  const Octets chap =
      vendor(311, join({attribute(10, "DOMAIN"), attribute(25, Octets(50, 1)), attribute(11, Octets(16, 2))}));
  EXPECT_EQ(masked_attributes(chap),
            vendor(311, join({attribute(10, "DOMAIN"), attribute(25, stars(50)), attribute(11, stars(16))})));
  EXPECT_EQ(masked_attributes(vendor(4874, join({attribute(9, "tunnel"), attribute(1, "vr1")}))),
            vendor(4874, join({attribute(9, stars(6)), attribute(1, "vr1")})));
}

TEST(RadiusMask, CiscosPairsThatNameASecretAreOverwritten) {
  for (const std::string_view pair :
       {"vpdn:l2tp-tunnel-password=x", "leap:session-key=y", "Tunnel-Secret=z", "li-action=1"})
    EXPECT_EQ(masked_attributes(vendor(9, attribute(1, pair))), vendor(9, attribute(1, stars(pair.size())))) << pair;
  const Octets harmless = vendor(9, attribute(1, "client-mac-address=0053.0001.0203"));
  EXPECT_EQ(masked_attributes(harmless), harmless);
}

TEST(RadiusMask, ThatAnAccessServerIsToldToInterceptIsNotToBeSeen) {
  EXPECT_EQ(masked_attributes(vendor(4874, join({attribute(58, number(1)), attribute(59, "handle")}))),
            vendor(4874, join({attribute(0, stars(4)), attribute(0, stars(6))})));
  EXPECT_EQ(masked_attributes(vendor(6527, attribute(122, number(1)))), vendor(6527, attribute(0, stars(4))));
}

TEST(RadiusMask, WhatConfigurationNamesIsOverwrittenToo) {
  const std::vector<MaskedAttribute> also = {{0, 11}, {64496, 3}};
  EXPECT_EQ(masked_attributes(join({attribute(11, "filter"), vendor(64496, attribute(3, "pin"))}), also),
            join({attribute(11, stars(6)), vendor(64496, attribute(3, stars(3)))}));
}

TEST(RadiusMask, WhatDoesNotDivideIsOverwrittenToItsEnd) {
  EXPECT_EQ(masked_attributes(join({attribute(1, "alice"), {2, 99, 'p', 'w'}})),
            join({attribute(1, "alice"), stars(4)}));
  EXPECT_EQ(masked_attributes(join({attribute(1, "alice"), {2, 1, 'p', 'w'}})),
            join({attribute(1, "alice"), stars(4)}));
  EXPECT_EQ(masked_attributes(join({attribute(1, "alice"), {2}})), join({attribute(1, "alice"), stars(1)}));
  EXPECT_EQ(masked_attributes(vendor(64496, {7, 99, 'p', 'w'})), vendor(64496, stars(4)));
  EXPECT_EQ(masked_attributes(attribute(26, {0, 0, 9})), attribute(26, stars(3)));
}

TEST(RadiusMask, CutOfAnyLengthIsMaskedWithinItsOctets) {
  const Octets whole = message(1, 1, join({attribute(2, Octets(16, 1)), vendor(311, attribute(25, Octets(50, 1)))}));
  for (size_t bytes = 0; bytes <= whole.size(); ++bytes) {
    const Octets got = masked(Octets(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(bytes)));
    for (size_t at = 20; at < got.size(); ++at) ASSERT_NE(got[at], bytes == whole.size() ? 256 : 1) << bytes;
    for (size_t at = 4; at < std::min<size_t>(20, got.size()); ++at) ASSERT_EQ(got[at], kMask);
  }
}

}  // namespace
}  // namespace lictor::radius
