// One stream of one dataplane. Nothing is queued here: whenever the last write is done, the next message is fetched
// from the administration, so a slow dataplane costs no memory and gets only the newest directive of each task. Its
// reactions run on gRPC's callback threads; wake and cancel come from any thread.
//
// Writing is a token. Who finds writing_ false takes it, and keeps it until OnWriteDone or until nothing is to be sent.
// The call is finished only by who holds the token or finds it free, so nothing is ever written behind Finish.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>
#include <optional>

#include "control/admin/administration.h"
#include "control/rpc/gate.h"
#include "lictor/v1/fleet.grpc.pb.h"

namespace lictor::control {

class AttachReactor final : public grpc::ServerBidiReactor<v1::DataplaneMessage, v1::ControlMessage> {
 public:
  // Owns itself until gRPC is done with it.
  // `certificate`: of the dataplane, while which stands the stream does; nothing: it came by the socket.
  static AttachReactor* start(Administration& administration, Admission admission, ClientCertificates* clients,
                              const std::optional<CertificateFacts>& certificate);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  AttachReactor(Administration& administration, Identity who) : administration_(administration), who_(std::move(who)) {}

  void on_hello();
  [[nodiscard]] Status check_hello() const;
  void refuse(const Status& status);
  enum class Due { kNews, kDirectives };
  // So much news in a row, then directives have their turn: a withdrawal must not wait for it.
  static constexpr uint32_t kNewsInARowMax = 32;

  // There may be something to send: takes the token, or tells its holder.
  void pump(Due due);
  // By the token's holder: writes the next message; where there is none, or the call is to be finished, gives the token
  // back.
  void send_next();
  // News of sessions alone where nothing else is due: it waits for no commit.
  std::optional<v1::ControlMessage> next_message(StreamId id, bool directives_due);
  void finish(const grpc::Status& status);
  void leave();
  void watch_certificate(ClientCertificates& clients, const CertificateFacts& certificate);

  Administration& administration_;
  const Identity who_;
  ClientCertificates* clients_ = nullptr;  // where the certificate is watched
  uint64_t ticket_ = 0;
  std::shared_ptr<AttachReactor> self_;
  v1::DataplaneMessage in_;
  v1::ControlMessage out_;      // of the token's holder
  uint32_t news_in_a_row_ = 0;  // the same
  std::mutex mutex_;            // guards what follows; never held while gRPC or the administration is called
  std::optional<StreamId> id_;
  bool writing_ = true;  // until the welcome is out
  bool woken_ = false;
  bool directives_due_ = true;
  std::optional<grpc::Status> finish_;
};

}  // namespace lictor::control
