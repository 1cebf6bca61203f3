// Connection and its destination's security: another one begins anew, and what goes out in the clear is alarmed.
#include <gtest/gtest.h>

#include "tests/unit/encoders/handover/connection_bench.h"

namespace lictor {
namespace {

TEST_F(ConnectionTest, AnotherSecurityIsAnotherTransportAndBeginsAnew) {
  connect();
  wire_->acknowledges = false;
  add(0);
  run();
  DestinationPlan secured = plan();
  secured.security.kind = HandoverSecurity::kTls;
  connection_->change(secured);
  wire_->acknowledges = true;
  run();
  EXPECT_EQ(transports_, 2u);
  EXPECT_EQ(wire_->attempts, 1u);
  connect();
  run();
  EXPECT_EQ(wire_->attempts, 2u);
  EXPECT_EQ(received(), (std::vector<TestRecord>{{1, 0}}));
}

TEST_F(ConnectionTest, AConnectionThatIsNoLongerSecureEnds) {
  connect();
  wire_->outdated = absl::AbortedError("the credential was renewed");
  run();
  EXPECT_FALSE(wire_->open);
  EXPECT_EQ(connection_->statistics().last_error, "the credential was renewed");
  wire_->outdated = absl::OkStatus();
  after(1000);
  connect();
}

TEST_F(ConnectionTest, AnAlarmStandsWhileRecordsGoOutInTheClear) {
  connect();
  EXPECT_TRUE(alarms_.take_all().empty());
  DestinationPlan plain = plan();
  plain.security.kind = HandoverSecurity::kPlainLab;
  connection_->change(plain);
  run();
  auto alarms = alarms_.take_all();
  ASSERT_FALSE(alarms.empty());
  EXPECT_EQ(alarms.back().code, "handover_in_the_clear");
  EXPECT_FALSE(alarms.back().cleared);
  connection_->change(plan());
  run();
  alarms = alarms_.take_all();
  ASSERT_FALSE(alarms.empty());
  EXPECT_EQ(alarms.back().code, "handover_in_the_clear");
  EXPECT_TRUE(alarms.back().cleared);
}

}  // namespace
}  // namespace lictor
