// Sessions: what is told of them, in which series, and through the window.
#include <gtest/gtest.h>

#include "tests/unit/encoders/encode/session_rig.h"

namespace lictor {
namespace {

using Kind = TaskCommand::Kind;
using Told = SessionRig::Told;

std::string at(int64_t ms) { return "@" + std::to_string(ms * kMs); }

TEST(EncodeSessions, AreToldInSeriesOfTheirOwn) {
  SessionRig rig;
  rig.command(Kind::kAdd, rig.session_task(1, 100, 9000));
  rig.at_ms(100);
  rig.report(AccessEvent::kAccept, 110);
  rig.report(AccessEvent::kAccept, 111, {.cin = 8, .addresses = {"192.0.2.8"}});
  rig.report(AccessEvent::kUpdate, 112);
  rig.report(AccessEvent::kEnd, 113);
  rig.at_ms(120);
  EXPECT_EQ(rig.drain(*rig.hi2),
            (Lines{"HI1 0 activated" + at(100), "IRI#7 0 accept" + at(110), "IRI#8 0 accept" + at(111),
                   "IRI#7 1 update+" + at(112), "IRI#7 2 session-end+" + at(113)}));
  rig.expect_balanced(1);
  EXPECT_EQ(rig.loop->statistics().reports.get(), 4u);
  EXPECT_EQ(rig.loop->statistics().reports_refused.get(), 0u);
}

TEST(EncodeSessions, OfATaskThatCountsByLiidShareItsOwnSeries) {
  SessionRig rig;
  std::unique_ptr<EncodeTask> task = rig.session_task(1, 100, 9000);
  task->numbers_by_liid = true;
  rig.command(Kind::kAdd, std::move(task));
  rig.at_ms(100);
  rig.report(AccessEvent::kAccept, 110);
  rig.report(AccessEvent::kAccept, 111, {.cin = 8, .addresses = {"192.0.2.8"}, .resumed = true});
  rig.at_ms(120);
  rig.session_copy(121, "a");
  rig.session_copy(122, "b", {.cin = 8, .source = "192.0.2.8"});
  rig.at_ms(123);
  rig.settle_by(130);
  EXPECT_EQ(rig.drain(*rig.hi2),
            (Lines{"HI1 0 activated" + at(100), "IRI#7 0 accept" + at(110), "IRI#8 1 accept+" + at(111)}));
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC#7 0 a", "CC#8 1 b"}));
}

TEST(EncodeSessions, ThatGoOnWhenTheWindowOpensAreToldThen) {
  SessionRig rig;
  rig.command(Kind::kAdd, rig.session_task(1, 100, 9000));
  rig.at_ms(10);
  rig.report(AccessEvent::kAccept, 20, {.user = "alice"});
  rig.report(AccessEvent::kAccept, 21, {.cin = 8, .addresses = {"192.0.2.8"}});
  rig.report(AccessEvent::kAttempt, 22, {.cin = 9, .addresses = {}});
  rig.report(AccessEvent::kEnd, 23, {.cin = 8});
  rig.report(AccessEvent::kUpdate, 24);
  rig.at_ms(30);
  EXPECT_EQ(rig.drain(*rig.hi2), Lines{});
  rig.at_ms(105);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"HI1 0 activated" + at(100), "IRI#7 0 active" + at(100)}));
  rig.report(AccessEvent::kUpdate, 110);
  rig.at_ms(120);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"IRI#7 1 update+" + at(110)}));
  rig.expect_balanced(1);
}

TEST(EncodeSessions, ThatGoOnWhenTheWindowEndsAreToldThenAndNothingBehindIt) {
  SessionRig rig;
  rig.command(Kind::kAdd, rig.session_task(1, 100, 200));
  rig.at_ms(100);
  rig.report(AccessEvent::kAccept, 110);
  rig.report(AccessEvent::kAccept, 111, {.cin = 8, .addresses = {"192.0.2.8"}});
  rig.report(AccessEvent::kEnd, 112, {.cin = 8});
  rig.at_ms(120);
  rig.drain(*rig.hi2);
  rig.report(AccessEvent::kUpdate, 199);
  rig.report(AccessEvent::kAccept, 199, {.cin = 9, .addresses = {"192.0.2.9"}});
  rig.settled_at(200);
  rig.settled_at(201);
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"IRI#7 1 active-at-end+" + at(200), "HI1 1 deactivated" + at(200)}));
  rig.report(AccessEvent::kEnd, 202);
  rig.settled_at(203);
  EXPECT_EQ(rig.drain(*rig.hi2), Lines{});
  EXPECT_EQ(rig.loop->statistics().reports_refused.get(), 1u);
  rig.expect_balanced(1);
}

