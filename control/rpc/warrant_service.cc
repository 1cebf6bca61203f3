// Requests on warrants, handed on. gRPC's callback threads.
#include "control/rpc/warrant_service.h"

namespace lictor::control {

grpc::ServerUnaryReactor* WarrantService::CreateWarrant(grpc::CallbackServerContext* context,
                                                        const v1::CreateWarrantRequest* request,
                                                        v1::WarrantReply* reply) {
  return serve(door_, context, {"/lictor.v1.WarrantService/CreateWarrant", "warrant.create", Accounted::kWithCommit},
               {}, reply, [&](const Call& call) {
                 return door_.administration.create_warrant(known_fields(request->warrant()), call.deed.caller);
               });
}

grpc::ServerUnaryReactor* WarrantService::ActivateWarrant(grpc::CallbackServerContext* context,
                                                          const v1::ActivateWarrantRequest* request,
                                                          v1::WarrantReply* reply) {
  return serve_later(door_, context,
                     {"/lictor.v1.WarrantService/ActivateWarrant", "warrant.activate", Accounted::kWithCommit},
                     request->id(), reply, [&](const Call& call, const auto& done) {
                       door_.administration.activate_warrant(request->id(), done, call.deed.caller);
                     });
}

grpc::ServerUnaryReactor* WarrantService::ModifyWarrant(grpc::CallbackServerContext* context,
                                                        const v1::ModifyWarrantRequest* request,
                                                        v1::WarrantReply* reply) {
  return serve_later(door_, context,
                     {"/lictor.v1.WarrantService/ModifyWarrant", "warrant.modify", Accounted::kWithCommit},
                     request->warrant().id(), reply, [&](const Call& call, const auto& done) {
                       door_.administration.modify_warrant(known_fields(request->warrant()), done, call.deed.caller);
                     });
}

grpc::ServerUnaryReactor* WarrantService::EndWarrant(grpc::CallbackServerContext* context,
                                                     const v1::EndWarrantRequest* request, v1::WarrantReply* reply) {
  return serve_later(door_, context, {"/lictor.v1.WarrantService/EndWarrant", "warrant.end", Accounted::kWithCommit},
                     request->id(), reply, [&](const Call& call, const auto& done) {
                       door_.administration.end_warrant(request->id(), done, call.deed.caller);
                     });
}

grpc::ServerUnaryReactor* WarrantService::RevokeWarrant(grpc::CallbackServerContext* context,
                                                        const v1::RevokeWarrantRequest* request,
                                                        v1::WarrantReply* reply) {
  return serve_later(door_, context,
                     {"/lictor.v1.WarrantService/RevokeWarrant", "warrant.revoke", Accounted::kWithCommit},
                     request->id(), reply, [&](const Call& call, const auto& done) {
                       door_.administration.revoke_warrant(request->id(), done, call.deed.caller);
                     });
}

grpc::ServerUnaryReactor* WarrantService::GetWarrant(grpc::CallbackServerContext* context,
                                                     const v1::GetWarrantRequest* request, v1::WarrantReply* reply) {
  return serve(door_, context, {"/lictor.v1.WarrantService/GetWarrant", "warrant.get", Accounted::kAsRead},
               request->id(), reply,
               [&](const Call& call) { return door_.administration.get_warrant(request->id(), call.deed.caller); });
}

grpc::ServerUnaryReactor* WarrantService::GetPayloadKey(grpc::CallbackServerContext* context,
                                                        const v1::GetPayloadKeyRequest* request,
                                                        v1::GetPayloadKeyReply* reply) {
  return serve(door_, context, {"/lictor.v1.WarrantService/GetPayloadKey", "warrant.payload_key", Accounted::kAsRead},
               request->id(), reply,
               [&](const Call& call) { return door_.administration.get_payload_key(request->id(), call.deed.caller); });
}

grpc::ServerUnaryReactor* WarrantService::ListWarrants(grpc::CallbackServerContext* context,
                                                       const v1::ListWarrantsRequest* request,
                                                       v1::ListWarrantsReply* reply) {
  return serve(door_, context, {"/lictor.v1.WarrantService/ListWarrants", "warrant.list", Accounted::kAsRead},
               request->agency_id(), reply, [&](Call& call) {
                 Result<v1::ListWarrantsReply> list = door_.administration.list_warrants(*request, call.deed.caller);
                 if (list.ok()) call.deed.fields = {{"warrants", std::to_string(list->warrants_size())}};
                 return list;
               });
}

}  // namespace lictor::control
