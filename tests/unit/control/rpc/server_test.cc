// The server over its real socket: services, errors, streams, health, reflection, and who may listen where.
#include "control/rpc/server.h"

#include <grpcpp/generic/generic_stub.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <future>

#include "control/rpc/socket_path.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

class ServerTest : public ControlTest {
 protected:
  ServerTest() {
    Result<std::unique_ptr<RpcServer>> server = RpcServer::start(*administration_, {.socket = socket_});
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel("unix:" + socket_, grpc::InsecureChannelCredentials());
    agencies_ = v1::AgencyService::NewStub(channel_);
    warrants_ = v1::WarrantService::NewStub(channel_);
    fleet_ = v1::FleetService::NewStub(channel_);
  }
  ~ServerTest() override { server_.reset(); }

  grpc::Status create_agency(const v1::Agency& agency) {
    grpc::ClientContext context;
    v1::CreateAgencyRequest request;
    *request.mutable_agency() = agency;
    v1::AgencyReply reply;
    return agencies_->CreateAgency(&context, request, &reply);
  }
  v1::WarrantReply create_warrant(const v1::Warrant& warrant) {
    grpc::ClientContext context;
    v1::CreateWarrantRequest request;
    *request.mutable_warrant() = warrant;
    v1::WarrantReply reply;
    const grpc::Status status = warrants_->CreateWarrant(&context, request, &reply);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return reply;
  }
  // Calls a method by its name, without its generated stub; the bytes of the reply.
  Result<std::string> call_by_name(const std::string& method, const std::string& bytes) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer reply;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, method, {}, &request, &reply,
                   [&](grpc::Status status) { done.set_value(std::move(status)); });
    const grpc::Status status = done.get_future().get();
    if (!status.ok()) return absl::UnavailableError(status.error_message());
    grpc::Slice whole;
    EXPECT_TRUE(reply.DumpToSingleSlice(&whole).ok());
    return std::string(whole.begin(), whole.end());
  }

  const std::string socket_ = directory_.file("lictord.sock");
  std::unique_ptr<RpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::AgencyService::Stub> agencies_;
  std::unique_ptr<v1::WarrantService::Stub> warrants_;
  std::unique_ptr<v1::FleetService::Stub> fleet_;
};

// A dataplane over a real stream, which acknowledges everything on a thread of its own.
class StreamingDataplane {
 public:
  StreamingDataplane(v1::FleetService::Stub& stub, char incarnation) : stream_(stub.Attach(&context_)) {
    v1::DataplaneMessage message;
    message.mutable_hello()->set_network_element_id("NE-1");
    message.mutable_hello()->set_incarnation(std::string(16, incarnation));
    stream_->Write(message);
    reader_ = std::thread([this] { read(); });
  }
  ~StreamingDataplane() { hang_up(); }

  void wait_in_sync() { in_sync_.get_future().wait(); }
  void send(const v1::DataplaneMessage& message) {
    const std::lock_guard lock(mutex_);
    stream_->Write(message);
  }
  grpc::Status hang_up() {
    if (!reader_.joinable()) return status_;
    {
      const std::lock_guard lock(mutex_);
      stream_->WritesDone();
    }
    return wait_for_end();
  }
  grpc::Status wait_for_end() {
    reader_.join();
    status_ = stream_->Finish();
    return status_;
  }

  std::vector<v1::Directive> directives;  // to be read after the stream's end

 private:
  void read() {
    v1::ControlMessage message;
    while (stream_->Read(&message)) {
      if (message.has_in_sync()) in_sync_.set_value();
      if (!message.has_directive()) continue;
      v1::Directive directive;
      EXPECT_TRUE(directive.ParseFromString(message.directive().directive()));
      directives.push_back(directive);
      v1::DataplaneMessage answer;
      answer.mutable_acknowledgement()->set_generation(directive.generation());
      answer.mutable_acknowledgement()->set_result(v1::DIRECTIVE_RESULT_APPLIED);
      send(answer);
    }
  }

  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::DataplaneMessage, v1::ControlMessage>> stream_;
  std::mutex mutex_;  // one writer at a time
  std::promise<void> in_sync_;
  std::thread reader_;
  grpc::Status status_;
};

