// What vendors' attributes say: the map, port blocks of a NAT, DHCP's option 82, routes.

#include "dataplane/session/radius/attribute_map.h"

#include <gmock/gmock.h>

#include "dataplane/session/radius/message.h"
#include "tests/unit/dataplane/session/radius/message_octets.h"

namespace lictor::radius {
namespace {

// The octets stay as long as the view.
struct Read {
  explicit Read(const Octets& attributes, const AttributeMap& map = AttributeMap::standard())
      : octets(lictor::radius::message(4, 1, attributes)) {
    EXPECT_EQ(parse_message(octets, map, message), MessageError::kNone);
  }
  [[nodiscard]] std::string_view field(Field of) const { return as_text(message.field(of)); }
  Octets octets;
  Message message;
};

std::string block_text(const PortBlock& block) {
  std::string words;
  if (block.address) {
    for (const uint8_t octet : *block.address) words += (words.empty() ? "" : ".") + std::to_string(octet);
  }
  words += " " + (block.first ? std::to_string(*block.first) : "?");
  words += "-" + (block.last ? std::to_string(*block.last) : "?");
  return words + (block.released ? " released" : "");
}

std::vector<std::string> blocks_of(const Octets& attributes) {
  std::vector<std::string> words;
  const Read read(attributes);
  for (const PortBlock& block : read.message.port_blocks.all()) words.push_back(block_text(block));
  return words;
}

TEST(RadiusAttributeMap, LinesAreNamedByTheBroadbandForumAndOthers) {
  const Read forum(vendor(3561, join({attribute(1, "dslam1 0/1"), attribute(2, "line 7")})));
  EXPECT_EQ(forum.field(Field::kCircuitId), "dslam1 0/1");
  EXPECT_EQ(forum.field(Field::kRemoteId), "line 7");
  const Read ericsson(join({vendor(2352, attribute(97, "c")), vendor(2352, attribute(96, "r"))}));
  EXPECT_EQ(ericsson.field(Field::kCircuitId), "c");
  EXPECT_EQ(ericsson.field(Field::kRemoteId), "r");
}

TEST(RadiusAttributeMap, CiscosPairsAreToldApartByTheirNamesWhichAreNoPartOfTheValue) {
  const Read read(join({vendor(9, attribute(1, "circuit-id-tag=c")), vendor(9, attribute(1, "remote-id-tag=r")),
                        vendor(9, attribute(1, "client-mac-address=0053.0001.0203")),
                        vendor(9, attribute(1, "circuit-id-tag")), vendor(9, attribute(2, "circuit-id-tag=other"))}));
  EXPECT_EQ(read.field(Field::kCircuitId), "c");
  EXPECT_EQ(read.field(Field::kRemoteId), "r");
  EXPECT_EQ(read.field(Field::kMac), "0053.0001.0203");
}

TEST(RadiusAttributeMap, MobileSubscribersAreNamedBy3gpp) {
  const Read read(vendor(10415, join({attribute(1, "001010123456789"), attribute(20, "3520990017614823"),
                                      attribute(21, {6}), attribute(22, Octets(13, 1))})));
  EXPECT_EQ(read.field(Field::kImsi), "001010123456789");
  EXPECT_EQ(read.field(Field::kImei), "3520990017614823");
  EXPECT_EQ(read.message.field(Field::kAccessType).size(), 1U);
  EXPECT_EQ(read.message.field(Field::kLocation).size(), 13U);
}

TEST(RadiusAttributeMap, JuniperHandsOnOption82AndTheClientsMac) {
  const Read read(join({vendor(4874, attribute(159, {1, 2, 'c', '1', 9, 1, 'x', 2, 2, 'r', '1'})),
                        vendor(4874, attribute(56, "0053.0001.0203"))}));
  EXPECT_EQ(read.field(Field::kCircuitId), "c1");
  EXPECT_EQ(read.field(Field::kRemoteId), "r1");
  EXPECT_EQ(read.field(Field::kMac), "0053.0001.0203");
}

TEST(RadiusAttributeMap, Option82ThatRunsBehindItsEndIsOdd) {
  EXPECT_EQ(Read(vendor(4874, attribute(159, {9, 9, 'c'}))).message.odd_attributes, 1);
}

TEST(RadiusAttributeMap, ConfigurationReplacesIt) {
  const AttributeMap map =
      *AttributeMap::make({{64496, 7, "line=", Field::kCircuitId}, {0, 11, "", Field::kSubscriber}});
  const Octets attributes = join(
      {vendor(64496, attribute(7, "line=a1")), attribute(11, "customer 9"), vendor(3561, attribute(1, "not mapped"))});
  const Read read(attributes, map);
  EXPECT_EQ(read.field(Field::kCircuitId), "a1");
  EXPECT_EQ(read.field(Field::kSubscriber), "customer 9");
  EXPECT_TRUE(Read(attributes).field(Field::kSubscriber).empty());
}

TEST(RadiusAttributeMap, EntriesThatCanNeverBeAreRefused) {
  EXPECT_FALSE(AttributeMap::make({{0, 26, "", Field::kMac}}).ok());
  EXPECT_FALSE(AttributeMap::make({{9, 0, "", Field::kMac}}).ok());
  EXPECT_FALSE(AttributeMap::make({{9, 1, std::string(65, 'x'), Field::kMac}}).ok());
  EXPECT_FALSE(AttributeMap::make({{9, 1, "", Field::kCount}}).ok());
  EXPECT_FALSE(AttributeMap::make(std::vector<MappedAttribute>(257, {9, 1, "", Field::kMac})).ok());
  EXPECT_TRUE(AttributeMap::make(std::vector<MappedAttribute>(256, {9, 1, "", Field::kMac})).ok());
}

TEST(RadiusAttributeMap, VendorsAttributesThatDoNotDivideAreOddAndNoneIsRead) {
  for (const Octets& inside : {join({attribute(1, "c"), {2, 9, 'r'}}), join({attribute(1, "c"), {2}}),
                               join({attribute(1, "c"), {2, 1}}), join({attribute(1, "c"), {2, 0}})}) {
    const Read read(vendor(3561, inside));
    EXPECT_EQ(read.message.odd_attributes, 1);
    EXPECT_TRUE(read.field(Field::kCircuitId).empty());
  }
  EXPECT_EQ(Read(attribute(26, {0, 0, 9})).message.odd_attributes, 1);
}

TEST(RadiusPortBlocks, PartsInAttributesOfTheirOwnMakeABlock) {
  const Octets h3c = join({vendor(25506, attribute(32, {192, 0, 2, 9})), vendor(25506, attribute(33, number(1024))),
                           vendor(25506, attribute(34, number(2047)))});
  EXPECT_THAT(blocks_of(h3c), testing::ElementsAre("192.0.2.9 1024-2047"));
  const Octets huawei = vendor(2011, join({attribute(161, "192.0.2.9"), attribute(162, "1024"), attribute(163, "2047"),
                                           attribute(162, "4096"), attribute(163, "5119")}));
  EXPECT_THAT(blocks_of(huawei), testing::ElementsAre("192.0.2.9 1024-2047", " 4096-5119"));
}

TEST(RadiusPortBlocks, OneTextMakesABlock) {
  EXPECT_THAT(blocks_of(vendor(6527, attribute(121, "192.0.2.9 1024-2047 router base"))),
              testing::ElementsAre("192.0.2.9 1024-2047"));
  for (const std::string_view bad : {"", "192.0.2.9", "192.0.2.9 1024", "192.0.2.9 2047-1024", "192.0.2.9 1024-70000",
                                     "x 1024-2047", "192.0.2.9 -2047"}) {
    const Read read(vendor(6527, attribute(121, bad)));
    EXPECT_EQ(read.message.port_blocks.count, 0) << bad;
    EXPECT_EQ(read.message.odd_attributes, 1) << bad;
  }
}

TEST(RadiusPortBlocks, TheStandardsRangeIsReadAndSaysWhetherItIsReleased) {
  const auto range = [](uint32_t allocation) {
    return attribute(241, join({{6},
                                attribute(3, {192, 0, 2, 9}),
                                attribute(8, number(allocation)),
                                attribute(9, number(1024)),
                                attribute(10, number(2047)),
                                attribute(11, "line 7")}));
  };
  EXPECT_THAT(blocks_of(range(1)), testing::ElementsAre("192.0.2.9 1024-2047"));
  EXPECT_THAT(blocks_of(range(2)), testing::ElementsAre("192.0.2.9 1024-2047 released"));
}

TEST(RadiusPortBlocks, RangeWithoutBothEndsOrCutIsOdd) {
  const auto odd = [](const Octets& tlvs) { return Read(attribute(241, join({{6}, tlvs}))).message.odd_attributes; };
  EXPECT_EQ(odd(attribute(9, number(1024))), 1);
  EXPECT_EQ(odd(join({attribute(9, number(2047)), attribute(10, number(1024))})), 1);
  EXPECT_EQ(odd(join({attribute(9, number(1024)), attribute(10, number(70000))})), 1);
  EXPECT_EQ(odd({9, 6, 0}), 1);
  EXPECT_EQ(Read(attribute(241, {7, 1, 2, 3})).message.odd_attributes, 0);
  EXPECT_EQ(Read(attribute(241, Octets{})).message.odd_attributes, 0);
}

TEST(RadiusRoutes, DestinationIsWhatStandsFirst) {
  EXPECT_EQ(route_prefix(as_bytes("203.0.113.0/24 198.51.100.7 1")), *IpPrefix::parse("203.0.113.0/24"));
  EXPECT_EQ(route_prefix(as_bytes("  203.0.113.4/30")), *IpPrefix::parse("203.0.113.4/30"));
  EXPECT_EQ(route_prefix(as_bytes("2001:db8:5::/48 :: 1")), *IpPrefix::parse("2001:db8:5::/48"));
  EXPECT_EQ(route_prefix(as_bytes(std::string_view("203.0.113.4/32\0", 15))), *IpPrefix::parse("203.0.113.4/32"));
}

TEST(RadiusRoutes, WhatIsNoPrefixIsNoneAndSoIsOneWithoutLength) {
  for (const std::string_view bad :
       {"", " ", "203.0.113.0", "198.51.100.0 0.0.0.0 1", "203.0.113.1/24", "203.0.113.0/33", "203.0.113.0/", "/24",
        "203.0.113.0/2x", "2001:db8::/129", "2001:db8::1/64", "example.org/24", "203.0.113.0 /24"}) {
    EXPECT_EQ(route_prefix(as_bytes(bad)), std::nullopt) << bad;
  }
  EXPECT_EQ(route_prefix(as_bytes(std::string(300, '1') + "/24")), std::nullopt);
}

}  // namespace
}  // namespace lictor::radius