TEST(EncodeSessions, AreNotToldAnyMoreBehindAWithdrawal) {
  SessionRig rig;
  rig.command(Kind::kAdd, rig.session_task(1, 100, 9000));
  rig.at_ms(100);
  rig.command(Kind::kEnd, 1);
  rig.report(AccessEvent::kAccept, 110);
  rig.settled_at(120);
  rig.settled_at(121);
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"HI1 0 activated" + at(100), "HI1 1 deactivated" + at(121)}));
}

TEST(EncodeSessions, ThatWereThereBeforeTheTaskBeginAsActive) {
  SessionRig rig;
  rig.command(Kind::kAdd, rig.session_task(1, 100, 9000));
  rig.at_ms(100);
  rig.report(AccessEvent::kUpdate, 50, {.kind = SessionReport::Kind::kActive});
  rig.report(AccessEvent::kUpdate, 51, {.kind = SessionReport::Kind::kActive});
  rig.report(AccessEvent::kUpdate, 110, {.cin = 8, .addresses = {"192.0.2.8"}});
  rig.at_ms(120);
  EXPECT_EQ(rig.drain(*rig.hi2),
            (Lines{"HI1 0 activated" + at(100), "IRI#7 0 active" + at(50), "IRI#8 0 active" + at(110)}));
}

TEST(EncodeSessions, ThatAreFoundAtTheirEndBeginFirst) {
  SessionRig rig;
  rig.command(Kind::kAdd, rig.session_task(1, 100, 200));
  rig.at_ms(100);
  rig.report(AccessEvent::kEnd, 110, {.kind = SessionReport::Kind::kActive});
  rig.settled_at(120);
  rig.settled_at(200);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"HI1 0 activated" + at(100), "IRI#7 0 active" + at(110),
                                        "IRI#7 1 session-end+" + at(110), "HI1 1 deactivated" + at(200)}));
}

TEST(EncodeSessions, OfAnotherDataplaneBringContentAndNoRecords) {
  SessionRig rig;
  rig.command(Kind::kAdd, rig.session_task(1, 100, 200));
  rig.at_ms(10);
  rig.report(AccessEvent::kUpdate, 20, {.kind = SessionReport::Kind::kState});
  rig.at_ms(100);
  rig.report(AccessEvent::kUpdate, 110, {.cin = 8, .addresses = {"192.0.2.8"}, .kind = SessionReport::Kind::kState});
  rig.at_ms(111);
  rig.session_copy(112, "a");
  rig.session_copy(112, "b", {.cin = 8, .source = "192.0.2.8"});
  rig.at_ms(113);
  rig.settle_by(120);
  rig.settled_at(200);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC#7 0 a", "CC#8 0 b"}));
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"HI1 0 activated" + at(100), "HI1 1 deactivated" + at(200)}));
}

TEST(EncodeSessions, ThatBeginOrEndTwiceSayWhatIsKnownAlready) {
  SessionRig rig;
  rig.command(Kind::kAdd, rig.session_task(1, 100, 9000));
  rig.at_ms(100);
  rig.report(AccessEvent::kAccept, 110);
  rig.report(AccessEvent::kAccept, 111);
  rig.report(AccessEvent::kEnd, 112);
  rig.report(AccessEvent::kEnd, 113);
  rig.at_ms(120);
  EXPECT_EQ(rig.drain(*rig.hi2),
            (Lines{"HI1 0 activated" + at(100), "IRI#7 0 accept" + at(110), "IRI#7 1 accept+" + at(111),
                   "IRI#7 2 session-end+" + at(112), "IRI#7 3 session-end+-" + at(113)}));
}