TEST_F(ServerTest, TheSocketIsForItsOwnerOnly) {
  struct stat facts {};
  ASSERT_EQ(::stat(socket_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
}

TEST_F(ServerTest, ARefusalNamesItsFieldsInTextAndInDetail) {
  v1::Agency agency = make_agency();
  agency.set_country_code("x");
  agency.mutable_destinations(1)->mutable_endpoints(0)->set_port(0);
  const grpc::Status status = create_agency(agency);
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message().find("agency.country_code: "), 0u);
  v1::ErrorDetail detail;
  ASSERT_TRUE(detail.ParseFromString(status.error_details()));
  ASSERT_EQ(detail.violations_size(), 2);
  EXPECT_EQ(detail.violations(1).field(), "agency.destinations[1].endpoints[0].port");
}

TEST_F(ServerTest, AWarrantReachesADataplaneAndTheAnswerCountsIt) {
  ASSERT_TRUE(create_agency(make_agency()).ok());
  StreamingDataplane dataplane(*fleet_, 'a');
  dataplane.wait_in_sync();
  grpc::ClientContext context;
  v1::ActivateWarrantRequest request;
  request.set_id(create_warrant(make_warrant()).warrant().id());
  v1::WarrantReply reply;
  ASSERT_TRUE(warrants_->ActivateWarrant(&context, request, &reply).ok());
  EXPECT_EQ(reply.dataplanes_told(), 1u);
  EXPECT_EQ(reply.dataplanes_acknowledged(), 1u);
  EXPECT_TRUE(dataplane.hang_up().ok());
  ASSERT_EQ(dataplane.directives.size(), 2u);
  EXPECT_TRUE(dataplane.directives[0].has_tap());
  EXPECT_TRUE(dataplane.directives[1].has_mediation());
}

TEST_F(ServerTest, ManyDirectivesArriveInTheOrderOfTheirGenerations) {
  constexpr int kWarrants = 100;
  ASSERT_TRUE(create_agency(make_agency()).ok());
  for (int i = 0; i < kWarrants; ++i) activate(file(make_warrant("L" + std::to_string(i))));
  StreamingDataplane dataplane(*fleet_, 'a');
  dataplane.wait_in_sync();
  dataplane.hang_up();
  ASSERT_EQ(dataplane.directives.size(), 2u * kWarrants);
  for (size_t i = 1; i < dataplane.directives.size(); ++i)
    EXPECT_GT(dataplane.directives[i].generation(), dataplane.directives[i - 1].generation());
}

TEST_F(ServerTest, ASecondIncarnationIsToldWhyItIsRefused) {
  StreamingDataplane dataplane(*fleet_, 'a');
  dataplane.wait_in_sync();
  StreamingDataplane second(*fleet_, 'b');
  const grpc::Status status = second.wait_for_end();
  EXPECT_EQ(status.error_code(), grpc::ALREADY_EXISTS);
  EXPECT_EQ(status.error_message().find("hello.network_element_id: "), 0u);
}

TEST_F(ServerTest, AStreamMustBeginWithHello) {
  grpc::ClientContext context;
  const auto stream = fleet_->Attach(&context);
  v1::DataplaneMessage message;
  message.mutable_statistics()->set_taken_unix_ns(1);
  stream->Write(message);
  v1::ControlMessage answer;
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_EQ(stream->Finish().error_code(), grpc::INVALID_ARGUMENT);
}

TEST_F(ServerTest, StoppingEndsTheStreams) {
  StreamingDataplane dataplane(*fleet_, 'a');
  dataplane.wait_in_sync();
  server_->stop();
  EXPECT_EQ(dataplane.wait_for_end().error_code(), grpc::UNAVAILABLE);
}

TEST_F(ServerTest, UnknownFieldsAreNotKept) {
  v1::Agency agency = make_agency();
  agency.GetReflection()->MutableUnknownFields(&agency)->AddLengthDelimited(1000, "smuggled");
  ASSERT_TRUE(create_agency(agency).ok());
  EXPECT_EQ(administration_->get_agency("police")->SerializeAsString().find("smuggled"), std::string::npos);
}

TEST_F(ServerTest, HealthIsServedForEachService) {
  // grpc.health.v1: HealthCheckRequest{service = 1}, HealthCheckResponse{status = 1}, SERVING = 1.
  for (const std::string service : {"", "lictor.v1.AcceptanceService", "lictor.v1.WarrantService",
                                    "lictor.v1.FleetService", "lictor.v1.AgencyService"}) {
    const std::string request = "\x0a" + std::string(1, static_cast<char>(service.size())) + service;
    const Result<std::string> reply = call_by_name("/grpc.health.v1.Health/Check", request);
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_EQ(*reply, "\x08\x01") << service;
  }
}

TEST_F(ServerTest, ALiveSocketIsNotReplacedAndADeadOneIs) {
  EXPECT_EQ(clear_socket_path(socket_).code(), absl::StatusCode::kAlreadyExists);
  const std::string dead = directory_.file("dead.sock");
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  dead.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(socket);
  EXPECT_TRUE(clear_socket_path(dead).ok());
  EXPECT_FALSE(std::filesystem::exists(dead));
}

TEST(SocketPath, WhatIsNoSocketIsLeftAlone) {
  const TempDir directory;
  const std::string path = directory.file("precious");
  std::ofstream(path) << "data";
  EXPECT_EQ(clear_socket_path(path).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_EQ(clear_socket_path(std::string(200, 'x')).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(clear_socket_path(directory.file("nothing")).ok());
  const Status no_folder = clear_socket_path(directory.file("no/such.sock"));
  EXPECT_EQ(no_folder.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(no_folder.message().find(directory.file("no") + ": No such file"), std::string_view::npos) << no_folder;
}

using TcpTest = ControlTest;

TEST_F(TcpTest, TcpWithoutTlsIsRefused) {
  const auto server = RpcServer::start(*administration_, {.socket = directory_.file("l.sock"), .tcp = "127.0.0.1:0"});
  EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(server.status().message()).find("listen.tls.certificate"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(directory_.file("l.sock")));
}

}  // namespace
}  // namespace lictor::control
