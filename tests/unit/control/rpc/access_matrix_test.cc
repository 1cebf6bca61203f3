// Every method of every service, as the server's own reflection names them, called by every role about its own object,
// somebody else's and one that is not there: the access table's answer, and no other. A method without a row fails
// here.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <grpcpp/generic/generic_stub.h>
#include <unistd.h>

#include <future>
#include <set>

#include "control/access/access_table.h"
#include "control/rpc/server.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr int kDepthMax = 2;  // "warrant.id", "hello.network_element_id"
constexpr const char* kListServices = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

// What a request can be about.
struct Objects {
  std::string agency;
  std::string warrant;
  std::string element;
  std::string liid;
};

// The fields of a request that say what it is about, wherever they are.
void fill(Message& message, const Objects& objects, bool is_warrants, int depth = 0) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* const field = message.GetDescriptor()->field(i);
    if (field->is_repeated()) continue;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && depth < kDepthMax) {
      if (field->containing_oneof() == nullptr || field->name() == "hello")
        fill(*message.GetReflection()->MutableMessage(&message, field), objects, is_warrants, depth + 1);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      std::string value;
      if (field->name() == "id" || field->name() == "warrant_id")
        value = is_warrants ? objects.warrant : objects.agency;
      if (field->name() == "agency_id") value = objects.agency;
      if (field->name() == "network_element_id") value = objects.element;
      if (!value.empty()) message.GetReflection()->SetString(&message, field, value);
    }
  }
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

  struct Answer {
    grpc::StatusCode code;
    std::string message;
    std::string octets;
  };
  Answer call(const std::string& method, const std::string& octets = "") {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    const grpc::Slice slice(octets);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer reply;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, method, {}, &request, &reply,
                   [&](grpc::Status status) { done.set_value(std::move(status)); });
    const grpc::Status status = done.get_future().get();
    grpc::Slice whole;
    const bool read = reply.Valid() && reply.DumpToSingleSlice(&whole).ok();
    return {.code = status.error_code(),
            .message = status.error_message(),
            .octets = read ? std::string(reinterpret_cast<const char*>(whole.begin()), whole.size()) : ""};
  }

  // By the names of services in the answer of the server's reflection, however that is encoded.
  std::vector<const MethodDescriptor*> methods_of_lictor() {
    const std::string answer = call(kListServices, std::string("\x3a\x00", 2)).octets;
    std::vector<const MethodDescriptor*> methods;
    for (size_t at = answer.find("lictor.v1."); at != std::string::npos; at = answer.find("lictor.v1.", at + 1)) {
      const std::string name = answer.substr(at, static_cast<uint8_t>(answer[at - 1]));  // behind its length
      const auto* const service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
      EXPECT_NE(service, nullptr) << name;
      for (int i = 0; service != nullptr && i < service->method_count(); ++i) methods.push_back(service->method(i));
    }
    return methods;
  }
  static std::string path_of(const MethodDescriptor& method) {
    return "/" + method.service()->full_name() + "/" + method.name();
  }

  const std::string socket_ = directory_.file("lictord.sock");
  std::unique_ptr<RpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(AccessMatrixTest, EveryMethodHasARowAndEveryRowAMethod) {
  serve({.name = "somebody", .roles = RoleSet(Role::kAuditor), .agency_id = {}, .network_element_id = {}});
  std::set<std::string> rows;
  for (const AccessRow& row : access_table()) rows.emplace(row.method);
  std::set<std::string> methods;
  for (const MethodDescriptor* const method : methods_of_lictor()) methods.insert(path_of(*method));
  EXPECT_GT(methods.size(), 20U);
  EXPECT_EQ(rows, methods);
}

class EveryRole : public AccessMatrixTest, public testing::WithParamInterface<Role> {
 protected:
  // Two of each: one is the caller's, as far as the role has any.
  void make_objects() {
    for (Objects* const objects : {&own_, &foreign_}) {
      const bool is_own = objects == &own_;
      *objects = {.agency = is_own ? "lea" : "other",
                  .warrant = {},
                  .element = is_own ? "NE-1" : "NE-2",
                  .liid = is_own ? "LIID-OWN" : "LIID-FOREIGN"};
      add_agency(make_agency(objects->agency));
      objects->warrant = file(make_warrant(objects->liid, objects->agency));
    }
    serve({.name = "somebody",
           .roles = RoleSet(GetParam()),
           .agency_id = GetParam() == Role::kAgency ? own_.agency : "",
           .network_element_id = GetParam() == Role::kDataplane ? own_.element : ""});
  }
  Answer try_cell(const MethodDescriptor& method, const Objects& objects) {
    google::protobuf::DynamicMessageFactory factory;
    const std::unique_ptr<Message> request(factory.GetPrototype(method.input_type())->New());
    fill(*request, objects, !method.service()->name().starts_with("Agency"));
    return call(path_of(method), request->SerializeAsString());
  }
  static bool may(const std::string& path) {
    return std::ranges::any_of(access_table(),
                               [&](const AccessRow& row) { return row.method == path && row.roles.has(GetParam()); });
  }

