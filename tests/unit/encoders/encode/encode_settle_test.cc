// Copies of sessions: how long they wait, what they are compared with, and what becomes of them where they cannot wait.
#include <gtest/gtest.h>

#include "tests/unit/encoders/encode/session_rig.h"

namespace lictor {
namespace {

using Kind = TaskCommand::Kind;

// A session from 110 on, and nothing else yet.
void begin(SessionRig& rig, int64_t stop_ms = 9000, const SessionRig::Told& told = {}) {
  rig.command(Kind::kAdd, rig.session_task(1, 100, stop_ms));
  rig.at_ms(100);
  rig.report(AccessEvent::kAccept, 110, told);
  rig.at_ms(111);
  rig.drain(*rig.hi2);
}

uint64_t held(const SessionRig& rig) {
  return rig.accounts[1].encoder.held.get() - rig.accounts[1].encoder.settled.get();
}

TEST(EncodeSettle, ACopyWaitsForEverySessionLcoreAndThenTheSettlingTime) {
  SessionRig rig(EncodeMode::kLive, {.rings = 2});
  begin(rig);
  rig.session_copy(120, "a");
  rig.settled_at(121);
  rig.at_ms(122);  // it was taken before this
  rig.at_ms(130);
  EXPECT_EQ(held(rig), 1u) << "nobody has passed 122";
  rig.reports[0]->passed({140 * kMs});
  rig.at_ms(140);
  EXPECT_EQ(held(rig), 1u) << "one has not";
  rig.reports[1]->passed({122 * kMs});
  rig.at_ms(141);
  EXPECT_EQ(rig.drain(*rig.hi3), Lines{"CC#7 0 a"});
  rig.session_copy(142, "b");
  rig.settled_at(143);
  rig.settled_at(144);
  rig.settled_at(145);
  EXPECT_EQ(held(rig), 1u) << "since 144";
  EXPECT_FALSE(rig.loop->drained());
  rig.settled_at(146);
  EXPECT_EQ(rig.drain(*rig.hi3), Lines{"CC#7 1 b"});
  EXPECT_TRUE(rig.loop->drained());
  rig.expect_balanced(1);
}

TEST(EncodeSettle, ItsBeginningIsAppendedBeforeItsFirstContent) {
  SessionRig rig;
  rig.command(Kind::kAdd, rig.session_task(1, 100, 9000));
  rig.at_ms(100);
  rig.report(AccessEvent::kAccept, 110);
  rig.session_copy(111, "a");
  rig.settled_at(112);
  EXPECT_EQ(rig.drain(*rig.hi2).back(), "IRI#7 0 accept@110000000");
  EXPECT_EQ(rig.drain(*rig.hi3), Lines{});
  rig.settle_by(120);
  EXPECT_EQ(rig.drain(*rig.hi3), Lines{"CC#7 0 a"});
}

TEST(EncodeSettle, ACopyThatOpensTheWindowTellsItsSessionFirst) {
  SessionRig rig;
  rig.command(Kind::kAdd, rig.session_task(1, 200, 9000));
  rig.at_ms(100);
  rig.report(AccessEvent::kAccept, 110);
  rig.at_ms(111);
  rig.session_copy(200, "a");
  for (const auto& ring : rig.reports) ring->passed({198 * kMs});
  rig.at_ms(195);  // this lcore's clock is behind
  rig.at_ms(196);
  rig.at_ms(198);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"HI1 0 activated@200000000", "IRI#7 0 active@200000000"}));
  EXPECT_EQ(rig.drain(*rig.hi3), Lines{"CC#7 0 a"});
}

TEST(EncodeSettle, StaticCopiesDoNotWait) {
  SessionRig rig;
  begin(rig);
  rig.session_copy(120, "session");
  rig.session_copy(121, "static", {.cin = 0});
  rig.at_ms(122);
  EXPECT_EQ(rig.drain(*rig.hi3), Lines{"CC 0 static"});
  rig.settle_by(130);
  EXPECT_EQ(rig.drain(*rig.hi3), Lines{"CC#7 0 session"});
  rig.expect_balanced(1);
}

