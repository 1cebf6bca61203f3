// KeepaliveWatch, ConfirmBook and Redial, on a clock that the test moves.
#include <gtest/gtest.h>

#include "encoders/handover/confirm_book.h"
#include "encoders/handover/keepalive_watch.h"
#include "encoders/handover/option_talk.h"
#include "encoders/handover/redial.h"

namespace lictor {
namespace {

constexpr SocketTime at_ms(int64_t ms) { return {ms * kNanosecondsPerMillisecond}; }

KeepaliveWatch watch_of(uint32_t idle_ms, uint32_t wait_ms) {
  KeepaliveWatch watch;
  watch.change({.on = true, .idle_ms = idle_ms, .wait_ms = wait_ms}, {.interval_bytes = 1000, .interval_ms = 20});
  watch.start(at_ms(0));
  return watch;
}

TEST(KeepaliveWatch, IsDueAfterIdlenessThatEverySendEnds) {
  KeepaliveWatch watch = watch_of(100, 50);
  EXPECT_FALSE(watch.due(at_ms(99)));
  EXPECT_TRUE(watch.due(at_ms(100)));
  watch.sent(at_ms(90), 1);
  EXPECT_FALSE(watch.due(at_ms(189)));
  EXPECT_TRUE(watch.due(at_ms(190)));
}

TEST(KeepaliveWatch, IsDueBehindOctetsOrTimeOfRecords) {
  KeepaliveWatch watch = watch_of(100, 50);
  EXPECT_FALSE(watch.due_behind_records(at_ms(90))) << "there are none";
  watch.sent(at_ms(90), 999);
  watch.sent(at_ms(105), 0);
  EXPECT_FALSE(watch.due_behind_records(at_ms(109)));
  EXPECT_TRUE(watch.due_behind_records(at_ms(110)));
  watch.sent(at_ms(106), 1);
  EXPECT_TRUE(watch.due_behind_records(at_ms(106)));
  EXPECT_TRUE(watch.requested(at_ms(106), 1040));
  EXPECT_FALSE(watch.due_behind_records(at_ms(500)));
  EXPECT_FALSE(watch.requested(at_ms(500), 1080)) << "no record had been without one";
}

TEST(KeepaliveWatch, AnAnswerSaysHowFarThePeerHasRead) {
  KeepaliveWatch watch = watch_of(100, 50);
  const uint32_t number = watch.number();
  EXPECT_FALSE(watch.answered(number));
  for (const uint64_t position : {100U, 200U, 300U}) watch.requested(at_ms(100), position);
  EXPECT_EQ(watch.answered(number), 100U);
  EXPECT_FALSE(watch.answered(number)) << "a repetition says nothing new";
  EXPECT_FALSE(watch.answered(number + 3)) << "nor does what was never asked";
  EXPECT_EQ(watch.answered(number + 2), 300U) << "whoever has read the last has read those before it";
  EXPECT_FALSE(watch.outstanding());
}

TEST(KeepaliveWatch, APeerThatCountsByItselfIsMatchedByOrder) {
  KeepaliveWatch watch = watch_of(100, 50);
  for (const uint64_t position : {100U, 200U}) watch.requested(at_ms(100), position);
  EXPECT_EQ(watch.answered(70), 100U);
  EXPECT_EQ(watch.answered(71), 200U);
  EXPECT_FALSE(watch.answered(72));
  watch.start(at_ms(200));
  watch.requested(at_ms(200), 50);
  EXPECT_EQ(watch.answered(watch.number() - 1), 50U) << "on a new connection it is asked anew how it counts";
}

TEST(KeepaliveWatch, TheWaitBeginsWhenTheQuestionHasArrived) {
  KeepaliveWatch watch = watch_of(100, 50);
  watch.requested(at_ms(100), 500);
  EXPECT_FALSE(watch.overdue(at_ms(149)));
  EXPECT_TRUE(watch.overdue(at_ms(150)));
  watch.reached(499, at_ms(150));
  EXPECT_FALSE(watch.overdue(at_ms(199)));
  watch.reached(500, at_ms(190));
  EXPECT_TRUE(watch.overdue(at_ms(200)));
}

TEST(KeepaliveWatch, NeverAsksWhereTheProfileSaysSo) {
  KeepaliveWatch watch;
  watch.change({.on = false, .idle_ms = 1, .wait_ms = 1}, {.interval_bytes = 1});
  watch.start(at_ms(0));
  watch.sent(at_ms(0), 10);
  EXPECT_FALSE(watch.due(at_ms(1'000'000)));
  EXPECT_FALSE(watch.due_behind_records(at_ms(1'000'000)));
}

TEST(KeepaliveWatch, NoMoreThanItsBoundAreOnTheirWay) {
  KeepaliveWatch watch = watch_of(100, 50);
  for (size_t i = 0; i < KeepaliveWatch::kOutstandingMax; ++i) {
    watch.sent(at_ms(0), 1000);
    ASSERT_TRUE(watch.due_behind_records(at_ms(0)));
    watch.requested(at_ms(0), i);
  }
  watch.sent(at_ms(0), 1000);
  EXPECT_FALSE(watch.due_behind_records(at_ms(0)));
  EXPECT_TRUE(watch.answered(watch.number() - 1));
  EXPECT_TRUE(watch.due_behind_records(at_ms(0)));
}

ConfirmBook book_of(uint32_t resends_max) {
  ConfirmBook book;
  book.change({.fallback_ms = 100, .resends_max = resends_max}, true);
  return book;
}

TEST(ConfirmBook, AsksForWhatTheProfileSays) {
  ConfirmBook book = book_of(1);
  EXPECT_EQ(book.level(), ConfirmLevel::kRead);
  book.change({}, false);
  EXPECT_EQ(book.level(), ConfirmLevel::kTransported) << "nobody is asked";
  EXPECT_FALSE(book.reduced()) << "the profile says so itself";
  book.change({.level = ConfirmLevel::kWritten}, true);
  EXPECT_EQ(book.level(), ConfirmLevel::kWritten);
}

TEST(ConfirmBook, WhoeverNeverAnsweredFallsBackAndComesBackWithAnAnswer) {
  ConfirmBook book = book_of(1);
  book.tick(at_ms(1000));
  book.asked(Marker::kKeepalive, at_ms(1000));
  book.asked(Marker::kKeepalive, at_ms(1090));
  book.tick(at_ms(1099));
  EXPECT_EQ(book.level(), ConfirmLevel::kRead);
  book.tick(at_ms(1100));
  EXPECT_EQ(book.level(), ConfirmLevel::kTransported);
  EXPECT_TRUE(book.reduced());
  book.answered(Marker::kKeepalive);
  EXPECT_EQ(book.level(), ConfirmLevel::kRead);
  EXPECT_FALSE(book.reduced());
  book.asked(Marker::kKeepalive, at_ms(1200));
  book.tick(at_ms(99'000));
  EXPECT_EQ(book.level(), ConfirmLevel::kRead) << "it can answer: silence says that it has not read";
}

TEST(ConfirmBook, WhoeverHasStoppedAnsweringGetsTheSameABoundedNumberOfTimes) {
  ConfirmBook book = book_of(2);
  book.answered(Marker::kKeepalive);
  book.was_barren(Lost::kUnanswered);
  EXPECT_FALSE(book.holds());
  book.was_barren(Lost::kByPeer);
  EXPECT_TRUE(book.holds());
  EXPECT_EQ(book.level(), ConfirmLevel::kRead);
  book.answered(Marker::kKeepalive);
  EXPECT_FALSE(book.holds()) << "a sign of life: they go once more";
  book.was_barren(Lost::kByPeer);
  EXPECT_TRUE(book.holds());
  book.answered(Marker::kKeepalive);
  book.progressed();
  book.was_barren(Lost::kByPeer);
  EXPECT_FALSE(book.holds()) << "it counts from the last progress";
}

TEST(ConfirmBook, WhoeverAnswersOnlyWhileNothingFlowsFallsBackForGood) {
  ConfirmBook book = book_of(1);
  book.answered(Marker::kKeepalive);
  book.was_barren(Lost::kUnanswered);
  ASSERT_TRUE(book.holds());
  book.answered(Marker::kKeepalive);
  book.was_barren(Lost::kUnanswered);
  EXPECT_EQ(book.level(), ConfirmLevel::kTransported);
  EXPECT_TRUE(book.reduced());
  EXPECT_FALSE(book.holds());
  book.answered(Marker::kKeepalive);
  EXPECT_TRUE(book.reduced());
  book.change({}, true);
  EXPECT_EQ(book.level(), ConfirmLevel::kRead);
}

constexpr Marker kKeepalive = Marker::kKeepalive;
constexpr Marker kAcknowledgement = Marker::kAcknowledgement;

ConfirmBook acknowledging_book() {
  ConfirmBook book;
  book.change({.level = ConfirmLevel::kAcknowledged, .fallback_ms = 100, .resends_max = 1}, true);
  return book;
}

TEST(ConfirmBook, TheNegotiationSettlesWhetherPdusAreAcknowledged) {
  ConfirmBook book = acknowledging_book();
  EXPECT_EQ(book.level(), ConfirmLevel::kAcknowledged) << "until it is known";
  for (const auto& [answer, level] : {std::pair{OptionAnswer::kDeclined, ConfirmLevel::kRead},
                                      std::pair{OptionAnswer::kAccepted, ConfirmLevel::kAcknowledged},
                                      std::pair{OptionAnswer::kSilent, ConfirmLevel::kRead}}) {
    book.negotiated(answer);
    EXPECT_EQ(book.level(), level);
    EXPECT_EQ(book.reduced(), level == ConfirmLevel::kRead);
  }
  EXPECT_EQ(book.shortfall(), ConfirmShortfall::kNoOptionResponse);
}

TEST(ConfirmBook, WhoeverAgreesAndNeverAcknowledgesFallsBackLevelByLevel) {
  ConfirmBook book = acknowledging_book();
  book.negotiated(OptionAnswer::kAccepted);
  book.asked(kAcknowledgement, at_ms(0));
  book.tick(at_ms(100));
  EXPECT_EQ(book.level(), ConfirmLevel::kRead);
  EXPECT_EQ(book.shortfall(), ConfirmShortfall::kNoAcknowledgement);
  book.asked(kKeepalive, at_ms(100));
  book.tick(at_ms(200));
  EXPECT_EQ(book.level(), ConfirmLevel::kTransported);
  EXPECT_EQ(book.shortfall(), ConfirmShortfall::kNoKeepaliveResponse);
  book.answered(kAcknowledgement);
  EXPECT_EQ(book.level(), ConfirmLevel::kAcknowledged);
}

TEST(ConfirmBook, WhoeverHasAcknowledgedIsNotBelievedByItsTcpUnlessItSaysThatItIsAnother) {
  ConfirmBook book = acknowledging_book();
  book.asked(kKeepalive, at_ms(0));
  book.tick(at_ms(100));
  book.answered(kAcknowledgement);
  book.negotiated(OptionAnswer::kSilent);
  book.asked(kKeepalive, at_ms(200));
  book.tick(at_ms(900));
  book.unanswered(kKeepalive);
  EXPECT_EQ(book.level(), ConfirmLevel::kRead);
  book.negotiated(OptionAnswer::kDeclined);
  EXPECT_EQ(book.level(), ConfirmLevel::kTransported);
}

TEST(ConfirmBook, WhoeverAcknowledgesOnlyWhileNothingFlowsFallsBackToReadForGood) {
  ConfirmBook book = acknowledging_book();
  book.negotiated(OptionAnswer::kAccepted);
  book.answered(kAcknowledgement);
  book.was_barren(Lost::kUnanswered);
  ASSERT_TRUE(book.holds());
  book.answered(kKeepalive);
  EXPECT_TRUE(book.holds()) << "an acknowledgement is asked for";
  book.answered(kAcknowledgement);
  EXPECT_FALSE(book.holds());
  book.was_barren(Lost::kUnanswered);
  EXPECT_EQ(book.level(), ConfirmLevel::kRead);
  EXPECT_TRUE(book.holds());
}

TEST(ConfirmBook, ASignOfLifeCountsInItsOwnConnection) {
  ConfirmBook book = book_of(1);
  book.answered(kKeepalive);
  book.was_barren(Lost::kByPeer);
  book.answered(kKeepalive);
  EXPECT_FALSE(book.holds());
  book.begin();
  EXPECT_TRUE(book.holds());
}

OptionTalk talk_of(uint32_t negotiate_ms) {
  OptionTalk talk;
  talk.change({.level = ConfirmLevel::kAcknowledged, .negotiate_ms = negotiate_ms}, at_ms(0));
  talk.start(at_ms(0));
  return talk;
}

TEST(OptionTalk, AsksWaitsAndCompletes) {
  OptionTalk talk = talk_of(100);
  EXPECT_EQ(talk.owes(), ConnectionQuestion::kOptionRequest);
  EXPECT_FALSE(talk.answered(true)) << "nothing was asked yet";
  talk.said(ConnectionQuestion::kOptionRequest);
  EXPECT_EQ(talk.owes(), std::nullopt);
  EXPECT_TRUE(talk.holds());
  EXPECT_TRUE(talk.answered(true));
  EXPECT_FALSE(talk.holds());
  EXPECT_FALSE(talk.agreed()) << "not before all is said";
  EXPECT_EQ(talk.owes(), ConnectionQuestion::kOptionComplete);
  talk.said(ConnectionQuestion::kOptionComplete);
  EXPECT_TRUE(talk.agreed());
  EXPECT_FALSE(talk.answered(false)) << "it has said so";
}

TEST(OptionTalk, WaitsOnceForAPeerThatKeepsQuiet) {
  OptionTalk talk = talk_of(100);
  talk.said(ConnectionQuestion::kOptionRequest);
  EXPECT_FALSE(talk.tick(at_ms(99)));
  EXPECT_TRUE(talk.tick(at_ms(100)));
  EXPECT_FALSE(talk.tick(at_ms(101))) << "told once";
  EXPECT_FALSE(talk.holds());
  talk.start(at_ms(200));
  EXPECT_EQ(talk.owes(), ConnectionQuestion::kOptionRequest);
  EXPECT_FALSE(talk.holds());
  talk.said(ConnectionQuestion::kOptionRequest);
  EXPECT_TRUE(talk.answered(false));
  talk.start(at_ms(300));
  EXPECT_TRUE(talk.holds()) << "it speaks";
}

TEST(OptionTalk, ASilentLineIsNoReasonToStopAsking) {
  OptionTalk talk = talk_of(100);
  for (int i = 0; i < 5; ++i) {
    talk.lost(Lost::kUnanswered);
    talk.start(at_ms(i));
    EXPECT_EQ(talk.owes(), ConnectionQuestion::kOptionRequest);
  }
}

TEST(Redial, TriesTheEndpointsInOrderThenPausesAndBeginsWithThePrimary) {
  Redial redial(3, 100, 1000, 1);
  EXPECT_TRUE(redial.may_try(at_ms(0)));
  EXPECT_EQ(redial.endpoint(), 0u);
  EXPECT_FALSE(redial.failed(at_ms(0)));
  EXPECT_EQ(redial.endpoint(), 1u);
  EXPECT_FALSE(redial.failed(at_ms(0)));
  EXPECT_EQ(redial.endpoint(), 2u);
  EXPECT_TRUE(redial.failed(at_ms(0)));
  EXPECT_EQ(redial.endpoint(), 0u);
  EXPECT_FALSE(redial.may_try(at_ms(99)));
  EXPECT_TRUE(redial.may_try(at_ms(125)));
}

TEST(Redial, PausesDoubleUpToTheirBound) {
  Redial redial(1, 100, 1000, 1);
  int64_t now = 0;
  for (const int64_t pause : {100, 200, 400, 800, 1000, 1000}) {
    EXPECT_TRUE(redial.failed(at_ms(now)));
    EXPECT_FALSE(redial.may_try(at_ms(now + pause - 1))) << pause;
    EXPECT_TRUE(redial.may_try(at_ms(now + std::min<int64_t>(pause + pause / 4, 1000)))) << pause;
    now += 2000;
  }
}

TEST(Redial, AConnectionThatStoodIsMadeAnewAtOnceWithThePrimary) {
  Redial redial(2, 100, 1000, 1);
  redial.failed(at_ms(0));
  redial.connected(at_ms(0));
  redial.lost(Lost::kByPeer, at_ms(5000));
  EXPECT_EQ(redial.endpoint(), 0u);
  EXPECT_TRUE(redial.may_try(at_ms(5000)));
}

TEST(Redial, APeerThatClosesAtOnceIsNotCalledInATightLoop) {
  Redial redial(1, 100, 1000, 1);
  redial.connected(at_ms(0));
  redial.lost(Lost::kByPeer, at_ms(1));
  EXPECT_FALSE(redial.may_try(at_ms(100)));
  redial.connected(at_ms(200));
  redial.lost(Lost::kByPeer, at_ms(201));
  EXPECT_FALSE(redial.may_try(at_ms(400)));
}

TEST(Redial, AnEndpointThatDoesNotAnswerIsFollowedByTheNext) {
  Redial redial(2, 100, 1000, 1);
  redial.connected(at_ms(0));
  redial.lost(Lost::kUnanswered, at_ms(5000));
  EXPECT_EQ(redial.endpoint(), 1u);
  EXPECT_FALSE(redial.failed(at_ms(5000)));
  EXPECT_EQ(redial.endpoint(), 0u);
  EXPECT_TRUE(redial.failed(at_ms(5000)));
}

}  // namespace
}  // namespace lictor
