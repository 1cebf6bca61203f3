// Requests on targets' sessions, handed on. gRPC's callback threads.
#include "control/rpc/session_service.h"

#include <set>

namespace lictor::control {

grpc::ServerUnaryReactor* SessionService::ListSessions(grpc::CallbackServerContext* context,
                                                       const v1::ListSessionsRequest* request,
                                                       v1::ListSessionsReply* reply) {
  return serve(door_, context, {"/lictor.v1.SessionService/ListSessions", "session.list", Accounted::kAsRead},
               request->warrant_id(), reply, [&](Call& call) {
                 Result<v1::ListSessionsReply> list = door_.administration.list_sessions(*request, call.deed.caller);
                 if (list.ok()) call.deed.fields = {{"sessions", std::to_string(list->sessions_size())}};
                 return list;
               });
}

// The account says whose they were that somebody looked at.
grpc::ServerUnaryReactor* SessionService::GetSession(grpc::CallbackServerContext* context,
                                                     const v1::GetSessionRequest* request, v1::GetSessionReply* reply) {
  return serve(door_, context, {"/lictor.v1.SessionService/GetSession", "session.show", Accounted::kAsRead}, {}, reply,
               [&](Call& call) {
                 Result<v1::GetSessionReply> found = door_.administration.get_session(request->id(), call.deed.caller);
                 if (!found.ok()) return found;
                 std::set<std::string> warrants;
                 for (const v1::TargetSession& session : found->sessions()) warrants.insert(session.warrant_id());
                 for (const std::string& id : warrants) call.deed.fields.push_back({"warrant", id});
                 return found;
               });
}

}  // namespace lictor::control