TEST(EncodeSettle, TheAddressOnTheTargetsSideCounts) {
  SessionRig rig;
  begin(rig);
  const std::string target = "192.0.2.7";
  const std::string other = "198.51.100.1";
  struct Case {
    Direction direction;
    std::string source, destination;
    bool delivered;
  };
  using enum Direction;
  const Case cases[] = {{kFromTarget, target, other, true},    {kFromTarget, other, target, false},
                        {kToTarget, other, target, true},      {kToTarget, target, other, false},
                        {kIndeterminate, target, other, true}, {kIndeterminate, other, target, true},
                        {kIndeterminate, other, other, false}};
  Lines expected;
  for (size_t i = 0; i < std::size(cases); ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    rig.session_copy(120, name,
                     {.direction = cases[i].direction, .source = cases[i].source, .destination = cases[i].destination});
    if (cases[i].delivered) expected.push_back("CC#7 " + std::to_string(expected.size()) + " " + name);
  }
  rig.at_ms(121);
  rig.settle_by(130);
  EXPECT_EQ(rig.drain(*rig.hi3), expected);
}

TEST(EncodeSettle, OfASharedAddressThePortsCountWhereThePacketShowsThem) {
  SessionRig rig;
  begin(rig, 9000, {.ports = {.first = 1024, .last = 2047}});
  rig.session_copy(120, "in", {.source_port = 1024});
  rig.session_copy(120, "out", {.source_port = 2048});
  rig.session_copy(120, "unknown");
  rig.at_ms(121);
  rig.settle_by(130);
  EXPECT_EQ(rig.drain(*rig.hi3).size(), 2u);
  EXPECT_EQ(rig.drops(RecordDrop::kNotTargetAnyMore), 1u);
}

TEST(EncodeSettle, PrefixesCoverWhatLiesInThemAndAddressesChangeOneByOne) {
  SessionRig rig;
  begin(rig, 9000, {.addresses = {"192.0.2.128/25", "203.0.113.7"}});
  rig.report(AccessEvent::kUpdate, 130, {.addresses = {"203.0.113.7", "203.0.113.8"}});
  rig.at_ms(140);
  const auto copy = [&](int64_t ms, const std::string& name, const std::string& source) {
    rig.session_copy(ms, name, {.source = source});
  };
  copy(129, "a", "192.0.2.128");
  copy(129, "b", "192.0.2.255");
  copy(129, "-", "192.0.2.127");
  copy(130, "-", "192.0.2.200");
  copy(129, "-", "203.0.113.8");
  copy(130, "c", "203.0.113.8");
  copy(131, "d", "203.0.113.7");
  copy(109, "-", "203.0.113.7");
  rig.at_ms(141);
  rig.settle_by(150);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC#7 0 a", "CC#7 1 b", "CC#7 2 c", "CC#7 3 d"}));
  EXPECT_EQ(rig.drops(RecordDrop::kNotTargetAnyMore), 4u);
  EXPECT_TRUE(rig.alarms.take_all().empty()) << "nothing is lost";
}

TEST(EncodeSettle, WithoutRoomToWaitACopyIsALossWithItsNumberInItsPlace) {
  SessionRig rig(EncodeMode::kLive, {.rings = 1, .held_bytes = 1 << 16});
  begin(rig);
  const std::string large(40'000, 'x');
  rig.session_copy(120, "a");
  rig.session_copy(121, large);
  rig.at_ms(122);
  rig.session_copy(123, large, {.lost_before = 2});
  rig.session_copy(124, "b");
  rig.at_ms(125);
  EXPECT_EQ(rig.drops(RecordDrop::kUnsettled), 1u);
  EXPECT_EQ(held(rig), 3u);
  rig.expect_balanced(1);
  rig.settle_by(130);
  const Lines lines = rig.drain(*rig.hi3);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "CC#7 0 a");
  EXPECT_EQ(lines[1].substr(0, 8), "CC#7 1 x");
  EXPECT_EQ(lines[2], "CC#7 5 b");
  rig.at_ms(1200);
  uint64_t told = 0;
  for (const AlarmEvent& alarm : rig.alarms.take_all()) told += alarm.count;
  EXPECT_EQ(told, 3u);
  rig.expect_balanced(1);
}

