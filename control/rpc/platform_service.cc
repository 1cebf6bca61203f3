#include "control/rpc/platform_service.h"

#include "dataplane/base/clock.h"

namespace lictor::control {

grpc::ServerUnaryReactor* PlatformService::BackUpStore(grpc::CallbackServerContext* context,
                                                       const v1::BackUpStoreRequest*, v1::BackUpStoreReply* reply) {
  return serve(door_, context, {"/lictor.v1.PlatformService/BackUpStore", "store.backup", Accounted::kAsEvent}, {},
               reply, [&](const Call& call) -> Result<v1::BackUpStoreReply> {
                 if (backups_ == nullptr) return absl::FailedPreconditionError("there is no store to copy");
                 const Status entered = door_.administration.account().announce(call.deed);
                 if (!entered.ok()) return entered;
                 const Result<Backup> backup = backups_->make(legal_now().unix_ns);
                 if (!backup.ok()) return backup.status();
                 v1::BackUpStoreReply answer;
                 answer.set_path(backup->path);
                 answer.set_bytes(backup->bytes);
                 return answer;
               });
}

grpc::ServerUnaryReactor* PlatformService::RetireDataplane(grpc::CallbackServerContext* context,
                                                           const v1::RetireDataplaneRequest* request,
                                                           v1::RetireDataplaneReply* reply) {
  return serve(
      door_, context, {"/lictor.v1.PlatformService/RetireDataplane", "dataplane.retire", Accounted::kWithCommit},
      request->network_element_id(), reply, [&](const Call& call) -> Result<v1::RetireDataplaneReply> {
        const Status retired = door_.administration.retire_dataplane(request->network_element_id(), call.deed.caller);
        if (!retired.ok()) return retired;
        return v1::RetireDataplaneReply();
      });
}

}  // namespace lictor::control
