// What is read of DHCPv4 messages, and what their damage costs.

#include "dataplane/session/dhcp4/message.h"

#include <gtest/gtest.h>

#include <memory>

#include "dataplane/session/domain_name.h"
#include "tests/unit/dataplane/session/dhcp4/dhcp4_octets.h"

namespace lictor::dhcp4 {
namespace {

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

const Octets kCircuit = octets_of("eth 1/2/3:100");
const Octets kRemote = octets_of("line-7");

Octets relay_option() {
  return option(82, join({option(1, kCircuit), option(2, kRemote), option(5, {192, 0, 2, 0}),
                          option(6, octets_of("sub-6")), option(9, join({big32(3561), {1, 0xaa}})),
                          option(11, {192, 0, 2, 1}), option(12, octets_of("relay-12"))}));
}

Octets whole_ack() {
  const Dhcp4Fields fields{.op = 2,
                           .hops = 1,
                           .flags = 0x8000,
                           .ciaddr = 0xc0000208,
                           .yiaddr = 0xc0000207,
                           .siaddr = 0xc6336401,
                           .giaddr = 0xc0000201};
  return datagram(fields, {type(5),
                           option(54, big32(0xc6336435)),
                           option(51, big32(3600)),
                           option(58, big32(1800)),
                           option(59, big32(3150)),
                           option(50, big32(0xc0000207)),
                           {0, 0, 0},
                           option(61, {1, 2, 0, 0, 0, 0, 7}),
                           option(12, octets_of("host")),
                           option(60, octets_of("vendor")),
                           option(81, join({{4, 0, 0}, {4}, octets_of("host"), {0}})),
                           relay_option(),
                           kEndOption});
}

TEST(Dhcp4Message, FixedPartIsReadAsTheRfcDrawsIt) {
  const Read read(whole_ack());
  ASSERT_EQ(read.reading, Reading::kMessage);
  EXPECT_EQ(read.message.op, Op::kReply);
  EXPECT_EQ(read.message.type, MessageType::kAck);
  EXPECT_EQ(read.message.hardware_type, 1);
  EXPECT_EQ(read.message.hops, 1);
  EXPECT_EQ(read.message.xid, 0x3903f326U);
  EXPECT_TRUE(read.message.broadcast);
  EXPECT_EQ(read.message.ciaddr, 0xc0000208U);
  EXPECT_EQ(read.message.yiaddr, 0xc0000207U);
  EXPECT_EQ(read.message.siaddr, 0xc6336401U);
  EXPECT_EQ(read.message.giaddr, 0xc0000201U);
  EXPECT_EQ(octets_of(read.message.chaddr), (Octets{2, 0, 0, 0, 0, 7}));
}

TEST(Dhcp4Message, OptionsAreReadByTheirCodes) {
  const Read read(whole_ack());
  ASSERT_EQ(read.reading, Reading::kMessage);
  EXPECT_EQ(read.message.damage, 0);
  EXPECT_EQ(read.message.requested_address, 0xc0000207U);
  EXPECT_EQ(read.message.server_id, 0xc6336435U);
  EXPECT_EQ(read.message.lease_s, 3600U);
  EXPECT_EQ(read.message.renewal_s, 1800U);
  EXPECT_EQ(read.message.rebinding_s, 3150U);
  EXPECT_EQ(octets_of(read.message.client_id), (Octets{1, 2, 0, 0, 0, 0, 7}));
  EXPECT_EQ(as_text(read.message.host_name), "host");
  EXPECT_EQ(as_text(read.message.vendor_class), "vendor");
  EXPECT_TRUE(read.message.full_name.is_wire);
  EXPECT_EQ(octets_of(read.message.full_name.name), join({{4}, octets_of("host"), {0}}));
}

TEST(Dhcp4Message, RelayInformationIsReadByItsSuboptions) {
  const Read read(whole_ack());
  const RelayInformation& relay = read.message.relay;
  ASSERT_TRUE(relay.present);
  EXPECT_EQ(octets_of(relay.circuit_id), kCircuit);
  EXPECT_EQ(octets_of(relay.remote_id), kRemote);
  EXPECT_EQ(relay.link_selection, 0xc0000200U);
  EXPECT_EQ(as_text(relay.subscriber_id), "sub-6");
  EXPECT_EQ(octets_of(relay.vendor_information), join({big32(3561), {1, 0xaa}}));
  EXPECT_EQ(relay.server_overrides, 0xc0000201U);
  EXPECT_EQ(as_text(relay.relay_id), "relay-12");
}

TEST(Dhcp4Message, WhatIsAbsentIsAbsent) {
  const Read read(datagram({}, {type(1), kEndOption}));
  ASSERT_EQ(read.reading, Reading::kMessage);
  EXPECT_FALSE(read.message.lease_s || read.message.server_id || read.message.requested_address);
  EXPECT_TRUE(read.message.client_id.empty() && read.message.host_name.empty());
  EXPECT_FALSE(read.message.relay.present);
}

TEST(Dhcp4Message, EveryTypeIsItself) {
  for (uint8_t value = 1; value <= 8; ++value) {
    const Read read(datagram({}, {type(value), kEndOption}));
    ASSERT_EQ(read.reading, Reading::kMessage);
    EXPECT_EQ(static_cast<uint8_t>(read.message.type), value);
  }
  for (const uint8_t value : Octets{0, 9, 13, 18, 255})
    EXPECT_EQ(Read(datagram({}, {type(value), kEndOption})).reading, Reading::kOtherType);
}

TEST(Dhcp4Message, BootpIsToldFromDhcp) {
  EXPECT_EQ(Read(datagram({}, {option(12, octets_of("host")), kEndOption})).reading, Reading::kBootp);
  EXPECT_EQ(Read(datagram({}, {})).reading, Reading::kBootp);
  EXPECT_EQ(Read(datagram({}, {option(53, {}), kEndOption})).reading, Reading::kBootp);
}

TEST(Dhcp4Message, WhatIsNoMessageIsNamed) {
  EXPECT_EQ(Read(datagram({.magic = {0x63, 0x82, 0x53, 0x64}}, {type(1)})).reading, Reading::kNoMagic);
  EXPECT_EQ(Read(datagram({.op = 0}, {type(1)})).reading, Reading::kBadOp);
  EXPECT_EQ(Read(datagram({.op = 3}, {type(1)})).reading, Reading::kBadOp);
  EXPECT_EQ(Read(datagram({.hardware_bytes = 17}, {type(1)})).reading, Reading::kBadHardwareLength);
  EXPECT_EQ(Read({}).reading, Reading::kTruncated);
}

TEST(Dhcp4Message, HardwareAddressHasTheLengthThatItClaims) {
  EXPECT_TRUE(Read(datagram({.hardware_bytes = 0}, {type(1)})).message.chaddr.empty());
  EXPECT_EQ(Read(datagram({.hardware_bytes = 16}, {type(1)})).message.chaddr.size(), 16U);
}

TEST(Dhcp4Message, FileAndServerNameHoldOptionsWhereOption52SaysSo) {
  const Dhcp4Fields fields{.server_name = join({option(12, octets_of("host")), kEndOption}),
                           .file = join({option(51, big32(60)), kEndOption})};
  const Octets overload = {0, 1, 2, 3};
  for (const uint8_t value : overload) {
    const Octets said = value == 0 ? Octets{} : option(52, {value});
    const Read read(datagram(fields, {type(5), said, kEndOption}));
    ASSERT_EQ(read.reading, Reading::kMessage);
    EXPECT_EQ(read.message.lease_s.has_value(), (value & 1) != 0) << int{value};
    EXPECT_EQ(as_text(read.message.host_name), (value & 2) != 0 ? "host" : "") << int{value};
    EXPECT_EQ(read.message.damage, 0);
  }
}

TEST(Dhcp4Message, TypeIsFoundInTheServerNameToo) {
  const Dhcp4Fields fields{.server_name = join({type(5), kEndOption})};
  EXPECT_EQ(Read(datagram(fields, {option(52, {2}), kEndOption})).message.type, MessageType::kAck);
}

TEST(Dhcp4Message, BadOverloadIsNotedAndOpensNothing) {
  const Dhcp4Fields fields{.file = join({option(51, big32(60)), kEndOption})};
  for (const Octets& value : {Octets{0}, Octets{4}, Octets{1, 1}, Octets{}}) {
    const Read read(datagram(fields, {type(5), option(52, value), kEndOption}));
    EXPECT_TRUE(read.message.has(Damage::kBadOverload));
    EXPECT_FALSE(read.message.lease_s);
  }
}

TEST(Dhcp4Message, OverloadInsideAnOverloadedFieldMeansNothing) {
  const Dhcp4Fields fields{.server_name = join({option(12, octets_of("host")), kEndOption}),
                           .file = join({option(52, {2}), kEndOption})};
  const Read read(datagram(fields, {type(5), option(52, {1}), kEndOption}));
  EXPECT_TRUE(read.message.host_name.empty());
}

TEST(Dhcp4Message, SplitOptionsAreOneInTheOrderOfTheFields) {
  const Dhcp4Fields fields{.server_name = join({option(61, {5, 6}), kEndOption}),
                           .file = join({option(61, {3, 4}), kEndOption})};
  const Read read(
      datagram(fields, {option(61, {1}), type(1), option(52, {3}), option(61, {}), option(61, {2}), kEndOption}));
  ASSERT_EQ(read.reading, Reading::kMessage);
  EXPECT_EQ(octets_of(read.message.client_id), (Octets{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(read.message.split_options, 1);
  EXPECT_EQ(read.message.damage, 0);
}

TEST(Dhcp4Message, NumbersMayComeInPieces) {
  const Read read(datagram({.op = 2}, {type(5), option(51, {0, 0}), option(54, big32(7)), option(51, {14, 16})}));
  EXPECT_EQ(read.message.lease_s, 3600U);
  EXPECT_EQ(read.message.server_id, 7U);
}

TEST(Dhcp4Message, RelayInformationMayBeSplitInsideASuboption) {
  const Octets circuit(200, 'c');
  const Octets remote(150, 'r');
  const Octets whole = join({option(1, circuit), option(2, remote)});
  const Octets first(whole.begin(), whole.begin() + 255);
  const Octets second(whole.begin() + 255, whole.end());
  const Read read(datagram({}, {type(3), option(82, first), option(82, second), kEndOption}));
  EXPECT_EQ(octets_of(read.message.relay.circuit_id), circuit);
  EXPECT_EQ(octets_of(read.message.relay.remote_id), remote);
  EXPECT_EQ(read.message.damage, 0);
}

TEST(Dhcp4Message, FixedOptionOfAnotherLengthIsNotedAndItsFirstOctetsCount) {
  const Read longer(datagram({}, {type(5), option(51, {0, 0, 0, 9, 1}), kEndOption}));
  EXPECT_EQ(longer.message.lease_s, 9U);
  EXPECT_TRUE(longer.message.has(Damage::kBadOptionLength));
  const Read shorter(datagram({}, {type(5), option(51, {0, 0, 9}), kEndOption}));
  EXPECT_FALSE(shorter.message.lease_s);
  EXPECT_TRUE(shorter.message.has(Damage::kBadOptionLength));
  const Read twice(datagram({}, {type(3), type(1), kEndOption}));
  EXPECT_EQ(twice.message.type, MessageType::kRequest);
  EXPECT_TRUE(twice.message.has(Damage::kBadOptionLength));
}

TEST(Dhcp4Message, OptionPastTheEndCostsNothingBeforeIt) {
  const Read read(datagram({}, {type(3), option(50, big32(7)), {12, 9, 'h', 'o'}}));
  ASSERT_EQ(read.reading, Reading::kMessage);
  EXPECT_EQ(read.message.requested_address, 7U);
  EXPECT_TRUE(read.message.host_name.empty());
  EXPECT_TRUE(read.message.has(Damage::kOptionPastEnd));
}

TEST(Dhcp4Message, NothingBehindTheEndIsRead) {
  const Read read(datagram({}, {type(3), kEndOption, option(12, octets_of("host"))}));
  EXPECT_TRUE(read.message.host_name.empty());
  EXPECT_EQ(read.message.damage, 0);
}

TEST(Dhcp4Message, BadSuboptionCostsNothingBeforeIt) {
  const Read read(datagram({}, {type(3), option(82, join({option(1, kCircuit), {2, 200, 1}})), kEndOption}));
  EXPECT_EQ(octets_of(read.message.relay.circuit_id), kCircuit);
  EXPECT_TRUE(read.message.relay.remote_id.empty());
  EXPECT_TRUE(read.message.has(Damage::kBadSuboption));
  const Read wrong(datagram({}, {type(3), option(82, option(5, {1, 2, 3})), kEndOption}));
  EXPECT_FALSE(wrong.message.relay.link_selection);
  EXPECT_TRUE(wrong.message.has(Damage::kBadSuboption));
}

TEST(Dhcp4Message, SuboptionsZeroAndLastAreCodesLikeOthers) {
  const Read read(datagram({}, {type(3), option(82, join({option(0, {9}), option(255, {9}), option(2, kRemote)}))}));
  EXPECT_EQ(octets_of(read.message.relay.remote_id), kRemote);
}

TEST(Dhcp4Message, PiecesWithoutEndFillTheScratchAndLeaveTheLineItsRoom) {
  Octets options = type(1);
  for (int i = 0; i < 100; ++i) append(options, option(61, Octets(255, 'x')));
  append(options, option(82, Octets{1}));
  append(options, option(82, join({{static_cast<uint8_t>(kCircuit.size())}, kCircuit})));
  const Read read(datagram({}, {options, kEndOption}));
  ASSERT_EQ(read.reading, Reading::kMessage);
  EXPECT_EQ(octets_of(read.message.relay.circuit_id), kCircuit);
  EXPECT_TRUE(read.message.has(Damage::kScratchFull));
  EXPECT_LE(read.message.client_id.size(), kScratchBytes);
}

TEST(Dhcp4Message, RepeatedNumbersTakeNoRoomFromOthers) {
  Octets options = type(1);
  for (int i = 0; i < 3000; ++i) append(options, option(51, big32(7)));
  append(options, join({option(61, {1, 2}), option(61, {3})}));
  const Read read(datagram({}, {options, kEndOption}));
  EXPECT_EQ(read.message.lease_s, 7U);
  EXPECT_EQ(octets_of(read.message.client_id), (Octets{1, 2, 3}));
  EXPECT_FALSE(read.message.has(Damage::kScratchFull));
}

TEST(Dhcp4Message, EveryPrefixIsReadWithoutAnOctetTooMany) {
  const Octets whole = whole_ack();
  const Read read(whole);
  for (size_t length = 0; length < whole.size(); ++length) {
    const Read cut(Octets(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length)));
    if (length < kFixedBytes + 7) {
      EXPECT_EQ(cut.reading, length < kFixedBytes + 4 ? Reading::kTruncated : Reading::kBootp) << length;
      continue;
    }
    ASSERT_EQ(cut.reading, Reading::kMessage) << length;
    EXPECT_TRUE(cut.message.has(Damage::kOptionPastEnd) || cut.message.has(Damage::kNoEnd)) << length;
    EXPECT_TRUE(!cut.message.lease_s || cut.message.lease_s == read.message.lease_s) << length;
    EXPECT_TRUE(cut.message.relay.circuit_id.empty() || octets_of(cut.message.relay.circuit_id) == kCircuit);
  }
}

TEST(Dhcp4Message, NothingOfOneMessageIsInTheNext) {
  Parser parser;
  Message message;
  const Octets first = whole_ack();
  const Octets second = datagram({}, {type(1), kEndOption});
  ASSERT_EQ(parser.read(first, message), Reading::kMessage);
  ASSERT_EQ(parser.read(second, message), Reading::kMessage);
  EXPECT_FALSE(message.relay.present || message.lease_s || message.full_name.is_wire);
  EXPECT_TRUE(message.client_id.empty() && message.full_name.name.empty());
}

TEST(DomainName, LabelsBecomeTextAndWhatCouldHarmDoesNot) {
  std::array<char, kDomainTextBytesMax> room;
  const Octets name = join({{4}, octets_of("host"), {7}, octets_of("e\x1b[0mpl"), {0}});
  EXPECT_EQ(write_domain(name, room), "host.e??0mpl");
  EXPECT_EQ(write_domain(join({{4}, octets_of("host"), {0xc0, 0x0c}}), room), "host");
  EXPECT_EQ(write_domain(join({{4}, octets_of("host"), {9}, octets_of("exam")}), room), "host");
  EXPECT_EQ(write_domain({}, room), "");
  EXPECT_EQ(write_host(octets_of("a.b\n c"), room), "a.b??c");
}

TEST(DomainName, RoomIsNeverLeft) {
  std::array<char, 9> room{};
  const Octets name = join({{4}, octets_of("host"), {3}, octets_of("lan"), {1}, octets_of("x"), {0}});
  EXPECT_EQ(write_domain(name, std::span(room).first(8)), "host.lan");
  EXPECT_EQ(write_domain(name, std::span(room).first(7)), "host");
  EXPECT_EQ(write_host(octets_of("host.lan.x"), std::span(room).first(8)), "host.lan");
  EXPECT_EQ(write_domain(name, std::span(room).first(0)), "");
}

}  // namespace
}  // namespace lictor::dhcp4