TEST(EncodeSettle, InReplayARingWaitsWhereACopyCannotAndNothingIsLost) {
  SessionRig rig(EncodeMode::kLossless, {.rings = 1, .held_bytes = 1 << 16}, 2, 1 << 20);
  begin(rig);
  const std::string large(20'000, 'x');
  for (int i = 0; i < 8; ++i) rig.session_copy(120 + i, large, {.ring = 1});
  rig.session_copy(130, "static", {.cin = 0});
  rig.at_ms(131);
  EXPECT_EQ(rig.drain(*rig.hi3), Lines{"CC 0 static"}) << "other rings go on";
  EXPECT_GT(rig.loop->statistics().holds.get(), 0u);
  for (int64_t ms = 140; ms < 200; ms += 3) rig.settled_at(ms);
  EXPECT_EQ(rig.drain(*rig.hi3).size(), 8u);
  EXPECT_EQ(rig.accounts[1].encoder.dropped.total(), 0u);
  EXPECT_TRUE(rig.loop->drained());
  rig.expect_balanced(1);
}

TEST(EncodeSettle, InReplayASpoolWithoutRoomKeepsWhatIsSettledInOrder) {
  SessionRig rig(EncodeMode::kLossless, {.rings = 1}, 1, 1 << 16);
  rig.pad = 20'000;
  begin(rig);
  for (int i = 0; i < 6; ++i) rig.session_copy(120 + i, std::string(1, static_cast<char>('a' + i)));
  rig.at_ms(130);
  Lines lines;
  for (int64_t ms = 133; ms < 200; ms += 3) {
    rig.settled_at(ms);
    for (const std::string& line : rig.drain(*rig.hi3)) lines.push_back(line);
  }
  EXPECT_EQ(lines, (Lines{"CC#7 0 a", "CC#7 1 b", "CC#7 2 c", "CC#7 3 d", "CC#7 4 e", "CC#7 5 f"}));
  EXPECT_EQ(rig.accounts[1].encoder.dropped.total(), 0u);
}

TEST(EncodeSettle, TheEndOfAWindowWaitsForWhatWasCapturedInside) {
  for (const bool withdrawn : {false, true}) {
    SessionRig rig;
    begin(rig, 200);
    rig.session_copy(199, "last");
    rig.at_ms(199);
    if (withdrawn) rig.command(Kind::kEnd, 1);
    rig.at_ms(201);
    rig.at_ms(300);
    EXPECT_EQ(rig.state(1), TaskState::kActive);
    EXPECT_EQ(rig.drain(*rig.hi2), Lines{});
    rig.settle_by(310);
    rig.settled_at(311);
    EXPECT_EQ(rig.state(1), TaskState::kEnded);
    EXPECT_EQ(rig.drain(*rig.hi3), Lines{"CC#7 0 last"});
    EXPECT_EQ(rig.drain(*rig.hi2).size(), 2u);
    rig.expect_balanced(1);
  }
}

TEST(EncodeSettle, ARevocationDropsWhatWaits) {
  SessionRig rig;
  begin(rig);
  rig.session_copy(120, "a");
  rig.at_ms(121);
  rig.command(Kind::kRevoke, 1);
  rig.settle_by(130);
  rig.settled_at(131);
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
  EXPECT_EQ(rig.drain(*rig.hi3), Lines{});
  EXPECT_EQ(rig.drops(RecordDrop::kNoMediation), 1u);
  rig.expect_balanced(1);
}

TEST(EncodeSettle, WhatStillWaitsWhenTheProcessEndsIsALoss) {
  SessionRig rig;
  begin(rig);
  rig.session_copy(120, "a");
  rig.at_ms(121);
  EXPECT_FALSE(rig.loop->drained());
  rig.loop->finish({122 * kMs});
  EXPECT_EQ(rig.drops(RecordDrop::kUnsettled), 1u);
  EXPECT_EQ(held(rig), 0u);
  rig.expect_balanced(1);
}

TEST(EncodeSettle, PacketsOfTwoSessionsShareNoRecord) {
  SessionRig rig;
  std::unique_ptr<EncodeTask> task = rig.session_task(1, 100, 9000);
  task->aggregation = {.payloads = 8, .bytes = 1000, .ms = 10};
  rig.command(Kind::kAdd, std::move(task));
  rig.at_ms(100);
  rig.report(AccessEvent::kAccept, 110);
  rig.report(AccessEvent::kAccept, 110, {.cin = 8, .addresses = {"192.0.2.8"}});
  rig.at_ms(111);
  rig.session_copy(112, "a");
  rig.session_copy(112, "b");
  rig.session_copy(112, "c", {.cin = 8, .source = "192.0.2.8"});
  rig.at_ms(113);
  rig.settle_by(120);
  rig.settled_at(140);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC#7 0 [a][b]@112000000", "CC#8 0 [c]@112000000"}));
  rig.expect_balanced(1);
}

TEST(EncodeSettle, ASessionThatNobodyReportedHasNoContent) {
  SessionRig rig;
  begin(rig);
  rig.session_copy(120, "a", {.cin = 99});
  rig.at_ms(121);
  rig.report(AccessEvent::kAccept, 122, {.cin = 99});
  rig.settle_by(130);
  EXPECT_EQ(rig.drain(*rig.hi3), Lines{});
  EXPECT_EQ(rig.drops(RecordDrop::kNotTargetAnyMore), 1u);
  rig.expect_balanced(1);
}

TEST(EncodeSettle, AClockThatIsSetBackHoldsNothingUp) {
  SessionRig rig;
  begin(rig);
  rig.session_copy(5000, "a");
  rig.at_ms(5001);
  rig.at_ms(5002);
  rig.report(AccessEvent::kUpdate, 5003);
  for (const auto& ring : rig.reports) ring->passed({1010 * kMs});
  rig.at_ms(1000);
  EXPECT_EQ(held(rig), 1u);
  rig.at_ms(1002);
  EXPECT_EQ(rig.drain(*rig.hi3), Lines{"CC#7 0 a"});
}

TEST(EncodeSettle, ALossBeforeACopyIsInItsSeriesWhateverBecomesOfIt) {
  SessionRig rig;
  begin(rig);
  rig.session_copy(120, "a", {.lost_before = 2});
  rig.session_copy(121, "-", {.source = "192.0.2.1", .lost_before = 3});
  rig.session_copy(122, "b");
  rig.at_ms(123);
  rig.settle_by(130);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC#7 2 a", "CC#7 6 b"}));
}

TEST(HeldCopies, MediaStayWhatTheyAre) {
  HeldCopies held(1 << 20);
  const std::string stream(MediaForm::kStreamBytesMax, 'm');
  const MediaForm media{.frame = MediaFrame::kMsrp, .protocol = MediaProtocol::kMsrp, .stream = as_bytes(stream)};
  ASSERT_TRUE(held.push({.copy = {.packet = as_bytes("packet"), .cin = 7, .media = media}}));
  ASSERT_TRUE(held.push({.copy = {.packet = as_bytes("next"), .cin = 7}}));
  const std::optional<HeldCopy> oldest = held.oldest();
  ASSERT_TRUE(oldest && oldest->copy.media);
  EXPECT_EQ(as_text(oldest->copy.packet), "packet");
  EXPECT_EQ(oldest->copy.media->frame, MediaFrame::kMsrp);
  EXPECT_EQ(oldest->copy.media->protocol, MediaProtocol::kMsrp);
  EXPECT_EQ(as_text(oldest->copy.media->stream), stream);
  held.pop();
  ASSERT_TRUE(held.oldest().has_value());
  EXPECT_EQ(as_text(held.oldest()->copy.packet), "next");
  EXPECT_FALSE(held.oldest()->copy.media.has_value());
}

TEST(HeldCopies, ManyRoundsShareTheirMarksAndKeepTheirOrder) {
  HeldCopies held(1 << 20);
  std::string octets = "x";
  int64_t now = 0;
  for (uint32_t i = 0; i < 5000; ++i) {
    held.mark({now});
    ASSERT_TRUE(held.push({.slot = TaskSlot{i}, .copy = {.packet = as_bytes(octets), .cin = 7}}));
    now += i % 3 == 0 ? 200'000 : 10;
  }
  held.mark({now});
  EXPECT_FALSE(held.settled({now - 1}, {now}, 0) && held.settled({-1}, {now}, 0));
  for (uint32_t i = 0; i < 5000; ++i) {
    const std::optional<HeldCopy> oldest = held.settled({now}, {now + 2 * kMs}, 2 * kMs);
    ASSERT_TRUE(oldest.has_value()) << i;
    EXPECT_EQ(oldest->slot, TaskSlot{i});
    held.pop();
  }
  EXPECT_TRUE(held.empty());
}

}  // namespace
}  // namespace lictor
