// EncodeLoop: a task's way through its window, and the commands that change it.
#include <gtest/gtest.h>

#include "tests/unit/encoders/encode/encode_rig.h"

namespace lictor {
namespace {

using Kind = TaskCommand::Kind;

TEST(EncodeWindow, OpensWithHi1AndBeginAtItsStart) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 200));
  rig.at(50);
  EXPECT_EQ(rig.state(1), TaskState::kPending);
  EXPECT_TRUE(rig.drain(*rig.hi2).empty());
  rig.at(103);
  EXPECT_EQ(rig.state(1), TaskState::kActive);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"HI1 0 activated@100", "IRI 0 begin@100"}));
  rig.expect_balanced(1);
}

TEST(EncodeWindow, WhereBothSidesAreOneSpoolEverythingIsThereInItsOrder) {
  EncodeRig rig;
  auto task = rig.task(1, 100, 200);
  task->hi2 = task->hi3;
  rig.command(Kind::kAdd, std::move(task));
  rig.copy(1, "p0");
  rig.at(103);
  rig.copy(1, "p1");
  rig.at(150);
  rig.at(201);
  rig.at(202);
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"HI1 0 activated@103", "IRI 0 begin@103", "CC 0 p0", "CC 1 p1", "IRI 1 end@200",
                                        "HI1 1 deactivated@200"}));
  EXPECT_TRUE(rig.drain(*rig.hi2).empty());
  rig.expect_balanced(1);
}

TEST(EncodeWindow, WhereBothSidesAreOneSpoolAMessageHasANumberOfItsSeries) {
  EncodeRig rig;
  auto task = rig.task(1, 100, 200);
  task->hi2 = task->hi3;
  rig.command(Kind::kAdd, std::move(task));
  rig.at(100);
  rig.command(Kind::kNote, 1, "maintenance");
  rig.at(150);
  rig.at(200);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"HI1 0 activated@100", "IRI 0 begin@100", "IRI 1 note@150 maintenance",
                                        "IRI 2 end@200", "HI1 1 deactivated@200"}));
  rig.expect_balanced(1);
}

TEST(EncodeWindow, OpensAtTheTimeOfTheCommandWhereItsStartIsPast) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 200));
  rig.at(150);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"HI1 0 activated@150", "IRI 0 begin@150"}));
}

TEST(EncodeWindow, OpensWithTheFirstCopyWhereThatComesBeforeTheClock) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 200));
  rig.at(50);
  rig.copy(1, "p0");
  rig.at(99);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"HI1 0 activated@100", "IRI 0 begin@100"}));
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC 0 p0"}));
}

TEST(EncodeWindow, ResetsComeFirstAndTakeTheFirstNumberOfTheirSeries) {
  EncodeRig rig;
  auto task = rig.task(1, 100, 200);
  task->reset_first = true;
  rig.command(Kind::kAdd, std::move(task));
  rig.copy(1, "p0");
  rig.at(100);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"IRI 0 reset@100", "HI1 0 activated@100", "IRI 1 begin@100"}));
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC 0 reset@100", "CC 1 p0"}));
}

TEST(EncodeWindow, NotificationsAloneOnHi2AreResetToo) {
  EncodeRig rig;
  auto task = rig.task(1, 100, 200);
  task->reset_first = true;
  task->iri = false;
  rig.command(Kind::kAdd, std::move(task));
  rig.at(100);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"IRI 0 reset@100", "HI1 0 activated@100"}));
}

TEST(EncodeWindow, ClosesOnlyWhenTheRingHasPassedItsEnd) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 200));
  rig.at(100);
  rig.drain(*rig.hi2);
  rig.passed(199);
  rig.loop->run_once({250});
  EXPECT_EQ(rig.state(1), TaskState::kActive);
  rig.copy(1, "last");
  rig.passed(200);
  rig.loop->run_once({251});
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC 0 last"}));
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"IRI 1 end@200", "HI1 1 deactivated@200"}));
}

TEST(EncodeWindow, WaitsForEveryRing) {
  EncodeRig rig(EncodeMode::kLive, 2);
  rig.command(Kind::kAdd, rig.task(1, 100, 200));
  rig.at(100);
  rig.rings[0]->passed({300});
  rig.loop->run_once({300});
  EXPECT_EQ(rig.state(1), TaskState::kActive);
  rig.rings[1]->passed({200});
  rig.loop->run_once({300});
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
}

