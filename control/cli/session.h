// One run of lictorctl: where the daemon is, how to print, and how calls are made. One thread.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace lictor::control::cli {

enum ExitCode { kExitOk = 0, kExitRefused = 1, kExitUsage = 2, kExitUnreachable = 3 };

struct ServerOptions {
  std::string address;  // "unix:PATH" or "HOST:PORT"
  std::string tls_ca;   // PEM files, for HOST:PORT
  std::string tls_certificate;
  std::string tls_key;
};

class Session {
 public:
  // Longer than the longest acknowledge_wait_ms that lictord takes.
  static constexpr std::chrono::seconds kCallTimeout{90};
  static constexpr std::chrono::hours kStreamTimeout{1};

  ServerOptions server;
  bool json = false;
  std::function<int()> action;  // of the subcommand that was given; answers the exit code

  // Calls `method` of `Service`; a failure is printed, and its exit code returned.
  template <typename Service, typename Request, typename Reply>
  int call(grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&, Reply*), const Request& request,
           Reply& reply) {
    const std::shared_ptr<grpc::Channel> channel = connect();
    if (channel == nullptr) return kExitUsage;
    const std::unique_ptr<typename Service::Stub> stub = Service::NewStub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kCallTimeout);
    return outcome((stub.get()->*method)(&context, request, &reply));
  }

  // Reads a stream to its end, or until `take` wants no more.
  template <typename Service, typename Request, typename Reply, typename Take>
  int read_all(std::unique_ptr<grpc::ClientReader<Reply>> (Service::Stub::*method)(grpc::ClientContext*,
                                                                                   const Request&),
               const Request& request, const Take& take) {
    const std::shared_ptr<grpc::Channel> channel = connect();
    if (channel == nullptr) return kExitUsage;
    const std::unique_ptr<typename Service::Stub> stub = Service::NewStub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kStreamTimeout);
    const std::unique_ptr<grpc::ClientReader<Reply>> reader = (stub.get()->*method)(&context, request);
    Reply reply;
    while (reader->Read(&reply))
      if (!take(reply)) context.TryCancel();
    return outcome(reader->Finish());
  }

  // Protobuf's JSON, with the names of the proto files.
  static std::string json_of(const google::protobuf::Message& message);
  static void print_json(const google::protobuf::Message& message);

 private:
  // Null, and the reason printed, where the options do not say how.
  std::shared_ptr<grpc::Channel> connect();
  [[nodiscard]] int outcome(const grpc::Status& status) const;

  std::shared_ptr<grpc::Channel> channel_;
};

// A mistake of the person at the terminal: printed, and kExitUsage returned.
int usage_error(const std::string& what);

}  // namespace lictor::control::cli
