// An administration on a store of its own, with clocks that the test turns.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "control/admin/administration.h"
#include "tests/unit/control/support/fake_dataplane.h"
#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {

class ControlTest : public testing::Test {
 protected:
  ControlTest() { open(); }

  // The daemon starts, or starts again on the same file.
  void open() {
    administration_.reset();
    store_.reset();
    store_ = open_store(directory_.file("store.db"));
    Result<std::unique_ptr<Administration>> administration =
        Administration::open(*store_, {.policy = policy_,
                                       .keys = keys_.get(),
                                       .orders = orders_.get(),
                                       .payload_keys = payload_keys_.get(),
                                       .certificates = certificates_,
                                       .acknowledge_wait_ns = kNanosecondsPerSecond,
                                       .time = time_,
                                       .legal_clock = [this] { return now_; },
                                       .socket_clock = [this] { return socket_now_; }});
    ASSERT_TRUE(administration.ok()) << administration.status();
    administration_ = *std::move(administration);
  }

  void pass(int64_t seconds) {
    now_.unix_ns += seconds * kNanosecondsPerSecond;
    socket_now_.ns += seconds * kNanosecondsPerSecond;
    administration_->tick();
  }

  void add_agency(const v1::Agency& agency = make_agency()) {
    const Result<v1::Agency> added = administration_->create_agency(agency);
    ASSERT_TRUE(added.ok()) << added.status();
  }

  std::string file(const v1::Warrant& warrant = make_warrant()) {
    const Result<v1::WarrantReply> reply = administration_->create_warrant(warrant);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() ? reply->warrant().id() : "";
  }

  Administration::WarrantDone done() {
    done_.reset();
    return [this](const Result<v1::WarrantReply>& result) { done_ = result; };
  }

  void activate(const std::string& id) { administration_->activate_warrant(id, done()); }

  v1::Warrant warrant(const std::string& id) { return administration_->get_warrant(id)->warrant(); }

  const TempDir directory_;
  Policy policy_{.four_eyes = false};  // of what takes two persons, approvals_test.cc tells
  TimePolicy time_;
  LegalTime now_ = kNow;
  SocketTime socket_now_{1};
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<SpoolKeys> keys_;  // null: none are sent
  std::unique_ptr<PayloadKeys> payload_keys_;
  std::unique_ptr<OrderSignatures> orders_;  // null: orders are not looked at
  CertificateWatchOptions certificates_;
  std::unique_ptr<Administration> administration_;
  std::optional<Result<v1::WarrantReply>> done_;  // of the last call that waits
};

}  // namespace lictor::control
