// Dataplanes that attach, refuse, report and go.
#include <gmock/gmock.h>

#include "control/registry/scope.h"
#include "control/registry/time_text.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

class DataplanesTest : public ControlTest {
 protected:
  DataplanesTest() {
    add_agency();
    EXPECT_TRUE(dataplane_.attach().ok());
    dataplane_.take();
    for (const v1::Alarm& alarm : standing())  // that it is new
      EXPECT_TRUE(administration_->acknowledge_alarm(alarm.id(), "anna", AlarmsShown::kAll).ok());
  }

  std::vector<v1::Alarm> standing() {
    v1::ListAlarmsRequest request;
    request.set_standing_only(true);
    const v1::ListAlarmsReply reply = *administration_->list_alarms(request);
    return {reply.alarms().begin(), reply.alarms().end()};
  }
  v1::TapStatus only_tap() {
    const Result<v1::ListTapsReply> reply = administration_->list_taps("");
    EXPECT_EQ(reply->taps_size(), 1);
    return reply->taps_size() == 1 ? reply->taps(0) : v1::TapStatus();
  }
  static v1::DataplaneMessage statistics_of(const std::string& octets, v1::TapState state) {
    v1::DataplaneMessage message;
    v1::TaskStatistics& task = *message.mutable_statistics()->add_tasks();
    task.set_xid(octets);
    task.set_state(state);
    task.mutable_records()->set_matched(11);
    return message;
  }
  void report_state(v1::TapState state) { dataplane_.report(statistics_of(octets_, state)); }

  std::string octets_;  // of the XID that report_state is about
  FakeDataplane dataplane_{*administration_, "NE-1"};
};

TEST_F(DataplanesTest, AnotherLiveIncarnationIsRefusedAndADeadOneReplaced) {
  FakeDataplane other(*administration_, "NE-1", 'b');
  EXPECT_EQ(other.attach().code(), absl::StatusCode::kAlreadyExists);
  dataplane_.detach();
  EXPECT_TRUE(other.attach().ok());
}

TEST_F(DataplanesTest, TheSameProcessThatDialsAgainReplacesItsOldStream) {
  FakeDataplane again(*administration_, "NE-1");
  EXPECT_TRUE(again.attach().ok());
  EXPECT_EQ(dataplane_.cancels, 1);
  dataplane_.detach();  // the end of the old stream is noticed late, and changes nothing
  EXPECT_TRUE(administration_->list_dataplanes().dataplanes(0).attached());
}

TEST_F(DataplanesTest, ANetworkElementThatNeverWasHereIsAlarmedUntilSomebodyAcknowledgesIt) {
  EXPECT_TRUE(standing().empty()) << "of the one that is known by now";
  FakeDataplane stranger(*administration_, "NE-9");
  ASSERT_TRUE(stranger.attach().ok());
  ASSERT_EQ(standing().size(), 1u);
  EXPECT_EQ(standing()[0].code(), "dataplane_new");
  EXPECT_EQ(standing()[0].network_element_id(), "NE-9");
  v1::DataplaneMessage cleared;
  cleared.mutable_alarm()->set_code("dataplane_new");
  cleared.mutable_alarm()->set_cleared_unix_ns(now_.unix_ns);
  stranger.report(cleared);
  stranger.restart('b');
  ASSERT_TRUE(stranger.attach().code() == absl::StatusCode::kAlreadyExists);
  open();
  EXPECT_EQ(standing().size(), 1u) << "neither it nor a restart ends that";
  ASSERT_TRUE(administration_->acknowledge_alarm(standing()[0].id(), "anna", AlarmsShown::kAll).ok());
  EXPECT_TRUE(standing().empty());
  FakeDataplane known(*administration_, "NE-9", 'c');
  ASSERT_TRUE(known.attach().ok());
  EXPECT_TRUE(standing().empty());
}

