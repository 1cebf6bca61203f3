// Requests on warrants, handed on. gRPC's callback threads.
#include "control/rpc/warrant_service.h"

#include "control/registry/secret_octets.h"
#include "control/rpc/status.h"

namespace lictor::control {
namespace {

// Finishes the call whenever the administration is done with it.
Administration::WarrantDone finish_later(grpc::ServerUnaryReactor* reactor, v1::WarrantReply* reply) {
  return [reactor, reply](Result<v1::WarrantReply> result) {
    const grpc::Status status = to_grpc(result.status());
    if (result.ok()) *reply = *std::move(result);
    reactor->Finish(status);
  };
}

}  // namespace

grpc::ServerUnaryReactor* WarrantService::CreateWarrant(grpc::CallbackServerContext* context,
                                                        const v1::CreateWarrantRequest* request,
                                                        v1::WarrantReply* reply) {
  v1::Warrant given = known_fields(request->warrant());
  Result<v1::WarrantReply> result = administration_.create_warrant(given);
  SecretOctets::wipe(*given.mutable_payload_key());
  return answer(context, std::move(result), reply);
}

grpc::ServerUnaryReactor* WarrantService::ActivateWarrant(grpc::CallbackServerContext* context,
                                                          const v1::ActivateWarrantRequest* request,
                                                          v1::WarrantReply* reply) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  administration_.activate_warrant(request->id(), finish_later(reactor, reply));
  return reactor;
}

grpc::ServerUnaryReactor* WarrantService::ModifyWarrant(grpc::CallbackServerContext* context,
                                                        const v1::ModifyWarrantRequest* request,
                                                        v1::WarrantReply* reply) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  v1::Warrant given = known_fields(request->warrant());
  administration_.modify_warrant(given, finish_later(reactor, reply));
  SecretOctets::wipe(*given.mutable_payload_key());
  return reactor;
}

grpc::ServerUnaryReactor* WarrantService::EndWarrant(grpc::CallbackServerContext* context,
                                                     const v1::EndWarrantRequest* request, v1::WarrantReply* reply) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  administration_.end_warrant(request->id(), finish_later(reactor, reply));
  return reactor;
}

grpc::ServerUnaryReactor* WarrantService::RevokeWarrant(grpc::CallbackServerContext* context,
                                                        const v1::RevokeWarrantRequest* request,
                                                        v1::WarrantReply* reply) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  administration_.revoke_warrant(request->id(), finish_later(reactor, reply));
  return reactor;
}

grpc::ServerUnaryReactor* WarrantService::GetWarrant(grpc::CallbackServerContext* context,
                                                     const v1::GetWarrantRequest* request, v1::WarrantReply* reply) {
  return answer(context, administration_.get_warrant(request->id()), reply);
}

grpc::ServerUnaryReactor* WarrantService::GetPayloadKey(grpc::CallbackServerContext* context,
                                                        const v1::GetPayloadKeyRequest* request,
                                                        v1::GetPayloadKeyReply* reply) {
  return answer(context, administration_.get_payload_key(request->id()), reply);
}

grpc::ServerUnaryReactor* WarrantService::ListWarrants(grpc::CallbackServerContext* context,
                                                       const v1::ListWarrantsRequest* request,
                                                       v1::ListWarrantsReply* reply) {
  return answer(context, administration_.list_warrants(*request), reply);
}

}  // namespace lictor::control
