// The stream's reactions and the write token (see the header). gRPC's callback threads, and whoever wakes it.
#include "control/rpc/attach_reactor.h"

#include <utility>

#include "control/rpc/client_certificates.h"
#include "control/rpc/status.h"

namespace lictor::control {

AttachReactor* AttachReactor::start(Administration& administration, Admission admission, ClientCertificates* clients,
                                    const std::optional<CertificateFacts>& certificate) {
  std::shared_ptr<AttachReactor> reactor(new AttachReactor(administration, std::move(admission.who)));
  reactor->self_ = reactor;
  if (clients != nullptr && certificate) reactor->watch_certificate(*clients, *certificate);
  if (admission.status.ok())
    reactor->StartRead(&reactor->in_);
  else
    reactor->refuse(admission.status);
  return reactor.get();
}

// Called again with each sweep until the call is over: a peer that does not read has the end in its queue.
void AttachReactor::watch_certificate(ClientCertificates& clients, const CertificateFacts& certificate) {
  clients_ = &clients;
  ticket_ = clients.watch(certificate, [weak = std::weak_ptr(self_)](const Status& why) {
    const std::shared_ptr<AttachReactor> reactor = weak.lock();
    if (reactor == nullptr) return;
    reactor->finish(to_grpc(why));
    reactor->leave();
  });
}

void AttachReactor::OnReadDone(bool ok) {
  if (!ok) {
    finish(grpc::Status::OK);  // first: leaving asks for an end with a less friendly status
    if (!id_) send_next();     // no hello: the token is still the reader's
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
  Stream stream{.wake = with_reactor([](AttachReactor& reactor) { reactor.pump(Due::kDirectives); }),
                .news = with_reactor([](AttachReactor& reactor) { reactor.pump(Due::kNews); }),
                .cancel = with_reactor([](AttachReactor& reactor) {
                  reactor.finish({grpc::StatusCode::UNAVAILABLE, "the stream was replaced, or the daemon stops"});
                })};
  if (Status status = check_hello(); !status.ok()) return refuse(status);
  Result<Attachment> attachment = administration_.attach(in_.hello(), std::move(stream), caller_of(who_));
  if (!attachment.ok()) return refuse(attachment.status());
  {
    const std::lock_guard lock(mutex_);
    id_ = attachment->id;
  }
  *out_.mutable_welcome() = attachment->welcome;
  StartWrite(&out_);
  StartRead(&in_);
}

Status AttachReactor::check_hello() const {
  if (!in_.has_hello()) return absl::InvalidArgumentError("hello: the first message of a stream must be it");
  const std::string& own = who_.network_element_id;
  if (!own.empty() && own != in_.hello().network_element_id())
    return absl::PermissionDeniedError("hello.network_element_id: the certificate is another network element's");
  return absl::OkStatus();
}

// By the token's holder.
void AttachReactor::refuse(const Status& status) {
  const Deed deed{.action = "dataplane.attach", .object = in_.hello().network_element_id(), .caller = caller_of(who_)};
  static_cast<void>(administration_.account().before_answer(deed, status, Accounted::kWithCommit));  // says it itself
  finish(to_grpc(status));
  send_next();
}

void AttachReactor::OnWriteDone(bool ok) {
  if (!ok) finish({grpc::StatusCode::UNAVAILABLE, "the dataplane does not read any more"});
  send_next();
}

void AttachReactor::pump(Due due) {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    directives_due_ |= due == Due::kDirectives;
    if (writing_ || finish_) return;
    writing_ = true;
  }
  send_next();
}

void AttachReactor::send_next() {
  for (;;) {
    std::optional<StreamId> id;
    bool directives_due = false;
    {
      const std::lock_guard lock(mutex_);
      woken_ = false;
      directives_due = std::exchange(directives_due_, false);
      if (!finish_) id = id_;
    }
    std::optional<v1::ControlMessage> message = id ? next_message(*id, directives_due) : std::nullopt;
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

std::optional<v1::ControlMessage> AttachReactor::next_message(StreamId id, bool directives_due) {
  std::optional<v1::ControlMessage> message;
  if (!directives_due || news_in_a_row_ < kNewsInARowMax) message = administration_.next_news(id);
  news_in_a_row_ = message ? news_in_a_row_ + 1 : 0;
  if (!message && directives_due) message = administration_.next_message(id);
  if (directives_due && message) {  // there may be more
    const std::lock_guard lock(mutex_);
    directives_due_ = true;
  }
  // The turn of directives is over, and there was none.
  return message || !directives_due ? message : administration_.next_news(id);
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
  if (clients_ != nullptr) clients_->forget(ticket_);
  leave();
  self_.reset();
}

}  // namespace lictor::control
