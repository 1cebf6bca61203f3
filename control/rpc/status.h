// From a Status to what goes over the wire: the same code and message, and the ErrorDetail in the status details. Any
// thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include <utility>

#include "dataplane/base/result.h"

namespace lictor::control {

grpc::Status to_grpc(const Status& status);

// Finishes a unary call with a reply or a refusal.
template <typename Reply>
grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* context, Result<Reply> result, Reply* reply) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (result.ok()) *reply = *std::move(result);
  reactor->Finish(to_grpc(result.status()));
  return reactor;
}

// What came in, without the fields that this version does not know: nothing is stored that nobody has checked.
template <typename Message>
Message known_fields(const Message& message) {
  Message copy = message;
  copy.DiscardUnknownFields();
  return copy;
}

}  // namespace lictor::control
