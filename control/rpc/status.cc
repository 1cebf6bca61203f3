// A Status on its way to the wire.
#include "control/rpc/status.h"

#include <string>

#include "control/registry/violations.h"

namespace lictor::control {

grpc::Status to_grpc(const Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const absl::optional<absl::Cord> detail = status.GetPayload(kErrorDetailUrl);
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
          detail ? std::string(*detail) : std::string()};
}

}  // namespace lictor::control
