// A task that floods the connection that it shares gets a spool of its own: then the others' records do not wait
// behind what it brings.
#include <gmock/gmock.h>

#include "tests/unit/dataplane/agent/registry_bench.h"

namespace lictor {
namespace {

using testing::Contains;
using testing::Not;

constexpr const char* kTold = "flood_has_own_spool";

size_t count(const std::string& text, const std::string& word, size_t from = 0) {
  size_t found = 0;
  for (size_t at = text.find(word, from); at != std::string::npos; at = text.find(word, at + 1)) ++found;
  return found;
}

class TaskLanes : public testing::Test {
 protected:
  explicit TaskLanes(uint32_t lanes_max = 64)
      : bench_({.tasks_max = 8, .floods = {.octets = 60'000, .wait_ms = 0}, .lanes_max = lanes_max}) {
    port_ = TcpSink().port();  // nobody listens there until the agency is back
    for (uint8_t number = 1; number <= 3; ++number) {
      v1::Mediation mediation = mediation_message(number, bench_.port());
      mediation.set_liid("LIID-" + std::to_string(number));
      mediation.mutable_hi3()->mutable_endpoints(0)->set_port(port_);
      mediation.mutable_profile()->mutable_confirm()->set_level(v1::CONFIRM_LEVEL_TRANSPORTED);
      EXPECT_TRUE(bench_.tap(tap_message(number)).ok());
      EXPECT_TRUE(bench_.mediation(mediation).ok());
      bench_->commit(bench_.now());
      bench_.run_until_reported(number, TaskReport::kActive);
    }
  }

  // Content records of 1000 octets and more.
  void bring(uint8_t number, size_t records) {
    for (size_t i = 0; i < records; ++i) {
      TaskCommand command{.kind = TaskCommand::Kind::kTest, .slot = {}, .task = {}, .text = {}};
      command.test = {.series = RecordKind::kCc, .packet = "\x45" + std::string(999, 'p')};
      ASSERT_TRUE(bench_->order(xid_of(number), std::move(command)).ok());
      bench_.encode();
    }
  }
  std::vector<std::string> look() {
    socket_ns_ += kNanosecondsPerSecond;
    bench_->tick(bench_.now(), {socket_now().ns + socket_ns_});
    bench_.encode();
    return bench_.alarm_codes();
  }
  // What the agency gets on HI3, once it is back.
  std::string delivered() {
    TcpSink agency(port_);
    bench_.run_until([&] { return agency.connections() > 0 && bench_.handover().drained(); });
    for (int i = 0; i < 3; ++i) look();
    bench_.handover().stop(0);
    std::string all;
    for (const std::string& stream : agency.finish()) all += stream;
    return all;
  }

  RegistryBench bench_;
  uint16_t port_ = 0;
  int64_t socket_ns_ = 0;
};

TEST_F(TaskLanes, WhatAFloodBringsFromThenOnWaitsBehindTheOthers) {
  bring(1, 100);
  EXPECT_THAT(look(), Contains(kTold));
  EXPECT_THAT(look(), Not(Contains(kTold))) << "once";
  bring(1, 400);
  bring(2, 10);
  const std::string stream = delivered();
  EXPECT_EQ(count(stream, "LIID-1"), 500U) << "none is lost";
  EXPECT_EQ(count(stream, "LIID-2"), 10U);
  EXPECT_EQ(count(stream, "LIID-1", stream.rfind("LIID-2")), 400U);
}

TEST_F(TaskLanes, WhoIsNotTheMostOfASpoolOrAloneInItKeepsIt) {
  bring(1, 70);
  bring(2, 70);
  bring(3, 70);
  EXPECT_THAT(look(), Not(Contains(kTold)));
  for (uint8_t number = 2; number <= 3; ++number) bench_.withdraw(number);
  bench_->commit(bench_.now());
  bring(1, 200);
  EXPECT_THAT(look(), Not(Contains(kTold)));
  const std::string stream = delivered();
  EXPECT_EQ(count(stream, "LIID-1"), 270U);
}

TEST_F(TaskLanes, AnEndComesBehindAllThatTheTaskBrought) {
  bring(1, 100);
  look();
  bring(1, 100);
  bench_.withdraw(1);
  bench_->commit(bench_.now());
  EXPECT_EQ(count(delivered(), "LIID-1"), 200U);
  EXPECT_EQ(bench_.report(1), TaskReport::kEnded);
}

TEST_F(TaskLanes, AChangedFloodKeepsItsSpool) {
  bring(1, 100);
  look();
  v1::Tap tap = tap_message(1);
  tap.mutable_window()->set_end_unix_ns(kEnd - 1);
  ASSERT_TRUE(bench_.tap(tap).ok());
  bench_->commit(bench_.now());
  bench_.encode();
  bring(1, 100);
  EXPECT_THAT(look(), Not(Contains(kTold)));
  bring(2, 10);
  const std::string stream = delivered();
  EXPECT_EQ(count(stream, "LIID-1", stream.rfind("LIID-2")), 100U);
}

class TaskLanesBound : public TaskLanes {
 protected:
  TaskLanesBound() : TaskLanes(1) {}
};

TEST_F(TaskLanesBound, BeyondTheBoundAFloodSharesAndThatIsToldOnce) {
  bring(1, 100);
  EXPECT_THAT(look(), Contains(kTold));
  bring(2, 250);
  EXPECT_THAT(look(), Contains("lanes_at_bound"));
  EXPECT_THAT(look(), Not(Contains("lanes_at_bound")));
  bring(3, 10);
  const std::string stream = delivered();
  EXPECT_EQ(count(stream, "LIID-2"), 250U);
  EXPECT_EQ(count(stream, "LIID-3"), 10U);
}

}  // namespace
}  // namespace lictor