TEST_F(DataplanesTest, InALaboratoryElementsComeAndGo) {
  policy_.lab = true;
  open();
  FakeDataplane stranger(*administration_, "NE-9");
  ASSERT_TRUE(stranger.attach().ok());
  EXPECT_TRUE(standing().empty());
}

TEST_F(DataplanesTest, ABadHelloNamesItsField) {
  const std::pair<const char*, std::function<void(v1::Hello&)>> cases[] = {
      {"hello.network_element_id", [](v1::Hello& h) { h.set_network_element_id(""); }},
      {"hello.network_element_id", [](v1::Hello& h) { h.set_network_element_id("a/b"); }},
      {"hello.network_element_id", [](v1::Hello& h) { h.set_network_element_id(std::string(17, 'n')); }},
      {"hello.interception_point_id", [](v1::Hello& h) { h.set_interception_point_id("123456789"); }},
      {"hello.incarnation", [](v1::Hello& h) { h.set_incarnation("short"); }},
      {"hello.software_version", [](v1::Hello& h) { h.set_software_version(std::string(65, 'v')); }},
      {"hello.ports[0]", [](v1::Hello& h) { h.add_ports()->set_name("\n"); }},
  };
  for (const auto& [field, spoil] : cases) {
    FakeDataplane dataplane(*administration_, "NE-9");
    spoil(dataplane.hello());
    const Status status = dataplane.attach();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message().find(field), 0u) << status;
  }
}

TEST_F(DataplanesTest, GoingAwayIsAnAlarmUntilItComesBack) {
  EXPECT_TRUE(standing().empty());
  dataplane_.detach();
  ASSERT_EQ(standing().size(), 1u);
  EXPECT_EQ(standing()[0].code(), "dataplane_detached");
  EXPECT_EQ(standing()[0].network_element_id(), "NE-1");
  ASSERT_TRUE(dataplane_.attach().ok());
  EXPECT_TRUE(standing().empty());
}

TEST_F(DataplanesTest, WhoDoesNotComeBackAfterARestartIsMissed) {
  open();
  pass(10);
  EXPECT_TRUE(standing().empty());
  pass(10);
  EXPECT_EQ(standing().size(), 1u);
}

TEST_F(DataplanesTest, ARefusalIsShownAndRaisesAnAlarm) {
  const std::string id = file();
  activate(id);
  dataplane_.take(SIZE_MAX, false);
  const uint64_t last = dataplane_.hello().resume_generation();
  dataplane_.answer(last - 1, v1::DIRECTIVE_RESULT_REFUSED, "no room for more tasks");
  dataplane_.answer(last, v1::DIRECTIVE_RESULT_APPLIED);
  ASSERT_TRUE(done_.has_value());
  EXPECT_EQ((**done_).dataplanes_acknowledged(), 0u);
  ASSERT_EQ((**done_).warnings_size(), 1);
  EXPECT_TRUE((**done_).warnings(0).ends_with(": no room for more tasks")) << (**done_).warnings(0);
  EXPECT_EQ(only_tap().refusal(), "no room for more tasks");
  EXPECT_EQ(only_tap().state(), v1::TAP_STATE_REFUSED);
  EXPECT_EQ(only_tap().warrant_id(), id);
  ASSERT_EQ(standing().size(), 1u);
  EXPECT_EQ(standing()[0].code(), "directive_refused");
  EXPECT_EQ(FakeDataplane::text_of(standing()[0].xid()), warrant(id).xids(0));
}

TEST_F(DataplanesTest, ARefusalIsOverWhenALaterDirectiveOfItsTaskIsApplied) {
  const std::string id = file();
  activate(id);
  dataplane_.take(SIZE_MAX, false);
  const uint64_t last = dataplane_.hello().resume_generation();
  dataplane_.answer(last - 1, v1::DIRECTIVE_RESULT_REFUSED, "no room for more tasks");
  dataplane_.answer(last, v1::DIRECTIVE_RESULT_APPLIED);
  ASSERT_EQ(standing().size(), 1u);
  v1::Warrant given = warrant(id);
  given.set_content(v1::CONTENT_IRI);
  administration_->modify_warrant(given, done());
  EXPECT_EQ(standing().size(), 1u);  // told, not answered
  dataplane_.take();
  EXPECT_TRUE(standing().empty());
}

