// Requests on changes of agencies that take two persons, handed on. gRPC's callback threads.
#include "control/rpc/agency_change_service.h"

namespace lictor::control {

grpc::ServerUnaryReactor* AgencyChangeService::ProposeAgencyChange(grpc::CallbackServerContext* context,
                                                                   const v1::ProposeAgencyChangeRequest* request,
                                                                   v1::AgencyChange* reply) {
  return serve(door_, context,
               {"/lictor.v1.AgencyChangeService/ProposeAgencyChange", "agency.propose", Accounted::kWithCommit},
               request->agency().id(), reply, [&](const Call& call) {
                 return door_.administration.propose_agency_change(known_fields(request->agency()), call.deed.caller);
               });
}

grpc::ServerUnaryReactor* AgencyChangeService::GetAgencyChange(grpc::CallbackServerContext* context,
                                                               const v1::GetAgencyChangeRequest* request,
                                                               v1::AgencyChange* reply) {
  return serve(door_, context, {"/lictor.v1.AgencyChangeService/GetAgencyChange", "agency.preview", Accounted::kAsRead},
               request->id(), reply,
               [&](const Call&) { return door_.administration.get_agency_change(request->id()); });
}

grpc::ServerUnaryReactor* AgencyChangeService::ApproveAgencyChange(grpc::CallbackServerContext* context,
                                                                   const v1::ApproveAgencyChangeRequest* request,
                                                                   v1::AgencyReply* reply) {
  return serve(door_, context,
               {"/lictor.v1.AgencyChangeService/ApproveAgencyChange", "agency.approve", Accounted::kWithCommit},
               request->id(), reply, [&](const Call& call) -> Result<v1::AgencyReply> {
                 Result<v1::Agency> agency =
                     door_.administration.approve_agency_change(request->id(), request->revision(), call.deed.caller);
                 if (!agency.ok()) return agency.status();
                 v1::AgencyReply answer;
                 *answer.mutable_agency() = *std::move(agency);
                 return answer;
               });
}

grpc::ServerUnaryReactor* AgencyChangeService::RejectAgencyChange(grpc::CallbackServerContext* context,
                                                                  const v1::RejectAgencyChangeRequest* request,
                                                                  v1::RejectAgencyChangeReply* reply) {
  return serve(door_, context,
               {"/lictor.v1.AgencyChangeService/RejectAgencyChange", "agency.reject", Accounted::kWithCommit},
               request->id(), reply, [&](const Call& call) -> Result<v1::RejectAgencyChangeReply> {
                 const Status status =
                     door_.administration.reject_agency_change(request->id(), request->revision(), call.deed.caller);
                 if (!status.ok()) return status;
                 return v1::RejectAgencyChangeReply();
               });
}

}  // namespace lictor::control
