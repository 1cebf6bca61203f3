// Who runs the platform learns by no call that somebody is intercepted: to the octet the same answers before and while.
#include <unistd.h>

#include "control/rpc/server.h"
#include "lictor/v1/alarm.grpc.pb.h"
#include "lictor/v1/fleet.grpc.pb.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

// Opened before there is a dataplane, which keeps hold of it.
class WithDesks : public ControlTest {
 protected:
  WithDesks() {
    policy_.desks = true;
    open();
  }
};

class PlatformViewTest : public WithDesks {
 protected:
  PlatformViewTest() {
    add_agency();
    EXPECT_TRUE(dataplane_.attach().ok());
    raise("link_down", "port/tap0");
    serve(Role::kPlatform);
  }
  ~PlatformViewTest() override { server_.reset(); }

  void serve(Role role) {
    server_.reset();
    const Identity identity{.name = "dora", .roles = RoleSet(role), .agency_id = {}, .network_element_id = {}};
    Result<std::unique_ptr<RpcServer>> server =
        RpcServer::start(*administration_, {.socket = socket_, .people = {{::geteuid(), identity}}});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel("unix:" + socket_, grpc::InsecureChannelCredentials(), own);
  }

  void raise(const char* code, const std::string& destination, const std::string& xid = "") {
    v1::DataplaneMessage message;
    v1::Alarm& alarm = *message.mutable_alarm();
    alarm.set_code(code);
    alarm.set_severity(v1::ALARM_SEVERITY_CRITICAL);
    alarm.set_destination_id(destination);
    alarm.set_xid(xid);
    alarm.set_raised_unix_ns(now_.unix_ns);
    alarm.set_count(1);
    dataplane_.report(message);
  }

  // Everything of an interception that a dataplane tells of, or is told.
  void intercept() {
    v1::Warrant asked = make_warrant();
    asked.clear_start();
    activate(file(asked));
    ASSERT_GT(dataplane_.take(), 0U);
    ASSERT_EQ(dataplane_.taps.size(), 1U);
    const std::string xid = dataplane_.taps.begin()->second.xid();
    raise("records_lost", "", xid);
    raise("destination_down", "police/hi2");
    raise("port_missed", "port/tap0");
    raise("fragments_given_up", "ports");
    v1::DataplaneMessage message;
    v1::Statistics& statistics = *message.mutable_statistics();
    statistics.set_taken_unix_ns(now_.unix_ns);
    statistics.add_tasks()->set_xid(xid);
    statistics.add_ports()->set_received(1);
    dataplane_.report(message);
    administration_->tick();
  }

  v1::ListAlarmsReply alarms() {
    grpc::ClientContext context;
    v1::ListAlarmsReply reply;
    EXPECT_TRUE(v1::FleetService::NewStub(channel_)->ListAlarms(&context, {}, &reply).ok());
    return reply;
  }
  std::string dataplanes() {
    grpc::ClientContext context;
    v1::ListDataplanesReply reply;
    EXPECT_TRUE(v1::FleetService::NewStub(channel_)->ListDataplanes(&context, {}, &reply).ok());
    return reply.DebugString();
  }
  grpc::StatusCode acknowledge(uint64_t id) {
    grpc::ClientContext context;
    v1::AcknowledgeAlarmRequest request;
    request.set_id(id);
    v1::AcknowledgeAlarmReply reply;
    return v1::AlarmService::NewStub(channel_)->AcknowledgeAlarm(&context, request, &reply).error_code();
  }

  const std::string socket_ = directory_.file("lictord.sock");
  FakeDataplane dataplane_{*administration_, "NE-1"};
  std::unique_ptr<RpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(PlatformViewTest, IsTheSameWhetherSomebodyIsInterceptedOrNot) {
  const std::string before = alarms().DebugString();
  const std::string dataplanes_before = dataplanes();
  ASSERT_EQ(alarms().alarms_size(), 1) << "of the port";
  intercept();
  EXPECT_EQ(alarms().DebugString(), before);
  EXPECT_EQ(dataplanes(), dataplanes_before);
}

TEST_F(PlatformViewTest, AcknowledgesWhatItSeesAndNothingElse) {
  intercept();
  const uint64_t port = alarms().alarms(0).id();
  std::vector<uint64_t> others;
  const v1::ListAlarmsReply all = *administration_->list_alarms({});
  for (const v1::Alarm& alarm : all.alarms())
    if (alarm.id() != port) others.push_back(alarm.id());
  EXPECT_EQ(others.size(), 5U)
      << "what is intercepted, and that NE-1 is new: whoever could attach it does not say that it is known";
  for (const uint64_t id : others) EXPECT_EQ(acknowledge(id), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(acknowledge(port), grpc::StatusCode::OK);
  EXPECT_EQ(alarms().alarms(0).acknowledged_by(), "dora");
}

}  // namespace
}  // namespace lictor::control