TEST_F(DataplanesTest, ARefusalIsOverWhenItsTaskIsNotHeldAnyMore) {
  activate(file());
  dataplane_.take(SIZE_MAX, false);
  dataplane_.answer(dataplane_.hello().resume_generation(), v1::DIRECTIVE_RESULT_REFUSED, "no room");
  ASSERT_EQ(standing().size(), 1u);
  dataplane_.detach();
  dataplane_.restart('b');
  ASSERT_TRUE(dataplane_.attach().ok());
  EXPECT_TRUE(standing().empty());
}

TEST_F(DataplanesTest, AClockThatDiffersIsAnAlarmUntilAnAttachmentWithAGoodOne) {
  const auto attach_with = [&](int64_t difference_ns) {
    dataplane_.detach();
    dataplane_.hello().set_clock_unix_ns(now_.unix_ns + difference_ns);
    EXPECT_TRUE(dataplane_.attach().ok());
  };
  attach_with(kNanosecondsPerSecond);
  EXPECT_TRUE(standing().empty());
  attach_with(-kNanosecondsPerSecond - 1);
  ASSERT_EQ(standing().size(), 1u);
  EXPECT_EQ(standing()[0].code(), "clock_differs");
  EXPECT_EQ(standing()[0].severity(), v1::ALARM_SEVERITY_WARNING);
  attach_with(11 * kNanosecondsPerSecond);
  ASSERT_EQ(standing().size(), 1u);
  EXPECT_EQ(standing()[0].severity(), v1::ALARM_SEVERITY_CRITICAL);
  EXPECT_EQ(standing()[0].text(), "the dataplane's clock is 11000 ms ahead");
  attach_with(-2 * now_.unix_ns);  // made up
  EXPECT_EQ(standing().size(), 1u);
  attach_with(0);
  EXPECT_TRUE(standing().empty());
}

TEST_F(DataplanesTest, AnAnswerToWhatWasNeverSentChangesNothing) {
  activate(file());
  dataplane_.answer(1'000'000, v1::DIRECTIVE_RESULT_REFUSED, "made up");
  dataplane_.answer(0, v1::DIRECTIVE_RESULT_APPLIED);
  EXPECT_FALSE(done_.has_value());
  EXPECT_EQ(administration_->list_dataplanes().dataplanes(0).acknowledged_generation(), 0u);
  EXPECT_TRUE(standing().empty());
}

TEST_F(DataplanesTest, ATapThatWasAcknowledgedIsActiveBeforeItIsReported) {
  v1::Warrant at_once = make_warrant();
  at_once.clear_start();
  activate(file(at_once));
  EXPECT_EQ(only_tap().state(), v1::TAP_STATE_PENDING);
  dataplane_.take(SIZE_MAX, false);
  EXPECT_EQ(only_tap().state(), v1::TAP_STATE_PENDING) << "it is not applied";
  dataplane_.answer(dataplane_.hello().resume_generation(), v1::DIRECTIVE_RESULT_APPLIED);
  EXPECT_EQ(only_tap().state(), v1::TAP_STATE_ACTIVE);
}

