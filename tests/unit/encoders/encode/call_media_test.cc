// Which media at a call's endpoints are the call's, and which its agency does not want.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "encoders/encode/task_sessions.h"
#include "tests/unit/encoders/encode/session_rig.h"

namespace lictor {
namespace {

using Octets = std::vector<uint8_t>;
using Use = SessionAddress::Use;
using Kind = TaskCommand::Kind;

constexpr uint8_t kPcmu = 0;
constexpr uint8_t kNoise = 13;
constexpr uint8_t kEvents = 101;

Octets rtp(uint32_t ssrc, uint8_t type = kPcmu, size_t payload = 20) {
  Octets octets = {0x80, type, 0, 1, 0, 0, 0, 0};
  for (const int shift : {24, 16, 8, 0}) octets.push_back(static_cast<uint8_t>(ssrc >> shift));
  octets.resize(octets.size() + payload, 0xd5);
  return octets;
}

Octets rtcp(uint32_t ssrc) {
  Octets octets = {0x81, 200, 0, 1};
  for (const int shift : {24, 16, 8, 0}) octets.push_back(static_cast<uint8_t>(ssrc >> shift));
  return octets;
}

// An end, as "192.0.2.7:5000".
struct End {
  std::array<uint8_t, 4> host;
  uint16_t port;
};
constexpr End kTarget = {{192, 0, 2, 7}, 5000};
constexpr End kPeer = {{198, 51, 100, 9}, 30000};
constexpr End kPeerRtcp = {{198, 51, 100, 9}, 30001};
constexpr End kInside = {{10, 0, 0, 7}, 5000};  // as a phone behind a NAT describes itself
constexpr End kPhone = {{203, 0, 113, 77}, 6000};
constexpr End kPhoneMoved = {{203, 0, 113, 77}, 6999};
constexpr End kPhoneElsewhere = {{203, 0, 113, 78}, 6000};
constexpr End kStranger = {{203, 0, 113, 66}, 7000};
constexpr End kOtherStranger = {{203, 0, 113, 67}, 7000};

SessionAddress endpoint(const End& end, bool of_peer) {
  return {.prefix = {.bits = 32, .octets = {end.host[0], end.host[1], end.host[2], end.host[3]}},
          .ports = {end.port, end.port},
          .use = Use::kRtp,
          .of_peer = of_peer};
}

class CallMediaTest : public testing::Test {
 protected:
  CallMediaTest() {
    described_.types.others.add(kPcmu);
    described_.types.comfort_noise.add(kNoise);
    described_.narrow = true;
  }

  // What signalling says at this second.
  void describe(int64_t second, const std::vector<SessionAddress>& addresses) {
    ++described_.count;
    say(second, addresses);
  }
  void say(int64_t second, const std::vector<SessionAddress>& addresses) {
    SessionReport report{.source = SessionSource::kSip,
                         .cin = 7,
                         .received = {second * kNanosecondsPerSecond},
                         .addresses = addresses,
                         .call = CallPart{.described = described_}};
    ASSERT_NE(sessions_.take(report, {0}), nullptr);
  }
  static std::vector<SessionAddress> between(const End& target, const End& peer) {
    return {endpoint(target, false), endpoint(peer, true)};
  }

