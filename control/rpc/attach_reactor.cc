// The stream's reactions and the write token (see the header). gRPC's callback threads, and whoever wakes it.
#include "control/rpc/attach_reactor.h"

#include <utility>

#include "control/rpc/status.h"

namespace lictor::control {

AttachReactor* AttachReactor::start(Administration& administration) {
  std::shared_ptr<AttachReactor> reactor(new AttachReactor(administration));
  reactor->self_ = reactor;
  reactor->StartRead(&reactor->in_);
  return reactor.get();
}

void AttachReactor::OnReadDone(bool ok) {
  if (!ok) {
    finish(grpc::Status::OK);  // first: leaving asks for an end with a less friendly status
    return leave();
  }
  if (!id_) return on_hello();  // id_ is written by reads only, and they follow one another
  administration_.report(*id_, std::move(in_));
  in_.Clear();
  StartRead(&in_);
}

void AttachReactor::on_hello() {
  const std::weak_ptr<AttachReactor> weak = self_;
  const auto with_reactor = [weak](auto call) {
    return [weak, call] {
      if (const std::shared_ptr<AttachReactor> reactor = weak.lock()) call(*reactor);
    };
  };
  Stream stream{.wake = with_reactor([](AttachReactor& reactor) { reactor.pump(); }),
                .cancel = with_reactor([](AttachReactor& reactor) {
                  reactor.finish({grpc::StatusCode::UNAVAILABLE, "the stream was replaced, or the daemon stops"});
                })};
  Result<Attachment> attachment = in_.has_hello()
                                      ? administration_.attach(in_.hello(), std::move(stream))
                                      : absl::InvalidArgumentError("hello: the first message of a stream must be it");
  if (!attachment.ok()) {
    finish(to_grpc(attachment.status()));
    return send_next();
  }
  {
    const std::lock_guard lock(mutex_);
    id_ = attachment->id;
  }
  *out_.mutable_welcome() = attachment->welcome;
  StartWrite(&out_);
  StartRead(&in_);
}

void AttachReactor::OnWriteDone(bool ok) {
  if (!ok) finish({grpc::StatusCode::UNAVAILABLE, "the dataplane does not read any more"});
  send_next();
}

void AttachReactor::pump() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    if (writing_ || finish_) return;
    writing_ = true;
  }
  send_next();
}

void AttachReactor::send_next() {
  for (;;) {
    std::optional<StreamId> id;
    {
      const std::lock_guard lock(mutex_);
      woken_ = false;
      if (!finish_) id = id_;
    }
    std::optional<v1::ControlMessage> message = id ? administration_.next_message(*id) : std::nullopt;
    if (message) {
      out_ = *std::move(message);
      StartWrite(&out_);
      return;
    }
    const std::lock_guard lock(mutex_);
    if (finish_) break;
    if (woken_) continue;
    writing_ = false;
    return;
  }
  Finish(*finish_);  // set once, and read by nobody else any more
}

void AttachReactor::finish(const grpc::Status& status) {
  {
    const std::lock_guard lock(mutex_);
    if (finish_) return;
    finish_ = status;
    if (writing_) return;
  }
  Finish(status);
}

void AttachReactor::OnCancel() {
  finish({grpc::StatusCode::CANCELLED, "the dataplane hung up"});
  leave();
}

void AttachReactor::leave() {
  std::optional<StreamId> id;
  {
    const std::lock_guard lock(mutex_);
    id = id_;
  }
  if (id) administration_.detach(*id);
}

void AttachReactor::OnDone() {
  leave();
  self_.reset();
}

}  // namespace lictor::control