TEST_F(DataplanesTest, AReportThatIsOlderThanTheAcknowledgementDoesNotKnowBetter) {
  v1::Warrant at_once = make_warrant();
  at_once.clear_start();
  activate(file(at_once));
  dataplane_.take(SIZE_MAX, false);
  octets_ = dataplane_.taps.begin()->second.xid();
  report_state(v1::TAP_STATE_PENDING);
  EXPECT_EQ(only_tap().state(), v1::TAP_STATE_PENDING);
  dataplane_.answer(dataplane_.hello().resume_generation(), v1::DIRECTIVE_RESULT_APPLIED);
  EXPECT_EQ(only_tap().state(), v1::TAP_STATE_ACTIVE);
  report_state(v1::TAP_STATE_PENDING);
  EXPECT_EQ(only_tap().state(), v1::TAP_STATE_PENDING) << "it knows better from then on";
}

TEST_F(DataplanesTest, ATapOfALaterWindowIsPendingUntilThen) {
  v1::Warrant later = make_warrant();
  later.set_start(format_time({now_.unix_ns + 60 * kNanosecondsPerSecond}));
  activate(file(later));
  dataplane_.take();
  EXPECT_EQ(only_tap().state(), v1::TAP_STATE_PENDING);
  pass(60);
  EXPECT_EQ(only_tap().state(), v1::TAP_STATE_ACTIVE);
}

TEST_F(DataplanesTest, AScopeThatNamesWhatNobodyHasIsTakenWithAWarning) {
  dataplane_.detach();
  v1::PortInfo& port = *dataplane_.hello().add_ports();
  port.set_name("tap0");
  port.set_tap_group("core");
  ASSERT_TRUE(dataplane_.attach().ok());
  const auto warnings = [&](const std::string& scope, int liid) {
    v1::Warrant warrant = make_warrant();
    warrant.set_liid("LIID-SCOPE-" + std::to_string(liid));
    *warrant.mutable_targets(0)->mutable_scope() = *parse_scope(scope);
    const Result<v1::WarrantReply> filed = administration_->create_warrant(warrant);
    EXPECT_TRUE(filed.ok()) << filed.status();
    activate(filed->warrant().id());
    dataplane_.take();
    EXPECT_EQ(done_->value().warnings_size(), filed->warnings_size()) << "when it is activated, too";
    return filed->warnings_size() == 0 ? "" : filed->warnings(0);
  };
  int liid = 0;
  for (const char* good : {"any", "ne=NE-1", "group=core", "ne=NE-1,group=core,port=tap0", "vlan=100"})
    EXPECT_EQ(warnings(good, ++liid), "") << good;
  EXPECT_THAT(warnings("ne=NOPE", ++liid), testing::HasSubstr("no such dataplane"));
  for (const char* bad : {"port=nope", "group=edge", "ne=NE-1,port=nope", "group=core,port=nope"})
    EXPECT_THAT(warnings(bad, ++liid), testing::HasSubstr("warrant.targets[0].scope: no such port")) << bad;
}