TEST(EncodeSessions, ThatNobodyAsksForAreForgottenInSilence) {
  SessionRig rig;
  rig.command(Kind::kAdd, rig.session_task(1, 100, 200));
  rig.at_ms(100);
  rig.report(AccessEvent::kAccept, 110);
  rig.at_ms(111);
  rig.report(AccessEvent::kUpdate, 120, {.kind = SessionReport::Kind::kGone});
  rig.at_ms(121);
  rig.session_copy(119, "before");
  rig.session_copy(120, "behind");
  rig.at_ms(122);
  rig.settle_by(130);
  rig.settled_at(200);
  rig.settled_at(201);
  EXPECT_EQ(rig.drain(*rig.hi2),
            (Lines{"HI1 0 activated" + at(100), "IRI#7 0 accept" + at(110), "HI1 1 deactivated" + at(200)}));
  EXPECT_EQ(rig.drain(*rig.hi3), Lines{"CC#7 0 before"});
  EXPECT_EQ(rig.drops(RecordDrop::kNotTargetAnyMore), 1u);
}

TEST(EncodeSessions, AnAttemptHasItsOwnCin) {
  SessionRig rig;
  rig.command(Kind::kAdd, rig.session_task(1, 100, 200));
  rig.at_ms(100);
  rig.report(AccessEvent::kAttempt, 110, {.cin = 5, .addresses = {}});
  rig.report(AccessEvent::kReject, 111, {.cin = 5, .addresses = {}});
  rig.report(AccessEvent::kFailed, 112, {.cin = 6, .addresses = {}});
  rig.settled_at(120);
  rig.settled_at(200);
  EXPECT_EQ(rig.drain(*rig.hi2),
            (Lines{"HI1 0 activated" + at(100), "IRI#5 0 attempt" + at(110), "IRI#5 1 reject" + at(111),
                   "IRI#6 0 failed" + at(112), "HI1 1 deactivated" + at(200)}));
}

TEST(EncodeSessions, OfAFormerProcessBeginTheirNumbersAnewAndNothingElse) {
  SessionRig rig;
  rig.command(Kind::kAdd, rig.session_task(1, 100, 9000));
  rig.at_ms(10);
  rig.report(AccessEvent::kUpdate, 20, {.kind = SessionReport::Kind::kActive, .resumed = true});
  rig.at_ms(100);
  rig.report(AccessEvent::kUpdate, 110, {.cin = 8, .addresses = {"192.0.2.8"}, .resumed = true});
  rig.report(AccessEvent::kUpdate, 111);
  rig.at_ms(120);
  rig.session_copy(121, "a");
  rig.at_ms(122);
  rig.settle_by(130);
  EXPECT_EQ(rig.drain(*rig.hi2),
            (Lines{"HI1 0 activated" + at(100), "IRI#7 0 reset" + at(100), "IRI#7 1 active+" + at(100),
                   "IRI#8 0 reset" + at(110), "IRI#8 1 active+" + at(110), "IRI#7 2 update+" + at(111)}));
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC#7 0 reset" + at(100), "CC#8 0 reset" + at(110), "CC#7 1 a"}));
  rig.expect_balanced(1);
}

TEST(EncodeSessions, NumbersGoOnOverAChangeOfTheTask) {
  SessionRig rig;
  rig.command(Kind::kAdd, rig.session_task(1, 100, 9000));
  rig.at_ms(100);
  rig.report(AccessEvent::kAccept, 110);
  rig.at_ms(111);
  rig.command(Kind::kReplace, rig.session_task(1, 100, 8000));
  rig.report(AccessEvent::kUpdate, 112);
  rig.at_ms(113);
  const Lines lines = rig.drain(*rig.hi2);
  EXPECT_EQ(lines.back(), "IRI#7 1 update+" + at(112));
}

TEST(EncodeSessions, MoreThanMayWaitAreToldInOneRoundWhereThereIsRoom) {
  SessionRig rig(EncodeMode::kLive, {.rings = 1}, 1, 1 << 20);
  rig.command(Kind::kAdd, rig.session_task(1, 100, 9000));
  rig.at_ms(10);
  for (uint32_t cin = 1; cin <= 100; ++cin)
    rig.report(AccessEvent::kAccept, 20, {.cin = cin, .addresses = {"192.0.2." + std::to_string(cin)}});
  rig.at_ms(30);
  rig.at_ms(100);
  EXPECT_EQ(rig.drain(*rig.hi2).size(), 101u);
  EXPECT_EQ(rig.accounts[1].encoder.dropped.total(), 0u);
}