  bool counts(const End& from, const End& to, const Octets& payload, int64_t second = 10) {
    Octets packet = {0x45, 0, 0, static_cast<uint8_t>(28 + payload.size()), 0, 0, 0, 0, 64, 17, 0, 0};
    packet.insert(packet.end(), from.host.begin(), from.host.end());
    packet.insert(packet.end(), to.host.begin(), to.host.end());
    for (const uint16_t port : {from.port, to.port}) {
      packet.push_back(static_cast<uint8_t>(port >> 8));
      packet.push_back(static_cast<uint8_t>(port));
    }
    packet.insert(packet.end(), {0, static_cast<uint8_t>(8 + payload.size()), 0, 0});
    packet.insert(packet.end(), payload.begin(), payload.end());
    const ContentRecord copy{.packet = packet,
                             .whole_bytes = static_cast<uint32_t>(packet.size()),
                             .arrival = {second * kNanosecondsPerSecond},
                             .direction = Direction::kIndeterminate,
                             .cin = 7};
    TaskSession& session = *sessions_.find(7);
    const HeldEnd end = session.holds(copy);
    EXPECT_NE(end.interval, nullptr);
    const std::optional<MediaLook> look = look_at_media(packet, packet.size(), Use::kRtp);
    EXPECT_TRUE(look.has_value());
    return end.interval != nullptr && look && session.takes(copy, *look, end);
  }
  bool is_stranger(const End& from, const End& to, const Octets& payload, int64_t second = 10) {
    return !counts(from, to, payload, second);
  }
  // A call whose described ends talk.
  void talk() {
    describe(1, between(kTarget, kPeer));
    EXPECT_TRUE(counts(kTarget, kPeer, rtp(1)));
    EXPECT_TRUE(counts(kPeer, kTarget, rtp(2)));
  }
  // A call of a phone behind a NAT, by way of a relay that answers it.
  void talk_by_relay() {
    describe(1, between(kInside, kPeer));
    EXPECT_TRUE(counts(kPhone, kPeer, rtp(1)));
    EXPECT_TRUE(counts(kPeer, kPhone, rtp(2)));
  }

