// Two desks, two agencies, one target: to each the other is not there.
#include <gmock/gmock.h>

#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

Caller of_desk(const std::string& desk) {
  DeskSet desks;
  EXPECT_TRUE(desks.add(desk));
  return {.name = desk + " (role)", .person = desk, .desks = desks};
}

class WithDesks : public ControlTest {
 protected:
  WithDesks() {
    policy_.desks = true;
    open();
  }
};

class DesksTest : public WithDesks {
 protected:
  DesksTest() {
    add_agency(make_agency("red-agency"));
    add_agency(make_agency("blue-agency"));
    EXPECT_TRUE(dataplane_.attach().ok());
    dataplane_.take();
  }

  std::string active(const Caller& caller, const std::string& agency, const std::string& liid) {
    v1::Warrant warrant = make_warrant(liid, agency);
    warrant.clear_start();
    const Result<v1::WarrantReply> filed = administration_->create_warrant(warrant, caller);
    EXPECT_TRUE(filed.ok()) << filed.status();
    administration_->activate_warrant(filed->warrant().id(), done(), caller);
    dataplane_.take();
    EXPECT_TRUE(done_.has_value() && done_->ok());
    return filed->warrant().id();
  }

  // Of every task that is held, as a dataplane would, and of the whole.
  void report_statistics() {
    v1::DataplaneMessage message;
    v1::Statistics& statistics = *message.mutable_statistics();
    statistics.set_taken_unix_ns(now_.unix_ns);
    v1::PortStatistics& port = *statistics.add_ports();
    port.set_name("tap0");
    port.set_offered(1000);
    port.set_received(dataplane_.taps.size() * 100);
    port.set_imissed(dataplane_.taps.size());
    for (const auto& [xid, tap] : dataplane_.taps) {
      v1::TaskStatistics& task = *statistics.add_tasks();
      task.set_xid(tap.xid());
      task.set_state(v1::TAP_STATE_ACTIVE);
      statistics.mutable_packets()->set_matched(statistics.packets().matched() + 1);
    }
    for (const auto& [xid, mediation] : dataplane_.mediations)
      statistics.add_destinations()->set_id(mediation.hi2().id());
    dataplane_.report(message);
    for (const auto& [xid, tap] : dataplane_.taps) {
      v1::DataplaneMessage alarm;
      alarm.mutable_alarm()->set_code("records_lost");
      alarm.mutable_alarm()->set_xid(tap.xid());
      alarm.mutable_alarm()->set_raised_unix_ns(now_.unix_ns);
      dataplane_.report(alarm);
    }
    for (size_t i = 1; i < dataplane_.taps.size(); ++i) {
      v1::DataplaneMessage alarm;
      alarm.mutable_alarm()->set_code("cpu_short");  // of the second task, and not attributed
      dataplane_.report(alarm);
    }
    for (const auto& [xid, mediation] : dataplane_.mediations) {
      v1::DataplaneMessage alarm;
      alarm.mutable_alarm()->set_code("destination_down");
      alarm.mutable_alarm()->set_destination_id(mediation.hi2().id());
      alarm.mutable_alarm()->set_raised_unix_ns(now_.unix_ns);
      dataplane_.report(alarm);
    }
  }

  // Everything that somebody can ask for, as one text.
  std::string view(const Caller& caller) {
    std::string all;
    v1::ListWarrantsRequest warrants;
    warrants.set_page_size(1);
    do {
      const v1::ListWarrantsReply page = *administration_->list_warrants(warrants, caller);
      all += page.DebugString();
      warrants.set_page_token(page.next_page_token());
    } while (!warrants.page_token().empty());
    all += administration_->list_taps("", caller)->DebugString();
    all += administration_->get_statistics("NE-1", caller)->DebugString();
    all += administration_->list_alarms({}, caller)->DebugString();
    all += administration_->list_dataplanes(caller).DebugString();
    return all;
  }

  FakeDataplane dataplane_{*administration_, "NE-1"};
  const Caller red_ = of_desk("red");
  const Caller blue_ = of_desk("blue");
};

