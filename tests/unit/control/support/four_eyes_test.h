// A site where one person files and another approves, with a dataplane that answers at once.
#pragma once

#include <functional>
#include <string>

#include "lictor/v1/approval.pb.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {

inline Caller person(const std::string& name) { return {.name = name + " (role)", .person = name}; }

class FourEyesPolicy : public ControlTest {
 protected:
  FourEyesPolicy() {
    policy_ = {.four_eyes = true, .emergency = true, .emergency_hours = 2};
    open();
  }
};

class FourEyesTest : public FourEyesPolicy {
 protected:
  FourEyesTest() {
    add_agency();
    EXPECT_TRUE(dataplane_.attach().ok());
    dataplane_.take();
  }

  std::string file_by(const std::string& name, const std::string& liid = "LIID-1",
                      const std::string& target = "ipv4:192.0.2.7") {
    v1::Warrant warrant = make_warrant(liid);
    warrant.mutable_targets(0)->set_selector(target);
    warrant.clear_start();
    warrant.set_order_sha256(std::string(32, 'x'));
    const Result<v1::WarrantReply> reply = administration_->create_warrant(warrant, person(name));
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply->warrant().id();
  }

  // What becomes of a call when every dataplane answers at once.
  Status outcome(const std::function<void(const Administration::WarrantDone&)>& call) {
    call(done());
    dataplane_.take();
    return done_.has_value() ? done_->status() : absl::DeadlineExceededError("nobody has answered");
  }
  Status submit(const std::string& id, const std::string& name) {
    return outcome([&](const auto& done) { administration_->submit_warrant(id, done, person(name)); });
  }
  v1::ApproveWarrantRequest entry_for(const std::string& id) {
    const v1::Warrant stored = warrant(id);
    const v1::Warrant& waiting = stored.has_proposed() ? stored.proposed() : stored;
    v1::ApproveWarrantRequest request;
    request.set_id(id);
    request.set_revision(stored.revision());
    *request.mutable_entry()->mutable_targets() = waiting.targets();
    request.mutable_entry()->set_liid(waiting.liid());
    request.mutable_entry()->set_end(waiting.end());
    request.mutable_entry()->set_order_sha256(waiting.order_sha256());
    request.mutable_entry()->set_content(waiting.content());
    *request.mutable_entry()->mutable_exclusions() = waiting.exclusions();
    *request.mutable_entry()->mutable_deliveries() = waiting.deliveries();
    return request;
  }
  Status approve(const v1::ApproveWarrantRequest& request, const std::string& name) {
    return outcome([&](const auto& done) { administration_->approve_warrant(request, done, person(name)); });
  }
  Status approve(const std::string& id, const std::string& name) { return approve(entry_for(id), name); }
  Status activate_by(const std::string& id, const std::string& name) {
    return outcome([&](const auto& done) { administration_->activate_warrant(id, done, person(name)); });
  }
  Status modify(const v1::Warrant& changed, const std::string& name) {
    return outcome([&](const auto& done) { administration_->modify_warrant(changed, done, person(name)); });
  }
  std::string active() {
    const std::string id = file_by("anna");
    EXPECT_TRUE(submit(id, "anna").ok());
    EXPECT_TRUE(approve(id, "berta").ok());
    EXPECT_TRUE(activate_by(id, "berta").ok());
    return id;
  }
  v1::WarrantState state(const std::string& id) { return warrant(id).state(); }
  bool alarm_stands(const std::string& code) {
    v1::ListAlarmsRequest request;
    request.set_standing_only(true);
    const v1::ListAlarmsReply alarms = *administration_->list_alarms(request);
    return std::ranges::any_of(alarms.alarms(), [&](const v1::Alarm& alarm) { return alarm.code() == code; });
  }
  const v1::Tap& tap() { return dataplane_.taps.begin()->second; }

  FakeDataplane dataplane_{*administration_, "NE-1"};
};

}  // namespace lictor::control