TEST_F(DataplanesTest, StatisticsAreShownAndADeliveredTaskIsForgotten) {
  const std::string id = file();
  activate(id);
  dataplane_.take();
  octets_ = dataplane_.taps.begin()->second.xid();
  report_state(v1::TAP_STATE_ACTIVE);
  EXPECT_EQ(only_tap().state(), v1::TAP_STATE_ACTIVE);
  EXPECT_EQ(only_tap().matched(), 11u);
  report_state(v1::TAP_STATE_ENDED);  // without a withdrawal the hold stays
  EXPECT_EQ(administration_->list_taps("")->taps_size(), 1);
  administration_->end_warrant(id, done());
  dataplane_.take();
  report_state(v1::TAP_STATE_DRAINING);
  EXPECT_EQ(administration_->list_taps("")->taps_size(), 1);
  report_state(v1::TAP_STATE_ENDED);
  EXPECT_EQ(administration_->list_taps("")->taps_size(), 0);
  EXPECT_EQ(administration_->get_statistics("NE-1")->statistics().tasks_size(), 1);
  EXPECT_EQ(administration_->get_statistics("NE-7").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(DataplanesTest, ATaskThatIsDeliveredAfterARestartOfTheDaemonIsForgotten) {
  const std::string id = file();
  activate(id);
  dataplane_.take();
  octets_ = dataplane_.taps.begin()->second.xid();
  administration_->end_warrant(id, done());
  dataplane_.take();
  open();
  FakeDataplane same(*administration_, "NE-1");
  same.hello() = dataplane_.hello();
  ASSERT_TRUE(same.attach().ok());
  ASSERT_FALSE(same.welcome.full());
  EXPECT_EQ(administration_->list_taps("")->taps_size(), 1);
  same.report(statistics_of(octets_, v1::TAP_STATE_ENDED));
  EXPECT_EQ(administration_->list_taps("")->taps_size(), 0);
}

TEST_F(DataplanesTest, AlarmsGetTheirNetworkElementFromTheStreamAndSurviveARestart) {
  v1::DataplaneMessage message;
  message.mutable_alarm()->set_code("records_lost");
  message.mutable_alarm()->set_network_element_id("somebody else");
  message.mutable_alarm()->set_count(5);
  dataplane_.report(message);
  administration_->tick();
  open();
  ASSERT_EQ(standing().size(), 1u);
  EXPECT_EQ(standing()[0].network_element_id(), "NE-1");
  EXPECT_EQ(standing()[0].count(), 5u);
}

TEST_F(DataplanesTest, ALabDataplaneIsNotToldOfRealAgencies) {
  FakeDataplane lab(*administration_, "LAB-1");
  lab.hello().set_lab(true);
  ASSERT_TRUE(lab.attach().ok());
  lab.take();
  activate(file());
  dataplane_.take();
  EXPECT_EQ(lab.take(), 0u);
  ASSERT_TRUE(done_.has_value() && done_->ok());
  ASSERT_EQ((**done_).warnings_size(), 1);
  EXPECT_NE((**done_).warnings(0).find("LAB-1"), std::string::npos);
  v1::Agency agency = *administration_->get_agency("police");
  for (v1::Destination& destination : *agency.mutable_destinations()) destination.set_lab(true);
  ASSERT_TRUE(administration_->update_agency(agency).ok());
  EXPECT_EQ(lab.take(), 2u);
}

TEST_F(DataplanesTest, ALabMarkThatGoesAndComesBackBeginsANewTask) {
  FakeDataplane lab(*administration_, "LAB-1");
  lab.hello().set_lab(true);
  ASSERT_TRUE(lab.attach().ok());
  const std::string id = file();
  activate(id);
  dataplane_.take();
  const auto mark = [&](bool is_lab) {
    v1::Agency agency = *administration_->get_agency("police");
    for (v1::Destination& destination : *agency.mutable_destinations()) destination.set_lab(is_lab);
    ASSERT_TRUE(administration_->update_agency(agency).ok());
    lab.take();
    dataplane_.take();
  };
  mark(true);
  EXPECT_EQ(lab.taps.count(warrant(id).xids(0)), 1u);
  const std::string old_xid = warrant(id).xids(0);
  mark(false);
  EXPECT_TRUE(lab.taps.empty());
  EXPECT_EQ(warrant(id).xids(0), old_xid);
  mark(true);
  EXPECT_NE(warrant(id).xids(0), old_xid);
  for (const FakeDataplane* dataplane : {&lab, &dataplane_}) {
    EXPECT_EQ(dataplane->taps.size(), 1u);
    EXPECT_EQ(dataplane->taps.count(warrant(id).xids(0)), 1u);
  }
  administration_->end_warrant(id, done());
  lab.take();
  EXPECT_TRUE(lab.taps.empty());
}

TEST_F(DataplanesTest, StoppingEndsStreamsAndWaits) {
  activate(file());
  administration_->stop();
  EXPECT_EQ(dataplane_.cancels, 1);
  EXPECT_TRUE(done_.has_value());
  FakeDataplane late(*administration_, "NE-2");
  EXPECT_EQ(late.attach().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace lictor::control
