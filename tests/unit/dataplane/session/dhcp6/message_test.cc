// What is read of DHCPv6 messages with the relays around them, and what their damage costs.

#include "dataplane/session/dhcp6/message.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/unit/dataplane/session/dhcp6/dhcp6_octets.h"

namespace lictor::dhcp6 {
namespace {

constexpr uint32_t kTransaction = 0xabcdef;

// Keeps what the views of a message point at; its copy of the datagram has exact size, for the sanitiser.
struct Read {
  explicit Read(const Octets& octets)
      : size(octets.size()), copy(std::make_unique<uint8_t[]>(size)), parser(std::make_unique<Parser>()) {
    std::copy(octets.begin(), octets.end(), copy.get());
    reading = parser->read({copy.get(), size}, message);
  }

  size_t size;
  std::unique_ptr<uint8_t[]> copy;
  std::unique_ptr<Parser> parser;
  Message message;
  Reading reading;
};

Octets octets_of(const Ipv6Octets& address) { return {address.begin(), address.end()}; }
using lictor::octets_of;

Octets whole_reply() {
  return message(
      7, kTransaction,
      {option(1, kDuidTime), option(2, kDuidPlain),
       association(3, 7, join({lease(address(0x10), 300, 600), lease(address(0x11), 0, 0, status(0))})),
       association(25, 8, prefix(address(0), 56, 400, 0xffffffff)), association(4, 9, lease(address(0x12), 1, 2)),
       association(3, 10, status(2)), option(39, join({{1, 4}, octets_of("host"), {0}})), status(0), option(14, {})});
}

TEST(Dhcp6Message, HeaderAndOptionsAreRead) {
  const Read read(whole_reply());
  ASSERT_EQ(read.reading, Reading::kMessage);
  EXPECT_EQ(read.message.damage, 0);
  EXPECT_EQ(read.message.type, MessageType::kReply);
  EXPECT_EQ(read.message.transaction, kTransaction);
  EXPECT_TRUE(read.message.from_server);
  EXPECT_TRUE(read.message.relays.empty());
  EXPECT_EQ(octets_of(read.message.client_duid), kDuidTime);
  EXPECT_EQ(octets_of(read.message.server_duid), kDuidPlain);
  EXPECT_EQ(read.message.status, 0);
  EXPECT_TRUE(read.message.rapid_commit);
  EXPECT_EQ(octets_of(read.message.full_name), join({{4}, octets_of("host"), {0}}));
}

TEST(Dhcp6Message, EveryAssociationHasItsLeases) {
  const Read read(whole_reply());
  ASSERT_EQ(read.message.associations.size(), 4U);
  ASSERT_EQ(read.message.leases.size(), 4U);
  const auto associations = read.message.associations;
  EXPECT_EQ(associations[0].kind, AssociationKind::kAddresses);
  EXPECT_EQ(associations[1].kind, AssociationKind::kPrefixes);
  EXPECT_EQ(associations[2].kind, AssociationKind::kTemporary);
  EXPECT_EQ(associations[0].id, 7U);
  EXPECT_EQ(associations[1].renewal_s, 1000U);
  EXPECT_EQ(associations[1].rebinding_s, 2000U);
  EXPECT_EQ(associations[2].renewal_s, 0U);
  EXPECT_EQ(associations[3].status, 2);
  const auto leases = read.message.leases;
  EXPECT_EQ(octets_of(leases[0].prefix), address(0x10));
  EXPECT_EQ(leases[0].preferred_s, 300U);
  EXPECT_EQ(leases[0].valid_s, 600U);
  EXPECT_EQ(leases[0].bits, 128);
  EXPECT_FALSE(leases[0].status);
  EXPECT_EQ(leases[1].valid_s, 0U);
  EXPECT_EQ(leases[1].status, 0);
  EXPECT_EQ(leases[1].association, 0);
  EXPECT_EQ(leases[2].association, 1);
  EXPECT_EQ(leases[2].bits, 56);
  EXPECT_EQ(leases[2].valid_s, UINT32_MAX);
  EXPECT_EQ(octets_of(leases[3].prefix), address(0x12));
  EXPECT_EQ(leases[3].association, 2);
}

TEST(Dhcp6Message, EveryTypeIsItselfAndHasItsDirection) {
  for (uint8_t type = 1; type <= 11; ++type) {
    const Read read(message(type, 1, {option(1, kDuidPlain)}));
    ASSERT_EQ(read.reading, Reading::kMessage);
    EXPECT_EQ(static_cast<uint8_t>(read.message.type), type);
    EXPECT_EQ(read.message.from_server, type == 2 || type == 7 || type == 10);
  }
  for (const uint8_t type : Octets{14, 20, 21, 36}) EXPECT_EQ(Read(message(type, 1, {})).reading, Reading::kOtherType);
  for (const uint8_t type : Octets{0, 37, 255}) EXPECT_EQ(Read(message(type, 1, {})).reading, Reading::kBadType);
}

TEST(Dhcp6Message, RelaysArePeeledWithWhatEachHasAdded) {
  const Octets inner_options =
      join({option(18, octets_of("eth 1/2/3")), option(37, join({big32(3561), octets_of("line-7")})),
            option(38, octets_of("sub-6")), option(53, kDuidPlain), option(79, join({big16(1), kMac}))});
  const Octets inner =
      relayed({.hops = 0, .link = 3, .peer = 4}, message(1, kTransaction, {option(1, kDuidTime)}), inner_options);
  const Read read(relayed({.hops = 1, .link = 1, .peer = 2}, inner, option(18, octets_of("core"))));
  ASSERT_EQ(read.reading, Reading::kMessage);
  EXPECT_EQ(read.message.damage, 0);
  EXPECT_EQ(octets_of(read.message.client_duid), kDuidTime);
  ASSERT_EQ(read.message.relays.size(), 2U);
  const Relay& outer = read.message.relays[0];
  EXPECT_EQ(outer.hops, 1);
  EXPECT_EQ(octets_of(outer.link), address(1));
  EXPECT_EQ(octets_of(outer.peer), address(2));
  EXPECT_EQ(as_text(outer.interface_id), "core");
  EXPECT_TRUE(outer.remote_id.id.empty() && outer.client_hardware.empty());
  const Relay& nearest = read.message.relays[1];
  EXPECT_EQ(octets_of(nearest.link), address(3));
  EXPECT_EQ(as_text(nearest.interface_id), "eth 1/2/3");
  EXPECT_EQ(nearest.remote_id.enterprise, 3561U);
  EXPECT_EQ(as_text(nearest.remote_id.id), "line-7");
  EXPECT_EQ(as_text(nearest.subscriber_id), "sub-6");
  EXPECT_EQ(octets_of(nearest.relay_id), kDuidPlain);
  EXPECT_EQ(nearest.hardware_type, 1);
  EXPECT_EQ(octets_of(nearest.client_hardware), kMac);
}

TEST(Dhcp6Message, DirectionIsTheRelays) {
  EXPECT_FALSE(Read(relayed({.type = 12}, message(7, 1, {}))).message.from_server);
  EXPECT_TRUE(Read(relayed({.type = 13}, message(7, 1, {}))).message.from_server);
}

TEST(Dhcp6Message, OptionsBehindTheRelayMessageBelongToItsRelay) {
  const Octets whole = join({relayed({}, message(1, 1, {})), option(18, octets_of("late"))});
  EXPECT_EQ(as_text(Read(whole).message.relays[0].interface_id), "late");
}

TEST(Dhcp6Message, RelaysAreBounded) {
  Octets nested = message(1, kTransaction, {option(1, kDuidTime)});
  for (size_t i = 0; i < kRelaysMax; ++i) nested = relayed({}, nested);
  const Read deepest(nested);
  EXPECT_EQ(deepest.reading, Reading::kMessage);
  EXPECT_EQ(deepest.message.relays.size(), kRelaysMax);
  EXPECT_EQ(Read(relayed({}, nested)).reading, Reading::kTooManyRelays);
}

TEST(Dhcp6Message, WhatIsNoMessageIsNamed) {
  EXPECT_EQ(Read({}).reading, Reading::kTruncated);
  EXPECT_EQ(Read({7, 0, 0}).reading, Reading::kTruncated);
  EXPECT_EQ(Read(Octets(33, 12)).reading, Reading::kTruncated);
  EXPECT_EQ(Read(relayed({}, relayed({.type = 13}, message(7, 1, {})))).reading, Reading::kMixedRelays);
  EXPECT_EQ(Read(relayed({}, {})).reading, Reading::kNoRelayMessage);
  EXPECT_EQ(Read(join({{12, 0}, Octets(32), option(18, {1})})).reading, Reading::kNoRelayMessage);
}

TEST(Dhcp6Message, DamageCostsNoMoreThanItself) {
  const Octets good = association(3, 7, lease(address(0x10), 1, 2));
  const Read past(message(7, 1, {good, {0, 1, 0, 9, 1}}));
  EXPECT_TRUE(past.message.has(Damage::kOptionPastEnd));
  EXPECT_EQ(past.message.leases.size(), 1U);
  const Read shorter(message(7, 1, {option(3, {1, 2, 3}), option(13, {0}), option(39, {}), good}));
  EXPECT_TRUE(shorter.message.has(Damage::kBadOptionLength));
  EXPECT_EQ(shorter.message.leases.size(), 1U);
  const Read address_cut(message(7, 1, {association(3, 7, option(5, Octets(23))), good}));
  EXPECT_TRUE(address_cut.message.has(Damage::kBadOptionLength));
  EXPECT_EQ(address_cut.message.associations.size(), 2U);
  const Read prefix_long(message(7, 1, {association(25, 7, prefix(address(0), 129, 1, 2)), good}));
  EXPECT_TRUE(prefix_long.message.has(Damage::kBadPrefixLength));
  EXPECT_EQ(prefix_long.message.leases.size(), 1U);
}

TEST(Dhcp6Message, FirstOfRepeatedOptionsCounts) {
  const Read read(message(1, 1, {option(1, kDuidTime), option(1, kDuidPlain), status(3), status(0)}));
  EXPECT_EQ(octets_of(read.message.client_duid), kDuidTime);
  EXPECT_EQ(read.message.status, 3);
  EXPECT_TRUE(read.message.has(Damage::kRepeatedOption));
}

TEST(Dhcp6Message, DuidsOfNoLengthOrTooLongAreNotThere) {
  for (const size_t length : {0UL, 2UL, kDuidBytesMax + 1}) {
    const Read read(message(1, 1, {option(1, Octets(length, 1))}));
    EXPECT_TRUE(read.message.client_duid.empty());
    EXPECT_TRUE(read.message.has(Damage::kBadOptionLength));
  }
  EXPECT_EQ(Read(message(1, 1, {option(1, Octets(kDuidBytesMax, 1))})).message.client_duid.size(), kDuidBytesMax);
}

TEST(Dhcp6Message, AddressesAndPrefixesStayInTheirAssociations) {
  const Read read(message(7, 1,
                          {association(3, 7, prefix(address(0), 56, 1, 2)), association(25, 8, lease(address(1), 1, 2)),
                           lease(address(2), 1, 2)}));
  EXPECT_EQ(read.message.associations.size(), 2U);
  EXPECT_TRUE(read.message.leases.empty());
}

TEST(Dhcp6Message, AssociationsAndLeasesAreBoundedAndNoted) {
  Octets leases;
  for (unsigned i = 0; i <= kLeasesMax; ++i) append(leases, lease(address(i), 1, 2));
  const Read many(message(7, 1, {association(3, 7, leases)}));
  EXPECT_EQ(many.message.leases.size(), kLeasesMax);
  EXPECT_TRUE(many.message.has(Damage::kTooManyLeases));
  Octets associations;
  for (unsigned i = 0; i <= kAssociationsMax; ++i) append(associations, association(3, i, {}));
  const Read crowd(message(7, 1, {associations}));
  EXPECT_EQ(crowd.message.associations.size(), kAssociationsMax);
  EXPECT_TRUE(crowd.message.has(Damage::kTooManyAssociations));
}

TEST(Dhcp6Message, EveryPrefixIsReadWithoutAnOctetTooMany) {
  const Octets whole = relayed({}, relayed({}, whole_reply(), option(18, octets_of("eth"))));
  for (size_t length = 0; length < whole.size(); ++length) {
    const Read cut(Octets(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length)));
    EXPECT_EQ(cut.reading, length < 34 ? Reading::kTruncated : Reading::kNoRelayMessage) << length;
  }
  const Octets plain = whole_reply();
  for (size_t length = 0; length < plain.size(); ++length) {
    const Read cut(Octets(plain.begin(), plain.begin() + static_cast<ptrdiff_t>(length)));
    EXPECT_EQ(cut.reading, length < 4 ? Reading::kTruncated : Reading::kMessage) << length;
    EXPECT_LE(cut.message.leases.size(), 4U);
  }
}

TEST(Dhcp6Message, NothingOfOneMessageIsInTheNext) {
  Parser parser;
  Message read;
  const Octets first = relayed({}, whole_reply(), option(18, octets_of("eth")));
  const Octets second = relayed({}, message(1, 1, {association(3, 1, {})}));
  ASSERT_EQ(parser.read(first, read), Reading::kMessage);
  ASSERT_EQ(parser.read(second, read), Reading::kMessage);
  EXPECT_TRUE(read.client_duid.empty() && read.leases.empty() && read.relays[0].interface_id.empty());
  EXPECT_FALSE(read.rapid_commit || read.status || read.associations[0].status);
}

TEST(Dhcp6Message, MacIsFoundInTheDuidsThatHoldOne) {
  EXPECT_EQ(octets_of(mac_of_duid(kDuidTime)), kMac);
  EXPECT_EQ(octets_of(mac_of_duid(kDuidPlain)), kMac);
  EXPECT_TRUE(mac_of_duid(join({big16(2), big16(1), kMac})).empty());
  EXPECT_TRUE(mac_of_duid(join({big16(4), Octets(16, 1)})).empty());
  EXPECT_TRUE(mac_of_duid(join({big16(3), big16(32), kMac})).empty());
  EXPECT_TRUE(mac_of_duid(join({big16(3), big16(1), {1, 2, 3, 4, 5}})).empty());
  EXPECT_TRUE(mac_of_duid({}).empty());
}

}  // namespace
}  // namespace lictor::dhcp6