TEST(EncodeWindow, EndsSilentlyWhereItNeverOpened) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 200));
  rig.at(300);
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
  EXPECT_TRUE(rig.drain(*rig.hi2).empty());
}

TEST(EncodeWindow, OpensAndClosesWhereItWentByBetweenTwoRounds) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 200));
  rig.at(50);
  rig.at(300);
  EXPECT_EQ(rig.drain(*rig.hi2),
            (Lines{"HI1 0 activated@100", "IRI 0 begin@100", "IRI 1 end@200", "HI1 1 deactivated@200"}));
}

TEST(EncodeWindow, AnEndTakesEffectInTheRoundAfterTheOneThatTookIt) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 900));
  rig.at(100);
  rig.command(Kind::kEnd, 1);
  rig.loop->run_once({150});
  EXPECT_EQ(rig.state(1), TaskState::kActive);
  rig.copy(1, "under way");  // published before the end was commanded, after the snapshot was taken
  rig.loop->run_once({151});
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC 0 under way"}));
  EXPECT_EQ(rig.drain(*rig.hi2),
            (Lines{"HI1 0 activated@100", "IRI 0 begin@100", "IRI 1 end@151", "HI1 1 deactivated@151"}));
}

TEST(EncodeWindow, ARevocationHasNoClosingRecordsAndDropsWhatIsUnderWay) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 900));
  rig.at(100);
  rig.drain(*rig.hi2);
  rig.copy(1, "p0");
  rig.command(Kind::kRevoke, 1);
  rig.loop->run_once({150});
  EXPECT_EQ(rig.state(1), TaskState::kActive);
  rig.copy(1, "p1");
  rig.loop->run_once({151});
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
  EXPECT_TRUE(rig.drain(*rig.hi2).empty());
  EXPECT_TRUE(rig.drain(*rig.hi3).empty());
  EXPECT_EQ(rig.accounts[1].encoder.dropped.get(RecordDrop::kNoMediation), 2u);
  rig.expect_balanced(1);
}

TEST(EncodeWindow, AReplacementKeepsTheNumbersAndTellsTheAgency) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 900));
  rig.copy(1, "p0");
  rig.at(100);
  rig.drain(*rig.hi2);
  rig.command(Kind::kReplace, rig.task(1, 100, 900, "new "));
  rig.copy(1, "p1");
  rig.at(120);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"new HI1 1 modified@120"}));
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC 0 p0", "new CC 1 p1"}));
}

TEST(EncodeWindow, AnEndMovedEarlierIntoThePastEndsNow) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 900));
  rig.at(100);
  rig.drain(*rig.hi2);
  rig.command(Kind::kReplace, rig.task(1, 100, 300));
  rig.at(400);
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"HI1 1 modified@400", "IRI 1 end@400", "HI1 2 deactivated@400"}));
}

TEST(EncodeWindow, AnEndMovedLaterIsObeyed) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 200));
  rig.at(100);
  rig.command(Kind::kReplace, rig.task(1, 100, 400));
  rig.at(150);
  rig.at(300);
  EXPECT_EQ(rig.state(1), TaskState::kActive);
  rig.at(400);
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
}

TEST(EncodeWindow, AnExtensionThatComesTooLateReopensWithNumbersThatGoOn) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 200));
  rig.copy(1, "p0");
  rig.at(100);
  rig.at(200);
  ASSERT_EQ(rig.state(1), TaskState::kEnded);
  rig.drain(*rig.hi2);
  rig.command(Kind::kReplace, rig.task(1, 100, 400));
  rig.copy(1, "p1");
  rig.at(210);
  EXPECT_EQ(rig.state(1), TaskState::kActive);
  EXPECT_EQ(rig.drain(*rig.hi2), (Lines{"HI1 2 activated@210", "IRI 2 begin@210"}));
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC 0 p0", "CC 1 p1"}));
}

TEST(EncodeWindow, ASlotIsUsedAgainWithNumbersFromZero) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 200));
  rig.copy(1, "p0");
  rig.at(100);
  rig.at(200);
  rig.command(Kind::kAdd, rig.task(1, 300, 400));
  rig.copy(1, "q0");
  rig.at(300);
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC 0 p0", "CC 0 q0"}));
}

