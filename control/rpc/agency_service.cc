// Requests on agencies, handed on. gRPC's callback threads.
#include "control/rpc/agency_service.h"

#include "control/rpc/status.h"

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
  return answer(context, reply_of(administration_.create_agency(known_fields(request->agency()))), reply);
}

grpc::ServerUnaryReactor* AgencyService::UpdateAgency(grpc::CallbackServerContext* context,
                                                      const v1::UpdateAgencyRequest* request, v1::AgencyReply* reply) {
  return answer(context, reply_of(administration_.update_agency(known_fields(request->agency()))), reply);
}

grpc::ServerUnaryReactor* AgencyService::GetAgency(grpc::CallbackServerContext* context,
                                                   const v1::GetAgencyRequest* request, v1::AgencyReply* reply) {
  return answer(context, reply_of(administration_.get_agency(request->id())), reply);
}

grpc::ServerUnaryReactor* AgencyService::ListAgencies(grpc::CallbackServerContext* context,
                                                      const v1::ListAgenciesRequest* request,
                                                      v1::ListAgenciesReply* reply) {
  return answer(context, administration_.list_agencies(*request), reply);
}

grpc::ServerUnaryReactor* AgencyService::DeleteAgency(grpc::CallbackServerContext* context,
                                                      const v1::DeleteAgencyRequest* request,
                                                      v1::DeleteAgencyReply* reply) {
  const Status status = administration_.delete_agency(request->id());
  return answer(context, status.ok() ? Result<v1::DeleteAgencyReply>(v1::DeleteAgencyReply()) : status, reply);
}

grpc::ServerUnaryReactor* AgencyService::SendMessage(grpc::CallbackServerContext* context,
                                                     const v1::SendMessageRequest* request,
                                                     v1::SendMessageReply* reply) {
  return answer(context, administration_.send_message(known_fields(*request)), reply);
}

}  // namespace lictor::control
