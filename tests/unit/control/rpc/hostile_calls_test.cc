// Every method that reflection names, with requests made from its descriptor and damaged: no crash, no answer that is
// no answer, no half-applied change, and an audit log that holds. LICTOR_CALLS says how many calls each method gets.
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/generic/generic_stub.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <thread>

#include "control/access/access_table.h"
#include "control/admin/clock_loop.h"
#include "control/audit/verify.h"
#include "control/rpc/server.h"
#include "tests/unit/control/support/control_test.h"
#include "tests/unit/control/support/hostile_message.h"

namespace lictor::control {
namespace {

constexpr uint64_t kClients = 8;  // at once
constexpr uint64_t kCallsDefault = 200;
constexpr const char* kMade = "somebody's";

uint64_t calls_wanted() {
  const char* const wanted = std::getenv("LICTOR_CALLS");
  return wanted == nullptr ? kCallsDefault : std::strtoull(wanted, nullptr, 10);
}

std::vector<const google::protobuf::MethodDescriptor*> methods() {
  std::vector<const google::protobuf::MethodDescriptor*> all;
  for (const AccessRow& row : access_table()) {
    std::string name(row.method.substr(1));
    name[name.find('/')] = '.';
    const auto* const method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
    // Of a method that streams its answer, all but the first message would be waited for by nobody.
    const bool streams_answer = method != nullptr && method->server_streaming() && !method->client_streaming();
    if (!streams_answer) all.push_back(method);
  }
  return all;
}

std::string path_of(const google::protobuf::MethodDescriptor& method) {
  return "/" + method.service()->full_name() + "/" + method.name();
}

bool is_message(const google::protobuf::Descriptor& type, const std::string& octets) {
  const std::unique_ptr<google::protobuf::Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
  return message->ParseFromString(octets);
}

class HostileCallsTest : public testing::Test {
 protected:
  HostileCallsTest() {
    open();
    root_ = log_->signer();
    EXPECT_TRUE(administration_->create_agency(make_agency()).ok());
    for (int i = 0; i < 4; ++i)
      warrants_.push_back(administration_->create_warrant(make_warrant(fmt::format("LIID-{}", i)))->warrant().id());
  }

  void open() {
    administration_.reset();
    log_.reset();
    Result<std::unique_ptr<AuditLog>> log = AuditLog::open({.folder = directory_.file("audit"),
                                                            .key_path = directory_.file("audit-keys"),
                                                            .store_head = *Account::remembered_by(*store_)},
                                                           kNow.unix_ns);
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
    administration_ = *Administration::open(
        *store_, {.audit = log_.get(), .acknowledge_wait_ns = 0, .legal_clock = [] { return kNow; }});
  }

  // What a right request would look like, where a random one would hardly ever come to anything.
  std::string request_for(HostileMessages& hostile, const google::protobuf::MethodDescriptor& method) {
    const google::protobuf::Descriptor& type = *method.input_type();
    if (hostile.below(2) == 0) return hostile.make(type);
    const std::string& id = warrants_[hostile.below(warrants_.size())];
    if (method.name() == "CreateAgency") {
      v1::CreateAgencyRequest request;
      *request.mutable_agency() = make_agency(fmt::format("agency-{}", hostile.below(50)));
      return hostile.make_from(request);
    }
    if (method.name() == "CreateWarrant") {
      v1::CreateWarrantRequest request;
      *request.mutable_warrant() = make_warrant(fmt::format("L-{}", hostile.below(1'000'000)));
      return hostile.make_from(request);
    }
    if (method.name() == "ModifyWarrant") {
      v1::ModifyWarrantRequest request;
      const Result<v1::WarrantReply> now = administration_->get_warrant(id);
      if (now.ok()) *request.mutable_warrant() = now->warrant();
      return hostile.make_from(request);
    }
    if (type.full_name() == "lictor.v1.DataplaneMessage") {
      v1::DataplaneMessage message;
      message.mutable_hello()->set_network_element_id(fmt::format("NE-{}", hostile.below(4)));
      message.mutable_hello()->set_incarnation(std::string(16, static_cast<char>('a' + hostile.below(3))));
      return hostile.make_from(message);
    }
    v1::GetWarrantRequest by_id;  // of the same form as all that name one object
    by_id.set_id(hostile.below(8) == 0 ? "police" : id);
    return hostile.make_from(by_id);
  }

  void know(HostileMessages& hostile) const {
    for (const std::string& id : warrants_) hostile.know(id);
    hostile.know("agency-1");
  }

  static grpc::StatusCode call(grpc::GenericStub& stub, const std::string& method, const std::string& octets) {
    grpc::ClientContext context;
    const grpc::Slice slice(octets);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer reply;
    std::promise<grpc::StatusCode> done;
    stub.UnaryCall(&context, method, {}, &request, &reply,
                   [&](const grpc::Status& status) { done.set_value(status.error_code()); });
    return done.get_future().get();
  }