  CallDescriptions described_;
  TaskSessions sessions_{SessionBounds{}};
};

TEST_F(CallMediaTest, WhoSendsToDescribedEndsThatTalkIsAStranger) {
  talk();
  EXPECT_TRUE(is_stranger(kStranger, kTarget, rtp(3)));
  EXPECT_TRUE(is_stranger(kStranger, kPeer, rtp(3)));
  EXPECT_TRUE(counts(kTarget, kPeer, rtp(1)));
}

TEST_F(CallMediaTest, TheHostsOfDescribedEndsMaySendFromOtherPorts) {
  talk();
  EXPECT_TRUE(counts({kPeer.host, 40000}, kTarget, rtp(9)));
  EXPECT_TRUE(counts({kPeer.host, 40001}, kTarget, rtcp(9)));
}

TEST_F(CallMediaTest, APhoneBehindANatIsOfTheCallAndNobodyBehindItIs) {
  talk_by_relay();
  EXPECT_TRUE(is_stranger(kStranger, kPeer, rtp(3)));
  EXPECT_TRUE(counts(kPhone, kPeer, rtp(1)));
}

TEST_F(CallMediaTest, UntilOneIsAnsweredAnybodyMayBeThePhone) {
  describe(1, between(kInside, kPeer));
  EXPECT_TRUE(counts(kStranger, kPeer, rtp(3)));
  EXPECT_TRUE(counts(kPhone, kPeer, rtp(1)));
  EXPECT_TRUE(counts(kOtherStranger, kPeer, rtp(4)));
  EXPECT_TRUE(counts(kPeer, kPhone, rtp(2)));
  EXPECT_TRUE(is_stranger(kOtherStranger, kPeer, rtp(4)));
  EXPECT_TRUE(counts(kPhone, kPeer, rtp(1)));
}

TEST_F(CallMediaTest, WhereThereIsNoRoomToLatchEverybodyCounts) {
  describe(1, between(kInside, kPeer));
  for (uint16_t port = 100; port < 110; ++port) EXPECT_TRUE(counts({kStranger.host, port}, kPeer, rtp(3)));
  EXPECT_TRUE(counts(kPhone, kPeer, rtp(1)));
  EXPECT_TRUE(counts(kPeer, kPhone, rtp(2)));
}

TEST_F(CallMediaTest, ASpoofedAnswerToNobodyMakesNoStrangerOfThePhone) {
  describe(1, between(kInside, kPeer));
  EXPECT_TRUE(counts(kPhone, kPeer, rtp(1)));
  EXPECT_TRUE(counts(kStranger, kPeer, rtp(3)));
  EXPECT_TRUE(counts(kPeer, kStranger, rtp(2)));
  EXPECT_TRUE(counts(kPhone, kPeer, rtp(1)));
}

TEST_F(CallMediaTest, AStreamThatIsKnownGoesOnFromElsewhere) {
  talk_by_relay();
  EXPECT_TRUE(counts(kPhoneElsewhere, kPeer, rtp(1)));
  EXPECT_TRUE(counts(kPhoneElsewhere, kPeer, rtp(5)));  // it is latched
  EXPECT_TRUE(is_stranger(kStranger, kPeer, rtp(3)));
}

TEST_F(CallMediaTest, TheEndpointsOwnStreamGoesToWhereThePhoneIsNow) {
  talk_by_relay();
  EXPECT_TRUE(counts(kPeer, kPhoneElsewhere, rtp(2)));
  EXPECT_TRUE(counts(kPhoneElsewhere, kPeer, rtp(8)));
  EXPECT_TRUE(is_stranger(kPeer, kStranger, rtp(77)));  // another call of the same port
}

TEST_F(CallMediaTest, BehindADescriptionOthersMayBeHeardAnew) {
  talk_by_relay();
  describe(20, between(kInside, kPeer));
  EXPECT_TRUE(counts(kPhoneElsewhere, kPeer, rtp(9), 21));
  EXPECT_TRUE(counts(kPeer, kPhoneElsewhere, rtp(2), 21));
  EXPECT_TRUE(is_stranger(kStranger, kPeer, rtp(3), 21));
  EXPECT_TRUE(counts(kPhone, kPeer, rtp(1), 21));  // its stream was the call's
}

TEST_F(CallMediaTest, WhatIsSaidAgainChangesNothing) {
  talk_by_relay();
  say(20, between(kInside, kPeer));
  EXPECT_TRUE(is_stranger(kStranger, kPeer, rtp(3), 21));
}

TEST_F(CallMediaTest, ACopyIsJudgedByWhatWasSaidWhenItArrived) {
  talk_by_relay();
  describe(20, between(kInside, kPeer));
  EXPECT_TRUE(is_stranger(kStranger, kPeer, rtp(3), 19));
  EXPECT_TRUE(counts(kPhoneElsewhere, kPeer, rtp(9), 21));
  EXPECT_TRUE(counts(kStranger, kPeer, rtp(3), 19));  // late from another ring: nobody knows any more
}

TEST_F(CallMediaTest, BeforeTheAnswerEverybodyCounts) {
  described_.narrow = false;
  describe(1, {endpoint(kTarget, false)});
  EXPECT_TRUE(counts(kPhone, kTarget, rtp(1), 2));
  EXPECT_TRUE(counts(kTarget, kPhone, rtp(2), 2));
  EXPECT_TRUE(counts(kStranger, kTarget, rtp(3), 2));
  described_.narrow = true;
  describe(5, between(kTarget, kPeer));
  EXPECT_TRUE(counts(kPeer, kTarget, rtp(4), 6));
  EXPECT_TRUE(is_stranger(kStranger, kTarget, rtp(3), 6));
}

TEST_F(CallMediaTest, WithOneSideAloneEverybodyCounts) {
  describe(1, {endpoint(kTarget, false), endpoint(kPeer, false)});
  EXPECT_TRUE(counts(kTarget, kPeer, rtp(1)));
  EXPECT_TRUE(counts(kPeer, kTarget, rtp(2)));
  EXPECT_TRUE(counts(kStranger, kTarget, rtp(3)));
}

TEST_F(CallMediaTest, WithoutPayloadTypesEverybodyCounts) {
  described_.types = {};
  talk();
  EXPECT_TRUE(counts(kStranger, kTarget, rtp(3)));
}

TEST_F(CallMediaTest, WhoSendsAnUndescribedTypeIsNotLatched) {
  describe(1, between(kInside, kPeer));
  EXPECT_TRUE(is_stranger(kStranger, kPeer, rtp(3, 99)));
  EXPECT_TRUE(counts(kPhone, kPeer, rtp(1, kNoise)));
  EXPECT_TRUE(counts(kPhone, kPeer, rtp(1, 99)));
}

TEST_F(CallMediaTest, RtcpIsOfWhoseHostTakesPart) {
  describe(1, {endpoint(kInside, false), endpoint(kPeer, true), endpoint(kPeerRtcp, true)});
  EXPECT_TRUE(counts(kStranger, kPeerRtcp, rtcp(3)));  // nobody knows yet
  EXPECT_TRUE(counts(kPhone, kPeer, rtp(1)));
  EXPECT_TRUE(counts(kPeer, kPhone, rtp(2)));
  EXPECT_TRUE(counts({kPhone.host, 6001}, kPeerRtcp, rtcp(1)));
  EXPECT_TRUE(counts(kPeerRtcp, {kPhone.host, 6001}, rtcp(2)));
  EXPECT_TRUE(is_stranger(kStranger, kPeerRtcp, rtcp(3)));
}

TEST_F(CallMediaTest, RtcpOfAKnownStreamCountsFromElsewhere) {
  talk_by_relay();
  EXPECT_TRUE(counts(kPhoneElsewhere, kPeer, rtcp(1)));
  EXPECT_TRUE(counts(kPhoneElsewhere, kPeer, rtp(6)));
}

TEST_F(CallMediaTest, WhatIsNeitherRtpNorRtcpCountsAlways) {
  talk();
  Octets stun = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42};
  stun.resize(20);
  Octets dtls = {22, 0xfe, 0xfd};
  dtls.resize(13);
  for (const Octets& payload : {stun, dtls}) EXPECT_TRUE(counts(kStranger, kTarget, payload));
}

TEST_F(CallMediaTest, AnyTwoDescribedEndsAreAPair) {
  constexpr End kNear = {{198, 51, 100, 20}, 4000};
  constexpr End kFar = {{198, 51, 100, 21}, 4000};
  describe(1, {endpoint(kTarget, false), endpoint(kNear, true), endpoint(kFar, false), endpoint(kPeer, true)});
  EXPECT_TRUE(counts(kTarget, kNear, rtp(1)));
  EXPECT_TRUE(counts(kFar, kPeer, rtp(2)));
  EXPECT_TRUE(counts(kNear, kFar, rtp(3)));
  EXPECT_TRUE(is_stranger(kStranger, kFar, rtp(9)));
}

TEST_F(CallMediaTest, ManyStreamsAndManyDescriptionsStayWithinTheirBounds) {
  talk_by_relay();
  for (uint32_t ssrc = 100; ssrc < 200; ++ssrc) EXPECT_TRUE(counts(kPhone, kPeer, rtp(ssrc)));
  for (int64_t second = 20; second < 60; ++second) describe(second, between(kInside, kPeer));
  EXPECT_EQ(sessions_.find(7)->described.size(), TaskSession::kDescribedMax);
  EXPECT_TRUE(counts(kStranger, kPeer, rtp(3), 21));  // what was said then is forgotten
  EXPECT_TRUE(counts(kPhoneMoved, kPeer, rtp(199), 61));
}

TEST_F(CallMediaTest, AnEndpointIsNamedAsItsDescriptionNamesIt) {
  SessionAddress address = endpoint(kTarget, false);
  SessionAddress address6{.prefix = *IpPrefix::parse("2001:db8::1"), .ports = {49170, 49170}, .use = Use::kMsrp};
  describe(1, {address, address6});
  const std::vector<AddressInterval>& intervals = sessions_.find(7)->intervals;
  EXPECT_EQ(intervals.at(0).stream, "192.0.2.7:5000");
  EXPECT_EQ(intervals.at(1).stream, "[2001:db8::1]:49170");
}

TEST(AddressOfASession, HasNoStream) {
  TaskSessions sessions{SessionBounds{}};
  const SessionAddress address{.prefix = *IpPrefix::parse("192.0.2.7")};
  ASSERT_NE(sessions.take({.event = AccessEvent::kAccept, .cin = 7, .addresses = {&address, 1}}, {0}), nullptr);
  EXPECT_EQ(sessions.find(7)->intervals.at(0).stream, "");
  EXPECT_EQ(sessions.find(7)->intervals.at(0).remotes, nullptr);
}

// A task with a call at 192.0.2.7:5000, whose descriptions say these types.
class LeftOutMediaTest : public testing::Test {
 protected:
  void begin(const LeftOutMedia& left_out, const PayloadTypes& types) {
    std::unique_ptr<EncodeTask> task = rig_.session_task(1, 100, 9000);
    task->left_out = left_out;
    rig_.command(Kind::kAdd, std::move(task));
    rig_.at_ms(100);
    rig_.report(
        AccessEvent::kAccept, 110,
        {.ports = {5000, 5000}, .source = SessionSource::kSip, .use = Use::kRtp, .described = {.types = types}});
    rig_.at_ms(111);
  }
  // How many are delivered.
  size_t delivered(const std::vector<Octets>& payloads) {
    for (const Octets& payload : payloads)
      rig_.session_copy(120, std::string(payload.begin(), payload.end()), {.source_port = 5000});
    rig_.at_ms(121);
    rig_.settle_by(130);
    rig_.expect_balanced(1);
    return rig_.drain(*rig_.hi3).size();
  }
  static PayloadTypes usual() {
    PayloadTypes types;
    types.others.add(kPcmu);
    types.comfort_noise.add(kNoise);
    types.telephone_events.add(kEvents);
    return types;
  }
  uint64_t left_out() { return rig_.drops(RecordDrop::kLeftOut); }

