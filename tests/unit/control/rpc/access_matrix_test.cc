// Every method of every service, as gRPC's reflection names them, called by every role: the access table's answer, and
// no other. A method without a row fails here.
#include <google/protobuf/descriptor.h>
#include <grpcpp/generic/generic_stub.h>
#include <unistd.h>

#include <future>
#include <set>

#include "control/access/access_table.h"
#include "control/rpc/server.h"
#include "lictor/v1/acceptance.pb.h"
#include "lictor/v1/approval.pb.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

// By way of the descriptors that reflection serves.
std::set<std::string> methods_of_lictor() {
  std::set<std::string> methods;
  const google::protobuf::DescriptorPool& pool = *google::protobuf::DescriptorPool::generated_pool();
  for (const char* const file : {"acceptance", "agency", "approval", "fleet", "warrant"}) {
    const google::protobuf::FileDescriptor* const described =
        pool.FindFileByName(std::string("lictor/v1/") + file + ".proto");
    if (described == nullptr) continue;
    for (int i = 0; i < described->service_count(); ++i)
      for (int k = 0; k < described->service(i)->method_count(); ++k)
        methods.insert("/" + described->service(i)->full_name() + "/" + described->service(i)->method(k)->name());
  }
  return methods;
}

class AccessMatrixTest : public ControlTest {
 protected:
  void serve(const Identity& identity) {
    Result<std::unique_ptr<RpcServer>> server =
        RpcServer::start(*administration_, {.socket = socket_, .people = {{::geteuid(), identity}}});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel("unix:" + socket_, grpc::InsecureChannelCredentials(), own);
  }
  ~AccessMatrixTest() override { server_.reset(); }

  // With an empty request: whoever is let in is refused for what it lacks, or gets an empty answer.
  grpc::StatusCode call(const std::string& method) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    const grpc::Slice slice("");
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer reply;
    std::promise<grpc::StatusCode> done;
    stub.UnaryCall(&context, method, {}, &request, &reply,
                   [&](const grpc::Status& status) { done.set_value(status.error_code()); });
    return done.get_future().get();
  }

  const std::string socket_ = directory_.file("lictord.sock");
  std::unique_ptr<RpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(AccessMatrixTest, EveryMethodHasARowAndEveryRowAMethod) {
  std::set<std::string> rows;
  for (const AccessRow& row : access_table()) rows.emplace(row.method);
  EXPECT_EQ(rows, methods_of_lictor());
}

class EveryRole : public AccessMatrixTest, public testing::WithParamInterface<Role> {};

TEST_P(EveryRole, GetsWhatItsRowsSayAndNothingElse) {
  serve({.name = "somebody",
         .roles = RoleSet(GetParam()),
         .agency_id = GetParam() == Role::kAgency ? "lea" : "",
         .network_element_id = {}});
  for (const std::string& method : methods_of_lictor()) {
    const bool may = std::ranges::any_of(
        access_table(), [&](const AccessRow& row) { return row.method == method && row.roles.has(GetParam()); });
    const grpc::StatusCode code = call(method);
    if (may) {
      EXPECT_NE(code, grpc::PERMISSION_DENIED) << method;
      EXPECT_NE(code, grpc::UNAUTHENTICATED) << method;
      EXPECT_NE(code, grpc::UNAVAILABLE) << method;
    } else {
      EXPECT_EQ(code, grpc::PERMISSION_DENIED) << method;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(AccessMatrix, EveryRole, testing::ValuesIn(kRoles),
                         [](const auto& role) { return std::string(name_of(role.param)); });

TEST_F(AccessMatrixTest, WhoIsNotListedIsHungUpOn) {
  Result<std::unique_ptr<RpcServer>> server = RpcServer::start(
      *administration_, {.socket = socket_, .people = {{::geteuid() + 1, everything_for("somebody else")}}});
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  channel_ = grpc::CreateChannel("unix:" + socket_, grpc::InsecureChannelCredentials());
  EXPECT_EQ(call("/lictor.v1.AgencyService/ListAgencies"), grpc::UNAVAILABLE);
  EXPECT_EQ(call("/grpc.health.v1.Health/Check"), grpc::UNAVAILABLE);
}

TEST_F(AccessMatrixTest, AConnectionMoreIsNobodyElsesThough) {
  serve({.name = "anna", .roles = RoleSet(Role::kAuditor), .agency_id = {}, .network_element_id = {}});
  for (int i = 0; i < 100; ++i) {
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel("unix:" + socket_, grpc::InsecureChannelCredentials(), own);
    ASSERT_EQ(call("/lictor.v1.AgencyService/ListAgencies"), grpc::OK);
    ASSERT_EQ(call("/lictor.v1.AgencyService/DeleteAgency"), grpc::PERMISSION_DENIED);
  }
}

}  // namespace
}  // namespace lictor::control