TEST(EncodeSessions, ATaskHasItsBoundAndWhatIsBeyondItIsALoss) {
  SessionRig rig(EncodeMode::kLive, {.rings = 1, .bounds = {.sessions_max = 2}});
  rig.command(Kind::kAdd, rig.session_task(1, 100, 9000));
  rig.at_ms(100);
  rig.report(AccessEvent::kAccept, 110);
  rig.report(AccessEvent::kAttempt, 110, {.cin = 5, .addresses = {}});
  rig.at_ms(111);
  rig.report(AccessEvent::kAccept, 111, {.cin = 8, .addresses = {"192.0.2.8"}});  // takes the attempt's place
  rig.report(AccessEvent::kAccept, 112, {.cin = 9, .addresses = {"192.0.2.9"}});
  rig.at_ms(120);
  EXPECT_EQ(rig.drain(*rig.hi2).size(), 4u);
  rig.session_copy(121, "lost", {.cin = 9, .source = "192.0.2.9"});
  rig.at_ms(122);
  rig.settle_by(130);
  EXPECT_EQ(rig.drops(RecordDrop::kSessionsFull), 2u);
  EXPECT_EQ(rig.alarms.take_all().size(), 1u);
  rig.expect_balanced(1);
}

// Calls without number that nobody answers, and one that is.
TEST(EncodeSessions, ACallWithoutContentMakesRoomForTheNext) {
  SessionRig rig(EncodeMode::kLive, {.rings = 1, .bounds = {.sessions_max = 2}});
  rig.command(Kind::kAdd, rig.session_task(1, 100, 9000));
  rig.at_ms(100);
  const auto call = [](uint32_t cin) {
    return SessionRig::Told{.cin = cin, .addresses = {"192.0.2.7"}, .source = SessionSource::kSip};
  };
  for (uint32_t cin = 5; cin <= 8; ++cin) {
    rig.report(AccessEvent::kAccept, 100 + cin, call(cin));
    rig.at_ms(100 + cin);
  }
  EXPECT_EQ(rig.drops(RecordDrop::kSessionsFull), 0u);
  EXPECT_EQ(rig.drain(*rig.hi2).size(), 5u);
  rig.session_copy(121, "lost", {.cin = 5});
  rig.at_ms(122);
  rig.settle_by(130);
  EXPECT_EQ(rig.drops(RecordDrop::kSessionsFull), 1u) << "its content is a loss";
  rig.report(AccessEvent::kUpdate, 131, call(5));
  rig.at_ms(132);
  const std::vector<std::string> records = rig.drain(*rig.hi2);
  EXPECT_EQ(records.size(), 2u) << "that its numbers begin anew, and what it tells";
  rig.expect_balanced(1);
}