  const std::vector<Octets> kAll = {rtp(1), rtp(1, kNoise, 6), rtp(1, kEvents, 4), rtcp(1)};
  SessionRig rig_;
};

TEST_F(LeftOutMediaTest, EverythingIsDeliveredUnlessTheAgencyDoesNotWantIt) {
  begin({}, usual());
  EXPECT_EQ(delivered(kAll), 4u);
}

TEST_F(LeftOutMediaTest, ComfortNoiseAloneIsLeftOutAndTakesNoNumber) {
  begin({.comfort_noise = true}, usual());
  rig_.session_copy(119, std::string(kAll[1].begin(), kAll[1].end()), {.source_port = 5000});
  EXPECT_EQ(delivered(kAll), 3u);
  EXPECT_EQ(left_out(), 2u);
  EXPECT_EQ(delivered({rtp(1)}), 1u);
}

TEST_F(LeftOutMediaTest, TelephoneEventsAloneAreLeftOut) {
  begin({.telephone_events = true}, usual());
  EXPECT_EQ(delivered(kAll), 3u);
  EXPECT_EQ(left_out(), 1u);
}

TEST_F(LeftOutMediaTest, WhatAnotherDescriptionCallsOtherwiseIsDelivered) {
  PayloadTypes types = usual();
  types.others.add(kNoise);
  types.comfort_noise.add(kEvents);
  begin({.comfort_noise = true, .telephone_events = true}, types);
  EXPECT_EQ(delivered(kAll), 4u);
}

TEST_F(LeftOutMediaTest, WhatIsTooLargeForNoiseOrEventsIsDelivered) {
  begin({.comfort_noise = true, .telephone_events = true}, usual());
  EXPECT_EQ(delivered({rtp(1, kNoise, 160), rtp(1, kEvents, 33), rtp(1, kEvents, 32)}), 2u);
  EXPECT_EQ(left_out(), 1u);
}

}  // namespace
}  // namespace lictor