  Objects own_;
  Objects foreign_;
  const Objects nobodys_{
      .agency = "nobody", .warrant = "00000000-0000-4000-8000-000000000000", .element = "NE-9", .liid = {}};
};

TEST_P(EveryRole, GetsWhatItsRowsSayAndNothingElse) {
  make_objects();
  for (const MethodDescriptor* const method : methods_of_lictor()) {
    const std::string path = path_of(*method);
    const Answer own = try_cell(*method, own_);
    const Answer foreign = try_cell(*method, foreign_);
    const Answer nobodys = try_cell(*method, nobodys_);
    if (may(path)) {
      // An act may refuse a person for what he did before; the table's refusal speaks of roles.
      EXPECT_FALSE(own.code == grpc::PERMISSION_DENIED && own.message.starts_with("the role ")) << path;
      for (const grpc::StatusCode code : {grpc::UNAUTHENTICATED, grpc::UNAVAILABLE})
        EXPECT_NE(own.code, code) << path << ": " << own.message;
      if (GetParam() == Role::kDataplane) {
        EXPECT_EQ(foreign.code, grpc::PERMISSION_DENIED) << path;
      }
      if (GetParam() == Role::kAgency || GetParam() == Role::kPlatform || GetParam() == Role::kDataplane) {
        for (const Answer* const answer : {&own, &foreign, &nobodys})
          EXPECT_EQ(answer->octets.find(foreign_.liid), std::string::npos) << path;
      }
      continue;
    }
    // The same words whether the object is the caller's, another's, or not there at all.
    for (const Answer* const answer : {&own, &foreign, &nobodys}) {
      EXPECT_EQ(answer->code, grpc::PERMISSION_DENIED) << path;
      EXPECT_EQ(answer->message, own.message) << path;
      EXPECT_EQ(answer->octets, "") << path;
    }
  }
}

TEST_P(EveryRole, SeesNoLiidThatIsNotItsBusiness) {
  make_objects();
  const Answer listed = call("/lictor.v1.StatusService/ListOwnWarrants");
  const bool is_agency = GetParam() == Role::kAgency;
  EXPECT_EQ(listed.code, is_agency ? grpc::OK : grpc::PERMISSION_DENIED);
  EXPECT_EQ(listed.octets.find(own_.liid) != std::string::npos, is_agency);
  EXPECT_EQ(listed.octets.find(foreign_.liid), std::string::npos);
  EXPECT_EQ(listed.octets.find("192.0.2.7"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(AccessMatrix, EveryRole, testing::ValuesIn(kRoles),
                         [](const auto& role) { return std::string(name_of(role.param)); });

TEST_F(AccessMatrixTest, WhoIsNotListedIsHungUpOn) {
  Result<std::unique_ptr<RpcServer>> server = RpcServer::start(
      *administration_, {.socket = socket_, .people = {{::geteuid() + 1, everything_for("somebody else")}}});
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  channel_ = grpc::CreateChannel("unix:" + socket_, grpc::InsecureChannelCredentials());
  EXPECT_EQ(call("/lictor.v1.AgencyService/ListAgencies").code, grpc::UNAVAILABLE);
  EXPECT_EQ(call("/grpc.health.v1.Health/Check").code, grpc::UNAVAILABLE);
}

TEST_F(AccessMatrixTest, AConnectionMoreIsNobodyElsesThough) {
  serve({.name = "anna", .roles = RoleSet(Role::kAuditor), .agency_id = {}, .network_element_id = {}});
  for (int i = 0; i < 100; ++i) {
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel("unix:" + socket_, grpc::InsecureChannelCredentials(), own);
    ASSERT_EQ(call("/lictor.v1.AgencyService/ListAgencies").code, grpc::OK);
    ASSERT_EQ(call("/lictor.v1.AgencyService/DeleteAgency").code, grpc::PERMISSION_DENIED);
  }
}

}  // namespace
}  // namespace lictor::control
