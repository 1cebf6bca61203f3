// EncodeLoop with the ETSI encoder, read back by the receiver's own walker and book of numbers.
#include <gtest/gtest.h>

#include <algorithm>

#include "encoders/der/der_walker.h"
#include "encoders/der/series.h"
#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/etsi_encoder.h"
#include "tests/unit/encoders/encode/encode_rig.h"
#include "tests/unit/encoders/etsi/parameters.h"

namespace lictor {
namespace {

constexpr int64_t kStart = 1'700'000'000 * kNanosecondsPerSecond;
constexpr int64_t kStop = kStart + 60 * kNanosecondsPerSecond;

// An IPv4 header of 20 octets and 8 of payload, between documentation addresses.
std::string packet(uint8_t mark) {
  std::string octets = {0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, '\xc0', 0, 2, 7, '\xc6', 51, 100, 1};
  octets.append(8, static_cast<char>(mark));
  return octets;
}

std::unique_ptr<EncodeTask> etsi_task(EncodeRig& rig) {
  asn1::prime_asn1_types();
  auto task = rig.task(1, kStart, kStop);
  task->reset_first = true;
  task->encoder = *make_etsi_encoder(test_parameters());
  return task;
}

// What a receiver finds on one connection: every record strict, and each arrival as the book judges it.
struct Read {
  std::vector<der::Kind> kinds;
  std::vector<der::Arrival> arrivals;
  std::vector<std::string> packets;
};

Read read(Spool& spool, der::Interface interface) {
  Read all;
  der::SeriesBook book(interface);
  while (const std::optional<SpoolEntry> entry = spool.entry(0)) {
    der::RecordView view;
    der::walk_record(spool.readable().first(entry->bytes), view);
    EXPECT_TRUE(view.deviations.none()) << view.complaint();
    all.kinds.push_back(view.kind);
    all.arrivals.push_back(book.arrived(view));
    for (const der::PayloadView& payload : view.payloads) all.packets.emplace_back(as_text(payload.packet));
    spool.release_one();
  }
  return all;
}

// One record of a ring may serve both.
TEST(EncodeEtsi, WhoIsGivenFramesGetsTheFrameOfARecordAndTheOthersItsPacket) {
  EncodeRig rig;
  rig.command(TaskCommand::Kind::kAdd, etsi_task(rig));
  auto frames = rig.task(2, kStart, kStop);
  EtsiTaskParameters parameters = test_parameters();
  parameters.liid = "LIID-FRAMES";
  parameters.frames = true;
  frames->encoder = *make_etsi_encoder(parameters);
  rig.command(TaskCommand::Kind::kAdd, std::move(frames));
  rig.at(kStart);
  MatchedTask whole = EncodeRig::matched(2);
  whole.whole_frame = true;
  rig.copy({EncodeRig::matched(1), whole}, packet(1));
  rig.at(kStart + 1000);
  rig.at(kStop);
  const Read content = read(*rig.hi3, der::Interface::kHi3);
  const std::string frame = std::string(14, 'e') + packet(1);
  EXPECT_EQ(std::count(content.packets.begin(), content.packets.end(), packet(1)), 1);
  EXPECT_EQ(std::count(content.packets.begin(), content.packets.end(), frame), 1);
}

TEST(EncodeEtsi, AWindowIsStrictAndGaplessOnBothConnections) {
  EncodeRig rig;
  rig.command(TaskCommand::Kind::kAdd, etsi_task(rig));
  rig.at(kStart);
  for (uint8_t i = 0; i < 3; ++i) rig.copy(1, packet(i));
  rig.at(kStart + 1000);
  rig.at(kStop);
  ASSERT_EQ(rig.state(1), TaskState::kEnded);
  using der::Arrival;
  using der::Kind;
  const Read hi2 = read(*rig.hi2, der::Interface::kHi2);
  EXPECT_EQ(hi2.kinds, (std::vector{Kind::kCinReset, Kind::kHi1, Kind::kIri, Kind::kIri, Kind::kHi1}));
  EXPECT_EQ(hi2.arrivals, std::vector(5, Arrival::kDue));
  const Read hi3 = read(*rig.hi3, der::Interface::kHi3);
  EXPECT_EQ(hi3.kinds, (std::vector{Kind::kCinReset, Kind::kCc, Kind::kCc, Kind::kCc}));
  EXPECT_EQ(hi3.arrivals, std::vector(4, Arrival::kDue));
  const std::vector<std::string> packets(hi3.packets.end() - 3, hi3.packets.end());
  EXPECT_EQ(packets, (std::vector{packet(0), packet(1), packet(2)}));
  rig.expect_balanced(1);
}

TEST(EncodeEtsi, AReceiverSeesALossAsOneGap) {
  EncodeRig rig;
  rig.command(TaskCommand::Kind::kAdd, etsi_task(rig));
  rig.copy(1, packet(0));
  rig.copy(1, packet(5), 4);
  rig.copy(1, packet(6));
  rig.at(kStart);
  rig.at(kStart + 2 * kNanosecondsPerSecond);
  using der::Arrival;
  EXPECT_EQ(read(*rig.hi3, der::Interface::kHi3).arrivals,
            (std::vector{Arrival::kDue, Arrival::kDue, Arrival::kGap, Arrival::kDue}));
  const Read hi2 = read(*rig.hi2, der::Interface::kHi2);
  ASSERT_EQ(hi2.kinds.size(), 4u);
  EXPECT_EQ(hi2.kinds.back(), der::Kind::kHi1);  // the alarm
  EXPECT_EQ(hi2.arrivals, std::vector(4, Arrival::kDue));
}

TEST(EncodeEtsi, TestRecordsGoBesideTheOthersAndTakeNoNumberOfThem) {
  EncodeRig rig;
  rig.command(TaskCommand::Kind::kAdd, etsi_task(rig));
  rig.at(kStart);
  rig.test(1, RecordKind::kIri);
  rig.test(1, RecordKind::kCc);
  rig.test(1, RecordKind::kCc, packet(1));
  rig.at(kStart + 1000);
  rig.copy(1, packet(2));
  rig.at(kStart + 2000);
  using der::Arrival;
  using der::Kind;
  const Read hi3 = read(*rig.hi3, der::Interface::kHi3);
  EXPECT_EQ(hi3.kinds, (std::vector{Kind::kCinReset, Kind::kTestPdu, Kind::kCc, Kind::kCc}));
  EXPECT_EQ(hi3.arrivals, (std::vector{Arrival::kDue, Arrival::kUnnumbered, Arrival::kDue, Arrival::kDue}));
  const std::vector<std::string> packets(hi3.packets.end() - 2, hi3.packets.end());
  EXPECT_EQ(packets, (std::vector{packet(1), packet(2)}));
  EXPECT_EQ(read(*rig.hi2, der::Interface::kHi2).kinds.back(), Kind::kTestPdu);
  rig.expect_balanced(1);
}

TEST(EncodeEtsi, ATaskThatIsNotActiveIsNotTested) {
  EncodeRig rig;
  rig.command(TaskCommand::Kind::kAdd, etsi_task(rig));
  rig.test(1, RecordKind::kCc, packet(1));
  rig.at(kStart - 1000);
  EXPECT_EQ(rig.loop->statistics().commands_refused.get(), 1u);
  EXPECT_TRUE(read(*rig.hi3, der::Interface::kHi3).kinds.empty());
  rig.expect_balanced(1);
}

TEST(EncodeEtsi, AgenciesAreToldInTheirForm) {
  for (const auto& [form, kinds] : std::vector<std::pair<AlarmForm, std::vector<der::Kind>>>{
           {AlarmForm::kHi1, {der::Kind::kHi1}},
           {AlarmForm::kMessage, {der::Kind::kOperatorMessage}},
           {AlarmForm::kBoth, {der::Kind::kHi1, der::Kind::kOperatorMessage}},
           {AlarmForm::kOff, {}}}) {
    EncodeRig rig;
    std::unique_ptr<EncodeTask> task = etsi_task(rig);
    task->alarms = form;
    rig.command(TaskCommand::Kind::kAdd, std::move(task));
    rig.at(kStart);
    read(*rig.hi2, der::Interface::kHi2);
    rig.command(TaskCommand::Kind::kAlarm, 1, "12 records were lost");
    rig.at(kStart + 1000);
    EXPECT_EQ(read(*rig.hi2, der::Interface::kHi2).kinds, kinds);
    rig.expect_balanced(1);
  }
}

TEST(EncodeEtsi, OperatorsMessagesGoAlsoWhereHi1IsOffAndLeaveNoGap) {
  EncodeRig rig;
  std::unique_ptr<EncodeTask> task = etsi_task(rig);
  task->hi1 = false;
  rig.command(TaskCommand::Kind::kAdd, std::move(task));
  rig.at(kStart);
  rig.command(TaskCommand::Kind::kNote, 1, "maintenance at 22:00 UTC");
  rig.command(TaskCommand::Kind::kError, 1, std::string(300, 'x'));
  rig.at(kStart + 1000);
  rig.at(kStop);
  using der::Arrival;
  using der::Kind;
  const Read hi2 = read(*rig.hi2, der::Interface::kHi2);
  EXPECT_EQ(hi2.kinds,
            (std::vector{Kind::kCinReset, Kind::kIri, Kind::kOperatorMessage, Kind::kOperatorMessage, Kind::kIri}));
  EXPECT_EQ(hi2.arrivals,
            (std::vector{Arrival::kDue, Arrival::kDue, Arrival::kUnnumbered, Arrival::kUnnumbered, Arrival::kDue}));
  rig.expect_balanced(1);
}

}  // namespace
}  // namespace lictor