TEST(EncodeWindow, ContentOfATaskEndsOnlyAfterItsLease) {
  EncodeRig rig;
  auto task = rig.task(1, 100, 200);
  task->iri = task->hi1 = false;
  rig.command(Kind::kAdd, std::move(task));
  rig.copy(1, "p0");
  rig.at(100);
  rig.at(200);
  EXPECT_EQ(rig.state(1), TaskState::kEnded);
  EXPECT_TRUE(rig.drain(*rig.hi2).empty());
  EXPECT_EQ(rig.drain(*rig.hi3), (Lines{"CC 0 p0"}));
}

TEST(EncodeWindow, ATaskWithoutContentDropsCopiesAsWithoutMediation) {
  EncodeRig rig;
  auto task = rig.task(1, 100, 200);
  task->cc = false;
  rig.command(Kind::kAdd, std::move(task));
  rig.at(100);
  rig.copy(1, "p0");
  rig.at(101);
  EXPECT_TRUE(rig.drain(*rig.hi3).empty());
  EXPECT_EQ(rig.accounts[1].encoder.dropped.get(RecordDrop::kNoMediation), 1u);
  rig.expect_balanced(1);
}

TEST(EncodeWindow, CommandsForSlotsWithoutATaskAreRefusedAndCounted) {
  EncodeRig rig;
  rig.command(Kind::kEnd, 3);
  rig.command(Kind::kRevoke, EncodeRig::kSlots + 5);
  rig.command(Kind::kReplace, rig.task(4, 1, 2));
  rig.at(10);
  EXPECT_EQ(rig.loop->statistics().commands_refused.get(), 3u);
  EXPECT_EQ(rig.loop->statistics().commands_done.get(), 3u);
}

TEST(EncodeWindow, NothingWaitsWhereEverythingWasTaken) {
  EncodeRig rig;
  rig.command(Kind::kAdd, rig.task(1, 100, 200));
  EXPECT_FALSE(rig.loop->drained());
  rig.at(100);
  rig.copy(1, "p0");
  EXPECT_FALSE(rig.loop->drained());
  rig.at(101);
  EXPECT_TRUE(rig.loop->drained());
  rig.command(Kind::kEnd, 1);
  rig.at(102);
  EXPECT_FALSE(rig.loop->drained());  // its closing records come in the next round
  rig.at(103);
  EXPECT_TRUE(rig.loop->drained());
}

// An IRI of its task needs so much room.
class LongEncoder final : public Encoder {
 public:
  LongEncoder(size_t iri_bytes, std::vector<size_t>& rooms) : iri_bytes_(iri_bytes), rooms_(rooms) {}
  size_t content_bytes_max(size_t packet_bytes) const noexcept override { return packet_bytes; }
  size_t encode_content(const ContentRecord&, uint32_t, MutableBytes) noexcept override { return 0; }
  [[nodiscard]] size_t event_bytes_max(const EventRecord& event) const noexcept override {
    return is_iri(event.kind) ? iri_bytes_ : kEventBytesMax;
  }
  size_t encode_event(const EventRecord&, uint32_t number, MutableBytes room) noexcept override {
    rooms_.push_back(room.size());
    room[0] = static_cast<uint8_t>('0' + number);
    return 1;
  }
  [[nodiscard]] size_t check_bytes_max(const IntegrityCheck&) const noexcept override { return 0; }
  size_t encode_check(const IntegrityCheck&, uint32_t, PacketTime, MutableBytes) noexcept override { return 0; }

 private:
  const size_t iri_bytes_;
  std::vector<size_t>& rooms_;
};

TEST(EncodeWindow, AnEventHasTheRoomThatItsRecordNeedsAndWhatNeverHasAnyIsLost) {
  constexpr size_t kEvent = Encoder::kEventBytesMax;
  for (const size_t needed : {size_t{40'000}, size_t{70'000}}) {
    EncodeRig rig;
    std::vector<size_t> rooms;
    auto task = rig.task(1, 100, 9000);
    task->encoder = std::make_unique<LongEncoder>(needed, rooms);
    rig.command(TaskCommand::Kind::kAdd, std::move(task));
    rig.at(100);
    rig.at(9000);
    const bool fits = needed <= rig.hi2->record_bytes_max();
    EXPECT_EQ(rooms,
              fits ? (std::vector<size_t>{kEvent, needed, needed, kEvent}) : (std::vector<size_t>{kEvent, kEvent}));
    EXPECT_EQ(rig.accounts[1].encoder.dropped.total(), fits ? 0U : 2U);
    EXPECT_EQ(rig.state(1), TaskState::kEnded) << "nothing waits for it";
    rig.expect_balanced(1);
  }
}

}  // namespace
}  // namespace lictor
