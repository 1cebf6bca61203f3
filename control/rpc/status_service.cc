#include "control/rpc/status_service.h"

namespace lictor::control {

grpc::ServerUnaryReactor* StatusService::ListOwnWarrants(grpc::CallbackServerContext* context,
                                                         const v1::ListOwnWarrantsRequest* request,
                                                         v1::ListOwnWarrantsReply* reply) {
  return serve(door_, context, {"/lictor.v1.StatusService/ListOwnWarrants", "warrant.list_own", Accounted::kAsRead}, {},
               reply, [&](Call& call) {
                 Result<v1::ListOwnWarrantsReply> list =
                     door_.administration.list_own_warrants(call.who.agency_id, *request);
                 if (list.ok()) call.deed.fields = {{"warrants", std::to_string(list->warrants_size())}};
                 return list;
               });
}

}  // namespace lictor::control
