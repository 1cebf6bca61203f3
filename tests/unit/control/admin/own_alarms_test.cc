// What the account says of alarms and of the host's clock: one entry each, and of a flood one that counts it.
#include "control/audit/reading.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

class OwnAlarmsTest : public testing::Test {
 protected:
  OwnAlarmsTest() {
    log_ =
        *AuditLog::open({.folder = directory_.file("audit"), .key_path = directory_.file("audit-keys")}, kNow.unix_ns);
    AdministrationOptions options;
    options.audit = log_.get();
    options.legal_clock = [this] { return now_; };
    options.socket_clock = [this] { return socket_now_; };
    administration_ = *Administration::open(*store_, options);
  }
  void pass(int64_t seconds, int64_t step_ns = 0) {
    now_.unix_ns += seconds * kNanosecondsPerSecond + step_ns;
    socket_now_.ns += seconds * kNanosecondsPerSecond;
    administration_->tick();
  }
  std::vector<AuditEntry> entries(const std::string& action) {
    return read_audit_page(directory_.file("audit"), 0, {.limit = 1000, .action = action})->entries;
  }
  static std::string field(const AuditEntry& entry, const std::string& name) {
    for (const AuditField& each : entry.open)
      if (each.name == name) return each.value;
    return "(none)";
  }

  const TempDir directory_;
  const std::unique_ptr<SqliteStore> store_ = open_store(directory_.file("store.db"));
  LegalTime now_ = kNow;
  SocketTime socket_now_{1};
  std::unique_ptr<AuditLog> log_;
  std::unique_ptr<Administration> administration_;
};

TEST_F(OwnAlarmsTest, AnAlarmIsEnteredWhenItIsRaisedAndWhenItIsCleared) {
  administration_->report_own("disk", v1::ALARM_SEVERITY_WARNING, "is nearly full");
  administration_->report_own("disk", v1::ALARM_SEVERITY_WARNING, "is fuller");
  administration_->report_own("never", v1::ALARM_SEVERITY_WARNING, "");
  pass(1);
  ASSERT_EQ(entries("alarm.").size(), 1U) << "a repetition is none";
  EXPECT_EQ(field(entries("alarm.raise")[0], "code"), "disk");
  administration_->report_own("disk", v1::ALARM_SEVERITY_WARNING, "");
  pass(1);
  pass(1);
  EXPECT_EQ(entries("alarm.clear").size(), 1U);
  EXPECT_EQ(entries("alarm.").size(), 2U);
}

TEST_F(OwnAlarmsTest, AFloodIsCountedInOneEntry) {
  for (int i = 0; i < 500; ++i) administration_->report_own("a" + std::to_string(i), v1::ALARM_SEVERITY_WARNING, "x");
  for (int i = 0; i < 2000; ++i) {
    administration_->report_own("flapping", v1::ALARM_SEVERITY_WARNING, "up");
    administration_->report_own("flapping", v1::ALARM_SEVERITY_WARNING, "");
  }
  pass(1);
  const std::vector<AuditEntry> flood = entries("alarm.flood");
  ASSERT_EQ(flood.size(), 1U);
  uint64_t counted = entries("alarm.raise").size() + entries("alarm.clear").size();
  EXPECT_EQ(counted, 16U);
  for (const AuditField& each : flood[0].open) counted += std::stoull(each.value);
  EXPECT_EQ(counted, 4500U) << "none is lost";
}

TEST_F(OwnAlarmsTest, AClockThatIsSetIsEnteredWithByHowMuch) {
  pass(1);
  pass(60);
  pass(1, kNanosecondsPerSecond / 10);  // what discipline does
  EXPECT_EQ(entries("clock.").size(), 0U);
  pass(1, -3600 * kNanosecondsPerSecond);
  pass(1);
  ASSERT_EQ(entries("clock.step").size(), 1U);
  EXPECT_EQ(field(entries("clock.step")[0], "by"), "3600000 ms back");
  pass(1, 3600 * kNanosecondsPerSecond);
  EXPECT_EQ(field(entries("clock.step").back(), "by"), "3600000 ms ahead");
}

}  // namespace
}  // namespace lictor::control