TEST_F(DesksTest, WhatOneSeesIsTheSameWhetherTheOtherExistsOrNot) {
  const std::string own = active(red_, "red-agency", "LIID-1");
  report_statistics();
  const std::string alone = view(red_);
  EXPECT_THAT(alone, testing::HasSubstr(own));
  EXPECT_THAT(alone, testing::HasSubstr("red-agency/hi2"));
  const std::string other = active(blue_, "blue-agency", "LIID-1");
  report_statistics();
  EXPECT_EQ(view(red_), alone);
  EXPECT_THAT(view(blue_), testing::HasSubstr(other));
  EXPECT_THAT(view(blue_), testing::Not(testing::HasSubstr(own)));
  EXPECT_THAT(view({}), testing::AllOf(testing::HasSubstr(own), testing::HasSubstr(other)));
}

TEST_F(DesksTest, AnotherDesksWarrantAnswersAsAnAbsentOneToEveryCall) {
  const std::string other = active(blue_, "blue-agency", "LIID-1");
  const std::string absent = "01234567-89ab-4def-8123-456789abcdef";
  const auto answers = [&](const std::string& id) {
    std::vector<Status> all = {administration_->get_warrant(id, red_).status(),
                               administration_->get_payload_key(id, red_).status(),
                               administration_->preview_warrant(id, red_).status()};
    const auto later = [&](const auto& call) {
      call(done());
      all.push_back(done_.has_value() ? done_->status() : absl::DeadlineExceededError("no answer"));
    };
    later([&](const auto& done) { administration_->activate_warrant(id, done, red_); });
    later([&](const auto& done) { administration_->end_warrant(id, done, red_); });
    later([&](const auto& done) { administration_->revoke_warrant(id, done, red_); });
    later([&](const auto& done) { administration_->submit_warrant(id, done, red_); });
    later([&](const auto& done) { administration_->suspend_warrant(id, done, red_); });
    later([&](const auto& done) { administration_->resume_warrant(id, done, red_); });
    later([&](const auto& done) { administration_->review_reduction(id, done, red_); });
    v1::Warrant changed = make_warrant();
    changed.set_id(id);
    later([&](const auto& done) { administration_->modify_warrant(changed, done, red_); });
    v1::ApproveWarrantRequest approval;
    approval.set_id(id);
    later([&](const auto& done) { administration_->approve_warrant(approval, done, red_); });
    v1::RejectWarrantRequest rejection;
    rejection.set_id(id);
    later([&](const auto& done) { administration_->reject_warrant(rejection, done, red_); });
    return all;
  };
  const std::vector<Status> of_other = answers(other);
  EXPECT_EQ(of_other, answers(absent));
  for (const Status& status : of_other) EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_EQ(warrant(other).state(), v1::WARRANT_STATE_ACTIVE);
}

TEST_F(DesksTest, WhyADataplaneHasNoRoomIsToldToWhomeverSeesAll) {
  const std::string kReason = "all 2 tasks are in use";
  const auto texts_for = [&](const Caller& caller, const std::string& liid) {
    v1::Warrant warrant = make_warrant(liid, "red-agency");
    warrant.clear_start();
    const std::string id = administration_->create_warrant(warrant, caller)->warrant().id();
    administration_->activate_warrant(id, done(), caller);
    dataplane_.take(SIZE_MAX, false);
    const uint64_t last = dataplane_.hello().resume_generation();
    dataplane_.answer(last - 1, v1::DIRECTIVE_RESULT_REFUSED, kReason);
    dataplane_.answer(last, v1::DIRECTIVE_RESULT_APPLIED);
    EXPECT_TRUE(done_.has_value() && done_->ok());
    std::string texts = (**done_).ShortDebugString();
    texts += administration_->list_taps("", caller)->ShortDebugString();
    return texts + administration_->list_alarms({}, caller, AlarmsShown::kAll)->ShortDebugString();
  };
  const std::string red = texts_for(of_desk("red"), "LIID-RED");
  EXPECT_THAT(red, testing::Not(testing::HasSubstr(kReason)));
  EXPECT_THAT(red, testing::HasSubstr("it cannot, or has no room"));
  EXPECT_THAT(texts_for({.name = "chief"}, "LIID-CHIEF"), testing::HasSubstr(kReason));
}

