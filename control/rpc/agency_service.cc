// Requests on agencies, handed on. gRPC's callback threads.
#include "control/rpc/agency_service.h"

namespace lictor::control {
namespace {

Result<v1::AgencyReply> reply_of(const Result<v1::Agency>& agency) {
  if (!agency.ok()) return agency.status();
  v1::AgencyReply reply;
  *reply.mutable_agency() = *agency;
  return reply;
}

}  // namespace

grpc::ServerUnaryReactor* AgencyService::CreateAgency(grpc::CallbackServerContext* context,
                                                      const v1::CreateAgencyRequest* request, v1::AgencyReply* reply) {
  return serve(door_, context, {"/lictor.v1.AgencyService/CreateAgency", "agency.create", Accounted::kWithCommit},
               request->agency().id(), reply, [&](const Call& call) {
                 return reply_of(door_.administration.create_agency(known_fields(request->agency()), call.deed.caller));
               });
}

grpc::ServerUnaryReactor* AgencyService::UpdateAgency(grpc::CallbackServerContext* context,
                                                      const v1::UpdateAgencyRequest* request, v1::AgencyReply* reply) {
  return serve(door_, context, {"/lictor.v1.AgencyService/UpdateAgency", "agency.update", Accounted::kWithCommit},
               request->agency().id(), reply, [&](const Call& call) {
                 return reply_of(door_.administration.update_agency(known_fields(request->agency()), call.deed.caller));
               });
}

grpc::ServerUnaryReactor* AgencyService::GetAgency(grpc::CallbackServerContext* context,
                                                   const v1::GetAgencyRequest* request, v1::AgencyReply* reply) {
  return serve(door_, context, {"/lictor.v1.AgencyService/GetAgency", "agency.get", Accounted::kAsRead}, request->id(),
               reply, [&](const Call&) { return reply_of(door_.administration.get_agency(request->id())); });
}

grpc::ServerUnaryReactor* AgencyService::ListAgencies(grpc::CallbackServerContext* context,
                                                      const v1::ListAgenciesRequest* request,
                                                      v1::ListAgenciesReply* reply) {
  return serve(door_, context, {"/lictor.v1.AgencyService/ListAgencies", "agency.list", Accounted::kAsRead}, {}, reply,
               [&](const Call&) { return door_.administration.list_agencies(*request); });
}

grpc::ServerUnaryReactor* AgencyService::DeleteAgency(grpc::CallbackServerContext* context,
                                                      const v1::DeleteAgencyRequest* request,
                                                      v1::DeleteAgencyReply* reply) {
  return serve(door_, context, {"/lictor.v1.AgencyService/DeleteAgency", "agency.delete", Accounted::kWithCommit},
               request->id(), reply, [&](const Call& call) {
                 const Status status = door_.administration.delete_agency(request->id(), call.deed.caller);
                 return status.ok() ? Result<v1::DeleteAgencyReply>(v1::DeleteAgencyReply()) : status;
               });
}

grpc::ServerUnaryReactor* AgencyService::SendMessage(grpc::CallbackServerContext* context,
                                                     const v1::SendMessageRequest* request,
                                                     v1::SendMessageReply* reply) {
  return serve(door_, context, {"/lictor.v1.AgencyService/SendMessage", "agency.message", Accounted::kAsEvent},
               request->agency_id(), reply, [&](const Call& call) {
                 return door_.administration.send_message(known_fields(*request), call.deed.caller);
               });
}

}  // namespace lictor::control