  // A stream with up to four messages, and an end that the dataplane or the daemon chooses.
  grpc::StatusCode stream(grpc::GenericStub& stub, HostileMessages& hostile,
                          const google::protobuf::MethodDescriptor& method) {
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    void* tag = nullptr;
    bool is_fine = false;
    const std::unique_ptr<grpc::GenericClientAsyncReaderWriter> one =
        stub.PrepareCall(&context, path_of(method), &queue);
    one->StartCall(nullptr);
    queue.Next(&tag, &is_fine);
    for (uint64_t left = 1 + hostile.below(4); left > 0 && is_fine; --left) {
      const grpc::Slice slice(request_for(hostile, method));
      one->Write(grpc::ByteBuffer(&slice, 1), nullptr);
      queue.Next(&tag, &is_fine);
    }
    context.TryCancel();
    grpc::Status status;
    one->Finish(&status, nullptr);
    queue.Next(&tag, &is_fine);
    return status.error_code();
  }

  // Each method `calls` times, in an order that nobody planned.
  void call_all(uint64_t client, uint64_t calls, const std::string& address) {
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    grpc::GenericStub stub(grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), own));
    HostileMessages hostile(client + 1);
    know(hostile);
    const std::vector<const google::protobuf::MethodDescriptor*> all = methods();
    for (uint64_t i = 0; i < calls * all.size(); ++i) {
      const google::protobuf::MethodDescriptor& method = *all[hostile.below(all.size())];
      if (method.client_streaming()) {
        ++answers_[stream(stub, hostile, method)];
        continue;
      }
      const std::string octets = request_for(hostile, method);
      const grpc::StatusCode code = call(stub, path_of(method), octets);
      // What is no message of this type is answered so by gRPC, before anything of ours.
      if (code == grpc::UNIMPLEMENTED && !is_message(*method.input_type(), octets)) continue;
      // What is the role agency's alone.
      if (code == grpc::PERMISSION_DENIED && !check_access(everything_for(kMade), path_of(method)).ok()) continue;
      ++answers_[code];
    }
  }

  // Everything that people can read, as one text.
  std::string picture() {
    std::string all;
    v1::ListAgenciesRequest agencies;
    agencies.set_page_size(1000);
    all += administration_->list_agencies(agencies)->ShortDebugString();
    v1::ListWarrantsRequest warrants;
    warrants.set_page_size(1000);
    do {
      const Result<v1::ListWarrantsReply> page = administration_->list_warrants(warrants);
      if (!page.ok()) return std::string(page.status().message());
      for (const v1::Warrant& warrant : page->warrants()) all += warrant.ShortDebugString() + "\n";
      warrants.set_page_token(page->next_page_token());
    } while (!warrants.page_token().empty());
    return all;
  }

  const TempDir directory_;
  const std::unique_ptr<SqliteStore> store_ = open_store(directory_.file("store.db"));
  std::unique_ptr<AuditLog> log_;
  std::unique_ptr<Administration> administration_;
  PublicKey root_{};
  std::vector<std::string> warrants_;
  std::array<std::atomic<uint64_t>, 17> answers_{};  // by grpc::StatusCode
};

TEST_F(HostileCallsTest, ChangeNothingHalfAndLeaveAnAccountThatHolds) {
  const std::string socket = directory_.file("lictord.sock");
  Result<std::unique_ptr<RpcServer>> server =
      RpcServer::start(*administration_, {.socket = socket, .people = {{::geteuid(), everything_for(kMade)}}});
  ASSERT_TRUE(server.ok()) << server.status();
  std::optional<ClockLoop> clock_loop(std::in_place, *administration_, *store_);
  std::vector<std::thread> clients;
  for (uint64_t client = 0; client < kClients; ++client)
    clients.emplace_back([&, client] { call_all(client, calls_wanted() / kClients, "unix:" + socket); });
  for (std::thread& client : clients) client.join();
  (*server)->stop();
  server->reset();
  clock_loop.reset();

  EXPECT_GT(answers_[grpc::OK], 0u);
  EXPECT_GT(answers_[grpc::INVALID_ARGUMENT], 0u);
  for (const grpc::StatusCode never : {grpc::UNKNOWN, grpc::UNIMPLEMENTED, grpc::UNAVAILABLE, grpc::DATA_LOSS,
                                       grpc::UNAUTHENTICATED, grpc::PERMISSION_DENIED})
    EXPECT_EQ(answers_[never], 0u) << "status " << never;

  const std::string before = picture();
  ASSERT_TRUE(log_->checkpoint(kNow.unix_ns).ok());
  const Result<AuditVerdict> verdict = verify_audit(
      directory_.file("audit"), {.key = root_, .initial_mac = nullptr, .remembered = *Account::remembered_by(*store_)});
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_FALSE(verdict->problem);
  open();
  EXPECT_EQ(picture(), before);
}

}  // namespace
}  // namespace lictor::control