TEST_F(DesksTest, AnAcceptanceRunDoesNotSayThatAWarrantEndedIt) {
  v1::StartAcceptanceRequest request;
  request.set_agency_id("red-agency");
  request.set_operator_id("OPER1");
  const auto reason_of_stop = [&](const std::function<void(const std::string&)>& end) {
    const Result<v1::AcceptanceReply> run = administration_->start_acceptance(request, of_desk("red"));
    EXPECT_TRUE(run.ok()) << run.status();
    EXPECT_TRUE(dataplane_.next_order()->has_start());
    end(run->protocol().id());
    dataplane_.take();
    const std::optional<v1::AcceptanceOrder> order = dataplane_.next_order();
    v1::DataplaneMessage over;
    over.mutable_acceptance()->set_id(run->protocol().id());
    over.mutable_acceptance()->set_state(v1::ACCEPTANCE_STATE_STOPPED);
    dataplane_.report(over);
    return order && order->has_stop() ? order->stop().reason() : "none";
  };
  const std::string by_a_person = reason_of_stop(
      [&](const std::string& id) { EXPECT_TRUE(administration_->stop_acceptance(id, of_desk("red")).ok()); });
  EXPECT_EQ(by_a_person, "it was stopped");
  EXPECT_EQ(reason_of_stop([&](const std::string&) { active(of_desk("blue"), "red-agency", "LIID-1"); }), by_a_person);
}

TEST_F(DesksTest, WhatIsFiledBelongsToOnesDeskAndToNoOther) {
  EXPECT_EQ(administration_->create_warrant(make_warrant("A", "red-agency"), red_)->warrant().desk(), "red");
  v1::Warrant foreign = make_warrant("B", "red-agency");
  foreign.set_desk("blue");
  EXPECT_TRUE(absl::IsInvalidArgument(administration_->create_warrant(foreign, red_).status()));
  EXPECT_TRUE(administration_->create_warrant(foreign, {}).ok()) << "by somebody of every desk";
  const Caller deskless{.name = "x", .person = "x", .desks = {}};
  const Result<v1::WarrantReply> common = administration_->create_warrant(make_warrant("C", "red-agency"), deskless);
  ASSERT_TRUE(common.ok());
  EXPECT_TRUE(administration_->get_warrant(common->warrant().id(), red_).ok()) << "of no desk is everybody's";
}

TEST_F(DesksTest, WhereThereAreNoDesksAWarrantCannotHaveOne) {
  policy_.desks = false;
  open();
  v1::Warrant warrant = make_warrant("A", "red-agency");
  warrant.set_desk("red");
  EXPECT_TRUE(absl::IsInvalidArgument(administration_->create_warrant(warrant).status()));
}

TEST_F(DesksTest, WhatStandsInTheWayOfAnAgencyIsNotNamed) {
  const std::string other = active(blue_, "blue-agency", "LIID-1");
  const Status refused = administration_->delete_agency("blue-agency", red_);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(std::string(refused.message()), testing::Not(testing::HasSubstr(other)));
  EXPECT_THAT(std::string(administration_->delete_agency("blue-agency", blue_).message()), testing::HasSubstr(other));
}

TEST_F(DesksTest, APreviewCountsOnlyWhatOneMaySee) {
  active(blue_, "blue-agency", "LIID-1");
  v1::Warrant own = make_warrant("LIID-2", "red-agency");
  own.set_order_sha256(std::string(32, 'x'));
  const std::string id = administration_->create_warrant(own, red_)->warrant().id();
  administration_->submit_warrant(id, done(), red_);
  EXPECT_EQ(administration_->preview_warrant(id, red_)->targets(0).other_warrants(), 0u);
  EXPECT_EQ(administration_->preview_warrant(id)->targets(0).other_warrants(), 1u);
}

}  // namespace
}  // namespace lictor::control
