// What takes a second person, handed on. gRPC's callback threads.
#include "control/rpc/approval_service.h"

namespace lictor::control {

grpc::ServerUnaryReactor* ApprovalService::SubmitWarrant(grpc::CallbackServerContext* context,
                                                         const v1::SubmitWarrantRequest* request,
                                                         v1::WarrantReply* reply) {
  return serve_later(door_, context,
                     {"/lictor.v1.ApprovalService/SubmitWarrant", "warrant.submit", Accounted::kWithCommit},
                     request->id(), reply, [&](const Call& call, const auto& done) {
                       door_.administration.submit_warrant(request->id(), done, call.deed.caller);
                     });
}

grpc::ServerUnaryReactor* ApprovalService::PreviewWarrant(grpc::CallbackServerContext* context,
                                                          const v1::PreviewWarrantRequest* request,
                                                          v1::PreviewWarrantReply* reply) {
  return serve(door_, context, {"/lictor.v1.ApprovalService/PreviewWarrant", "warrant.preview", Accounted::kAsRead},
               request->id(), reply,
               [&](const Call& call) { return door_.administration.preview_warrant(request->id(), call.deed.caller); });
}

grpc::ServerUnaryReactor* ApprovalService::ApproveWarrant(grpc::CallbackServerContext* context,
                                                          const v1::ApproveWarrantRequest* request,
                                                          v1::WarrantReply* reply) {
  return serve_later(door_, context,
                     {"/lictor.v1.ApprovalService/ApproveWarrant", "warrant.approve", Accounted::kWithCommit},
                     request->id(), reply, [&](const Call& call, const auto& done) {
                       door_.administration.approve_warrant(known_fields(*request), done, call.deed.caller);
                     });
}

grpc::ServerUnaryReactor* ApprovalService::RejectWarrant(grpc::CallbackServerContext* context,
                                                         const v1::RejectWarrantRequest* request,
                                                         v1::WarrantReply* reply) {
  return serve_later(door_, context,
                     {"/lictor.v1.ApprovalService/RejectWarrant", "warrant.reject", Accounted::kWithCommit},
                     request->id(), reply, [&](const Call& call, const auto& done) {
                       door_.administration.reject_warrant(known_fields(*request), done, call.deed.caller);
                     });
}

grpc::ServerUnaryReactor* ApprovalService::SuspendWarrant(grpc::CallbackServerContext* context,
                                                          const v1::SuspendWarrantRequest* request,
                                                          v1::WarrantReply* reply) {
  return serve_later(door_, context,
                     {"/lictor.v1.ApprovalService/SuspendWarrant", "warrant.suspend", Accounted::kWithCommit},
                     request->id(), reply, [&](const Call& call, const auto& done) {
                       door_.administration.suspend_warrant(request->id(), done, call.deed.caller);
                     });
}

grpc::ServerUnaryReactor* ApprovalService::ResumeWarrant(grpc::CallbackServerContext* context,
                                                         const v1::ResumeWarrantRequest* request,
                                                         v1::WarrantReply* reply) {
  return serve_later(door_, context,
                     {"/lictor.v1.ApprovalService/ResumeWarrant", "warrant.resume", Accounted::kWithCommit},
                     request->id(), reply, [&](const Call& call, const auto& done) {
                       door_.administration.resume_warrant(request->id(), done, call.deed.caller);
                     });
}

grpc::ServerUnaryReactor* ApprovalService::ReviewReduction(grpc::CallbackServerContext* context,
                                                           const v1::ReviewReductionRequest* request,
                                                           v1::WarrantReply* reply) {
  return serve_later(door_, context,
                     {"/lictor.v1.ApprovalService/ReviewReduction", "warrant.review", Accounted::kWithCommit},
                     request->id(), reply, [&](const Call& call, const auto& done) {
                       door_.administration.review_reduction(request->id(), done, call.deed.caller);
                     });
}

grpc::ServerUnaryReactor* ApprovalService::ActivateEmergency(grpc::CallbackServerContext* context,
                                                             const v1::ActivateEmergencyRequest* request,
                                                             v1::WarrantReply* reply) {
  return serve_later(door_, context,
                     {"/lictor.v1.ApprovalService/ActivateEmergency", "warrant.emergency", Accounted::kWithCommit},
                     request->id(), reply, [&](const Call& call, const auto& done) {
                       door_.administration.activate_emergency(known_fields(*request), done, call.deed.caller);
                     });
}

}  // namespace lictor::control
