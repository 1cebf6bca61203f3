// How lictorctl reaches the daemon, and how it says that something went wrong. One thread.
#include "control/cli/session.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "lictor/v1/types.pb.h"

namespace lictor::control::cli {
namespace {

constexpr int kMessageBytesMax = 16 << 20;

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file || text.empty()) return std::nullopt;
  return text;
}

std::shared_ptr<grpc::ChannelCredentials> credentials_of(const ServerOptions& server) {
  if (server.address.starts_with("unix:")) return grpc::InsecureChannelCredentials();
  const std::optional<std::string> ca = read_file(server.tls_ca);
  const std::optional<std::string> certificate = read_file(server.tls_certificate);
  const std::optional<std::string> key = read_file(server.tls_key);
  if (!ca || !certificate || !key) return nullptr;
  return grpc::SslCredentials({.pem_root_certs = *ca, .pem_private_key = *key, .pem_cert_chain = *certificate});
}

const char* name_of(grpc::StatusCode code) {
  switch (code) {
    case grpc::INVALID_ARGUMENT:
      return "INVALID_ARGUMENT";
    case grpc::NOT_FOUND:
      return "NOT_FOUND";
    case grpc::ALREADY_EXISTS:
      return "ALREADY_EXISTS";
    case grpc::FAILED_PRECONDITION:
      return "FAILED_PRECONDITION";
    case grpc::ABORTED:
      return "ABORTED";
    case grpc::UNAVAILABLE:
      return "UNAVAILABLE";
    case grpc::DEADLINE_EXCEEDED:
      return "DEADLINE_EXCEEDED";
    default:
      return "FAILED";
  }
}

// What of gRPC's account of an attempt says why it failed: "failed to connect to all addresses; last error: UNKNOWN:
// unix:/run/lictor/lictord.sock: No such file or directory".
std::string reason_of(const std::string& message) {
  const size_t last = message.rfind(": ");
  return message.find("last error: ") == std::string::npos ? message : message.substr(last + 2);
}

void print_error_json(const grpc::Status& status) {
  nlohmann::json error = {{"code", name_of(status.error_code())}, {"message", status.error_message()}};
  v1::ErrorDetail detail;
  if (detail.ParseFromString(status.error_details()))
    for (const v1::FieldViolation& violation : detail.violations())
      error["violations"].push_back({{"field", violation.field()}, {"description", violation.description()}});
  fmt::print(stderr, "{}\n",
             nlohmann::json{{"error", error}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

std::shared_ptr<grpc::Channel> Session::connect() {
  if (channel_ != nullptr) return channel_;
  const std::shared_ptr<grpc::ChannelCredentials> credentials = credentials_of(server);
  if (credentials == nullptr) {
    usage_error("a server that is not unix:PATH needs --tls-ca, --tls-certificate and --tls-key, each a readable file");
    return nullptr;
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);  // warrants do not pass through whatever the environment names
  channel_ = grpc::CreateCustomChannel(server.address, credentials, arguments);
  return channel_;
}

int Session::outcome(const grpc::Status& status) const {
  if (status.ok()) return kExitOk;
  const bool unreachable = status.error_code() == grpc::UNAVAILABLE || status.error_code() == grpc::DEADLINE_EXCEEDED;
  if (json)
    print_error_json(status);
  else if (unreachable)
    fmt::print(stderr, "lictorctl: cannot reach lictord at {}: {}; is it running?\n", server.address,
               reason_of(status.error_message()));
  else
    fmt::print(stderr, "lictorctl: refused: {}\n", status.error_message());
  return unreachable ? kExitUnreachable : kExitRefused;
}

std::string Session::json_of(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) text.clear();
  return text;
}

void Session::print_json(const google::protobuf::Message& message) { fmt::print("{}", json_of(message)); }

int usage_error(const std::string& what) {
  fmt::print(stderr, "lictorctl: {}\n", what);
  return kExitUsage;
}

}  // namespace lictor::control::cli
