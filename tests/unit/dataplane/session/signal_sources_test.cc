// Which fragments are a network's own signalling.
#include "dataplane/session/signal_sources.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

constexpr std::array<uint8_t, 40> kPacket{};  // from and to ::

IpLevel fragment(uint8_t protocol, FragmentKind kind = FragmentKind::kLater, bool ipv6 = true) {
  return {.ipv6 = ipv6, .protocol = protocol, .fragment = kind};
}

SignalSources sources() {
  return SignalSources({{.address = {.ipv6 = true}, .ports = {5060}, .kind = SignalKind::kSip, .source_set = 3},
                        {.address = {.ipv6 = true}, .ports = {5060}, .kind = SignalKind::kSipSegment, .source_set = 3},
                        {.address = {}, .ports = {5060}, .kind = SignalKind::kSipSegment, .source_set = 4}});
}

TEST(SignalSources, FragmentsOfSegmentsAreSignallingToo) {
  const SignalSources own = sources();
  EXPECT_EQ(own.find_fragment(fragment(6, FragmentKind::kFirst, false), kPacket.data(), 0), 4);
  EXPECT_EQ(own.find_fragment(fragment(6), kPacket.data(), 0), 3);
  EXPECT_EQ(own.find_fragment(fragment(17), kPacket.data(), 0), 3);
  EXPECT_FALSE(own.find_fragment(fragment(1, FragmentKind::kLater, false), kPacket.data(), 0));
  EXPECT_FALSE(own.find_fragment(fragment(58, FragmentKind::kFirst), kPacket.data(), 0));
}

TEST(SignalSources, OptionsOfADatagramHideNoFragment) {
  const SignalSources own = sources();
  EXPECT_EQ(own.find_fragment(fragment(0, FragmentKind::kFirst), kPacket.data(), 0), 3) << "options that are cut";
  EXPECT_EQ(own.find_fragment(fragment(0), kPacket.data(), 0), 3) << "behind options";
  EXPECT_EQ(own.find_fragment(fragment(58), kPacket.data(), 0), 3) << "what hosts do not ask";
}

TEST(SignalSources, SegmentsThatWerePutTogetherAreOfTheirServer) {
  const SignalSources own = sources();
  SignalRecordHeader header{.kind = SignalKind::kSipSegment, .ipv6 = true, .destination = {.port = 5060}};
  EXPECT_EQ(own.find(header)->kind, SignalKind::kSipSegment);
  header.kind = SignalKind::kFragment;
  EXPECT_EQ(own.find(header)->kind, SignalKind::kSip);
}

}  // namespace
}  // namespace lictor
