// How a method is served: who calls, whether he may, the act, the account of it, the answer. gRPC's callback threads;
// what is answered later, on the thread that brings the answer.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "control/admin/administration.h"
#include "control/rpc/gate.h"
#include "control/rpc/status.h"

namespace lictor::control {

// What every service needs. Outlived by both.
struct Door {
  Administration& administration;
  const Gate& gate;
  ClientCertificates* clients = nullptr;  // whose streams are ended when their certificates are
};

struct Method {
  std::string_view path;  // its row in the access table
  const char* action;     // what the account calls it
  Accounted accounted;
};

struct Call {
  Identity who;
  Deed deed;
  Accounted accounted;  // as the method has it, unless the act knows better
};

// `act` gets the call and what to call once with a Result<Reply>, whenever it has one. `object`: an id of ours, or
// empty.
template <typename Reply, typename Act>
grpc::ServerUnaryReactor* serve_later(const Door& door, grpc::CallbackServerContext* context, const Method& method,
                                      const std::string& object, Reply* reply, const Act& act) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  Account& account = door.administration.account();
  const Admission admission = door.gate.admit(*context, method.path);
  const Call call{.who = admission.who,
                  .deed = {.action = method.action, .object = object, .caller = caller_of(admission.who)},
                  .accounted = method.accounted};
  const auto done = [reactor, &account, deed = call.deed, accounted = method.accounted, reply](Result<Reply> result) {
    finish(reactor, account, deed, accounted, std::move(result), reply);
  };
  if (admission.status.ok())
    act(call, done);
  else
    done(admission.status);
  return reactor;
}

// `act` gets the call, may add fields to its deed or say how it is accounted, and answers a Result<Reply>.
template <typename Reply, typename Act>
grpc::ServerUnaryReactor* serve(const Door& door, grpc::CallbackServerContext* context, const Method& method,
                                const std::string& object, Reply* reply, const Act& act) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  Admission admission = door.gate.admit(*context, method.path);
  Call call{.who = std::move(admission.who),
            .deed = {.action = method.action, .object = object},
            .accounted = method.accounted};
  call.deed.caller = caller_of(call.who);
  Result<Reply> result = admission.status.ok() ? Result<Reply>(act(call)) : Result<Reply>(admission.status);
  finish(reactor, door.administration.account(), call.deed, call.accounted, std::move(result), reply);
  return reactor;
}

}  // namespace lictor::control
