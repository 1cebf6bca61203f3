// What becomes of streams, alarms and the account when clients' certificates end, and of who was turned away.
#include "control/rpc/client_certificates.h"

#include "control/audit/reading.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

constexpr int64_t kDayS = 86'400;
constexpr int64_t kNowS = kNow.unix_ns / kNanosecondsPerSecond;

class ClientCertificatesTest : public ControlTest {
 protected:
  ClientCertificatesTest() {
    log_ =
        *AuditLog::open({.folder = directory_.file("audit"), .key_path = directory_.file("audit-keys")}, now_.unix_ns);
    AdministrationOptions options;
    options.audit = log_.get();
    options.legal_clock = [this] { return now_; };
    administration_ = *Administration::open(*store_, options);
    clients_ = std::make_unique<ClientCertificates>(*administration_, *CertificateStanding::open({}, kNowS),
                                                    *TrustedAuthorities::open(""), [this] { return now_; });
  }
  ~ClientCertificatesTest() override { clients_.reset(); }

  static CertificateFacts ending_in(int64_t seconds) {
    return {.issuer = "0a", .serial = "01", .fingerprint = "f", .not_after_unix_s = kNowS + seconds};
  }
  Status call_of(const std::string& name, const CertificateFacts& facts) {
    return clients_->check(
        facts, {.name = name, .roles = RoleSet(Role::kOperator), .agency_id = {}, .network_element_id = {}});
  }
  std::vector<v1::Alarm> standing() {
    v1::ListAlarmsRequest request;
    request.set_standing_only(true);
    const Result<v1::ListAlarmsReply> reply = administration_->list_alarms(request);
    return {reply->alarms().begin(), reply->alarms().end()};
  }

  std::unique_ptr<AuditLog> log_;
  std::unique_ptr<ClientCertificates> clients_;
};

TEST_F(ClientCertificatesTest, AStreamIsEndedOnceItsCertificateHasExpiredAndNotBefore) {
  int ends = 0;
  const uint64_t ticket = clients_->watch(ending_in(10), [&](const Status& why) {
    EXPECT_TRUE(absl::IsUnauthenticated(why));
    ++ends;
  });
  clients_->watch(ending_in(1000), [](const Status&) { FAIL() << "another's"; });
  clients_->sweep();
  now_.unix_ns += 10 * kNanosecondsPerSecond;
  clients_->sweep();
  EXPECT_EQ(ends, 0);
  now_.unix_ns += kNanosecondsPerSecond;
  clients_->sweep();
  EXPECT_EQ(ends, 1);
  clients_->forget(ticket);
  clients_->sweep();
  EXPECT_EQ(ends, 1);
  EXPECT_TRUE(absl::IsUnauthenticated(call_of("anna", ending_in(10))));
}

TEST_F(ClientCertificatesTest, WhatExpiresSoonIsAlarmedUntilItIsRenewed) {
  ASSERT_TRUE(call_of("anna", ending_in(31 * kDayS)).ok());
  ASSERT_TRUE(call_of("berta", ending_in(300 * kDayS)).ok());
  clients_->sweep();
  EXPECT_EQ(standing().size(), 0U);
  now_.unix_ns += 2 * kDayS * kNanosecondsPerSecond;
  clients_->sweep();
  ASSERT_EQ(standing().size(), 1U);
  EXPECT_EQ(standing()[0].severity(), v1::ALARM_SEVERITY_WARNING);
  EXPECT_EQ(standing()[0].text(), "expire soon: anna (29 days)");
  now_.unix_ns += 23 * kDayS * kNanosecondsPerSecond;
  clients_->sweep();
  EXPECT_EQ(standing()[0].severity(), v1::ALARM_SEVERITY_CRITICAL);
  ASSERT_TRUE(call_of("anna", ending_in(400 * kDayS)).ok());
  clients_->sweep();
  EXPECT_EQ(standing().size(), 0U);
}

TEST_F(ClientCertificatesTest, WhoWasTurnedAwayIsEnteredAndAFloodIsCounted) {
  constexpr size_t kTries = 1000;
  for (size_t i = 0; i < kTries; ++i)
    clients_->refused(absl::UnauthenticatedError("the certificate: is revoked"), {"certificate", "f"});
  clients_->sweep();
  const AuditPage page = *read_audit_page(directory_.file("audit"), 0, {.limit = 1000, .action = "login"});
  ASSERT_EQ(page.entries.size(), ClientCertificates::kRefusedEachSweep + 1);
  EXPECT_EQ(page.entries[0].kind, AuditKind::kRefusal);
  EXPECT_EQ(page.entries[0].outcome, "UNAUTHENTICATED: the certificate: is revoked");
  EXPECT_EQ(page.entries.back().open[0].value, std::to_string(kTries - ClientCertificates::kRefusedEachSweep));
}

}  // namespace
}  // namespace lictor::control