TEST(EncodeSessions, AreForgottenSomeTimeBehindTheirEnd) {
  SessionRig rig(EncodeMode::kLive, {.rings = 1, .bounds = {.kept_ns = 1000 * kMs}});
  rig.command(Kind::kAdd, rig.session_task(1, 100, 90'000));
  rig.at_ms(100);
  rig.report(AccessEvent::kAccept, 110);
  rig.report(AccessEvent::kEnd, 111);
  rig.report(AccessEvent::kEnd, 112);
  rig.at_ms(120);
  EXPECT_EQ(rig.drain(*rig.hi2).back(), "IRI#7 2 session-end+-" + at(112));
  rig.report(AccessEvent::kAttempt, 1112, {.cin = 5, .addresses = {}});
  rig.report(AccessEvent::kEnd, 1113);
  rig.at_ms(1120);
  EXPECT_EQ(rig.drain(*rig.hi2).back(), "IRI#7 0 session-end" + at(1113));
}

TEST(EncodeSessions, ARequestKeepsItsNumbersAsLongAsMoreOfItMayBeTold) {
  const SessionRig::Told radius{.addresses = {}};
  const SessionRig::Told sip{.addresses = {}, .source = SessionSource::kSip};
  for (const SessionRig::Told& told : {radius, sip}) {
    const int64_t kept_ms = told.source == SessionSource::kSip ? 64'000 : 100;
    const std::string name = told.source == SessionSource::kSip ? "call" : "attempt";
    SessionRig rig(EncodeMode::kLive, {.rings = 1, .bounds = {.kept_ns = 100 * kMs}});
    rig.command(Kind::kAdd, rig.session_task(1, 100, 900'000));
    rig.at_ms(100);
    int64_t now = 110;
    rig.report(AccessEvent::kAttempt, now, told);
    rig.at_ms(now);
    for (uint32_t cin = 100; cin < 110; ++cin) {  // each begins a session, and makes room for it
      now += kept_ms - 1;
      rig.report(AccessEvent::kAttempt, now, {.cin = cin, .addresses = {}});
      rig.report(AccessEvent::kAttempt, now, told);
      rig.at_ms(now);
    }
    EXPECT_EQ(rig.drain(*rig.hi2).back(), "IRI#7 10 " + name + at(now));
    rig.report(AccessEvent::kAttempt, now + kept_ms, {.cin = 5, .addresses = {}});
    rig.report(AccessEvent::kAttempt, now + kept_ms, told);
    rig.at_ms(now + kept_ms + 1);
    EXPECT_EQ(rig.drain(*rig.hi2).back(), "IRI#7 0 " + name + at(now + kept_ms));
  }
}

TEST(EncodeSessions, ReportsForNobodyAreCounted) {
  SessionRig rig;
  rig.report(AccessEvent::kAccept, 10);
  rig.report(AccessEvent::kAccept, 10, {.slot = 999});
  rig.at_ms(20);
  EXPECT_EQ(rig.loop->statistics().reports_refused.get(), 2u);
  EXPECT_TRUE(rig.reports[0]->bytes->readable().empty());
}

// What IPIRI is made of: of the session as all of its reports describe it.
class TellingEncoder final : public Encoder {
 public:
  explicit TellingEncoder(std::vector<SessionTelling>& told) : told_(told) {}
  size_t content_bytes_max(size_t packet_bytes) const noexcept override { return packet_bytes; }
  size_t encode_content(const ContentRecord&, uint32_t, MutableBytes) noexcept override { return 0; }
  size_t encode_event(const EventRecord& event, uint32_t, MutableBytes room) noexcept override {
    if (event.session) told_.push_back(*event.session);
    room[0] = 'e';
    return 1;
  }
  [[nodiscard]] size_t check_bytes_max(const IntegrityCheck&) const noexcept override { return 0; }
  size_t encode_check(const IntegrityCheck&, uint32_t, PacketTime, MutableBytes) noexcept override { return 0; }

 private:
  std::vector<SessionTelling>& told_;
};

TEST(EncodeSessions, ARecordSaysWhatIsKnownOfItsSessionAndAnEndWhichAddressesItHad) {
  std::vector<SessionTelling> told;
  for (const bool content : {true, false}) {
    told.clear();
    SessionRig rig;
    std::unique_ptr<EncodeTask> task = rig.session_task(1, 100, 9000);
    task->encoder = std::make_unique<TellingEncoder>(told);
    task->cc = content;
    rig.command(Kind::kAdd, std::move(task));
    rig.at_ms(100);
    rig.report(AccessEvent::kAccept, 110, {.user = "alice", .raw = "message"});
    rig.report(AccessEvent::kEnd, 111, {.raw = "stop"});
    rig.at_ms(120);
    ASSERT_EQ(told.size(), 2u);
    SessionReport report;
    SessionReportParts parts;
    read_session_report(told[0].report, report, parts);
    EXPECT_EQ(as_text(report.raw), content ? "message" : "") << "a message is content";
    read_session_report(told[1].report, report, parts);
    EXPECT_EQ(as_text(report.details.user_name), "alice");
    EXPECT_EQ(as_text(report.raw), content ? "stop" : "");
    ASSERT_EQ(report.addresses.size(), 1u);
    EXPECT_EQ(report.addresses[0].prefix, *IpPrefix::parse("192.0.2.7"));
  }
}

}  // namespace
}  // namespace lictor
