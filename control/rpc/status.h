// From a Status to what goes over the wire: the same code and message, and the ErrorDetail in the status details. Any
// thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include <utility>

#include "control/admin/account.h"
#include "dataplane/base/result.h"

namespace lictor::control {

grpc::Status to_grpc(const Status& status);

// Finishes a call with a reply or a refusal, once the account of it is on the disk.
template <typename Reply>
void finish(grpc::ServerUnaryReactor* reactor, Account& account, const Deed& deed, Accounted accounted,
            Result<Reply> result, Reply* reply) {
  Status status = account.before_answer(deed, result.status(), accounted);
  if (status.ok()) status = result.status();
  if (status.ok()) *reply = *std::move(result);
  reactor->Finish(to_grpc(status));
}

// What came in, without the fields that this version does not know: nothing is stored that nobody has checked.
template <typename Message>
Message known_fields(const Message& message) {
  Message copy = message;
  copy.DiscardUnknownFields();
  return copy;
}

}  // namespace lictor::control
