// Orders of acceptance runs, and that no report is lost where it cannot be sent.
#include "dataplane/agent/acceptance_desk.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/agent/registry_bench.h"

namespace lictor {
namespace {

v1::AcceptanceOrder order_of(const std::string& id) {
  v1::AcceptanceOrder order;
  order.set_id(id);
  return order;
}

v1::AcceptanceOrder start_of(const std::string& id, uint16_t port) {
  v1::AcceptanceOrder order = order_of(id);
  order.mutable_start()->set_step_timeout_s(30);
  *order.mutable_start()->mutable_mediation() = mediation_message(200, port);
  return order;
}

TEST(AcceptanceDesk, ARefusalStaysTheNextReportUntilItIsTold) {
  RegistryBench bench;
  AcceptanceDesk desk(*bench, bench.handover(), false);
  desk.take(order_of("one"), bench.now());
  desk.take(order_of("two"), bench.now());
  for (const std::string id : {"one", "two"}) {
    for (int again = 0; again < 2; ++again) {
      ASSERT_NE(desk.next_report(), nullptr);
      EXPECT_EQ(desk.next_report()->id(), id);
      EXPECT_EQ(desk.next_report()->state(), v1::ACCEPTANCE_STATE_STOPPED);
    }
    desk.told();
  }
  EXPECT_EQ(desk.next_report(), nullptr);
}

TEST(AcceptanceDesk, TheEndOfARunIsKeptUntilItIsTold) {
  RegistryBench bench;
  AcceptanceDesk desk(*bench, bench.handover(), false);
  desk.take(start_of("one", bench.port()), bench.now());
  ASSERT_TRUE(desk.is_busy());
  EXPECT_EQ(desk.next_report()->state(), v1::ACCEPTANCE_STATE_RUNNING);
  desk.told();
  EXPECT_EQ(desk.next_report(), nullptr);
  desk.lictord_is_away(bench.now());
  EXPECT_FALSE(desk.is_busy());
  desk.take(order_of("two"), bench.now());
  desk.take(start_of("three", bench.port()), bench.now());
  EXPECT_TRUE(desk.is_busy());
  std::vector<std::string> told;
  while (const v1::AcceptanceReport* report = desk.next_report()) {
    told.push_back(report->id() + " " + v1::AcceptanceState_Name(report->state()));
    desk.told();
  }
  EXPECT_EQ(told, (std::vector<std::string>{"two ACCEPTANCE_STATE_STOPPED", "one ACCEPTANCE_STATE_STOPPED",
                                            "three ACCEPTANCE_STATE_RUNNING"}));
  desk.lictord_is_away(bench.now());
}

TEST(AcceptanceDesk, AStepWaitsForAConfirmationAsLongAsTheProfileSays) {
  RegistryBench bench;
  AcceptanceDesk desk(*bench, bench.handover(), false);
  v1::AcceptanceOrder order = start_of("one", bench.port());
  v1::DeliveryProfile& profile = *order.mutable_start()->mutable_mediation()->mutable_profile();
  profile.mutable_confirm()->set_interval_ms(60'000);
  profile.mutable_confirm()->set_fallback_ms(600'000);
  profile.set_keepalive_wait_s(10);
  desk.take(order, bench.now());
  const auto steps_after = [&](int64_t seconds) {
    desk.turn(bench.now(), {seconds * kNanosecondsPerSecond});
    const v1::AcceptanceReport* const report = desk.next_report();
    return report == nullptr ? 0 : report->steps_size();
  };
  bench.run_until([&] { return steps_after(0) == 1; });  // connected; what the next step waits for nobody confirms
  EXPECT_EQ(steps_after(0), 1);
  EXPECT_EQ(steps_after(30 + 60 + 10 - 1), 1) << "the step's time, the interval, the answer";
  EXPECT_GT(steps_after(30 + 60 + 10), 1);
  EXPECT_EQ(desk.next_report()->state(), v1::ACCEPTANCE_STATE_FAILED);
}

}  // namespace
}  // namespace lictor
