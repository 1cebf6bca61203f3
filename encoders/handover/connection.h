// One destination at work: finds an endpoint, connects, sends what the encoders append, asks for signs of life and
// acknowledgements, confirms, and begins anew on a record boundary when the connection is lost. run(), ready() and
// finish() on one handover thread (finish() also after that thread has let go of it); change(), drained() and
// statistics() on any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dataplane/base/alarm.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/counter.h"
#include "encoders/handover/confirm_book.h"
#include "encoders/handover/destination.h"
#include "encoders/handover/keepalive_watch.h"
#include "encoders/handover/option_talk.h"
#include "encoders/handover/outbox.h"
#include "encoders/handover/outlet.h"
#include "encoders/handover/peer_book.h"
#include "encoders/handover/redial.h"
#include "encoders/handover/resolver.h"
#include "encoders/handover/token_bucket.h"
#include "encoders/handover/transport.h"
#include "encoders/spool/spool_depot.h"

namespace lictor {

struct ConnectionLimits {
  uint32_t retry_min_ms = 200;
  uint32_t retry_max_ms = 10'000;
  uint32_t connect_wait_ms = 10'000;
  uint32_t certificate_warn_days = 30;  // before the end of the peer's certificate an alarm stands
  uint32_t seed = 1;                    // of the pauses' jitter
};

// What a connection works with; everything outlives it.
struct ConnectionContext {
  std::span<TaskAccount> accounts;
  const Revocations* revocations = nullptr;
  AlarmQueue* alarms = nullptr;
  Resolver* resolver = nullptr;
  PeerBook* peers = nullptr;          // null: nobody copies packets, and every peer may be dialled
  std::shared_ptr<TokenBucket> pace;  // of the destination; null: it has none
  std::function<std::unique_ptr<Transport>(const DestinationPlan&)> make_transport;
};

class Connection final : public Outlet {
 public:
  // One system call takes at most this, one round of a destination at most that: the others of the thread have their
  // turn.
  static constexpr size_t kSendBytesMax = size_t{256} << 10;
  static constexpr size_t kRoundBytesMax = size_t{1} << 20;
  // Less than this is held back, but never longer than that behind the last send: system calls stay few under load and
  // nothing waits on an idle connection.
  static constexpr size_t kGatherBytes = size_t{16} << 10;
  static constexpr int64_t kGatherNs = 400'000;
  // Of what a peer sends. It has only answers to keepalives to send; more is read in pieces.
  static constexpr size_t kPeerBytesMax = size_t{64} << 10;

  Connection(DestinationPlan plan, const ConnectionLimits& limits, SpoolSet spools, const ConnectionContext& context);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // --- handover thread ---
  // One round. Answers whether there was work; where there was not, the thread may rest.
  bool run(SocketTime now, LegalTime legal);
  // What epoll said about descriptor().
  void ready(uint32_t events);
  [[nodiscard]] int descriptor() const { return transport_->descriptor(); }
  // Grows with each new socket: descriptors are used again.
  [[nodiscard]] uint64_t socket_serial() const { return socket_serial_; }
  [[nodiscard]] bool wants_write() const { return transport_->wants_write(); }
  // Of HI1 and IRI, not of content.
  [[nodiscard]] bool is_hi2() const { return plan_.side == HandoverSide::kHi2; }
  // Ends the connection and accounts for what is left in the spools.
  void finish(LegalTime legal) override;

  // --- any thread ---
  // Other endpoints and another security end the connection; a changed keepalive or codec does not.
  void change(DestinationPlan plan) override;
  // A task's own spool, and its pace; see LanePlan. The spool lives until drop_lane().
  Spool* add_lane(std::unique_ptr<Spool> spool, std::shared_ptr<TokenBucket> pace, bool behind, const Xid& owner = {});
  // See Outbox::set_apart(). Before let_left_go().
  void set_apart(const Xid& task, std::shared_ptr<TokenBucket> pace);
  // Nothing is left in it, and nobody will append: it goes, with what lies on disk.
  void drop_lane(const Spool* spool);
  // Whether every record that was appended is accounted for.
  [[nodiscard]] bool drained() const override;
  // Everything that a former process left may go now; see Outbox::let_left_go().
  void let_left_go() override { left_may_go_.store(true, std::memory_order_release); }
  // Until it is said anew; see Disturbance.
  void disturb(Disturbance disturbance);
  // Nobody appends any more, and everything is accounted for: takes away what lies on disk. The thread has let go.
  void remove_spools() override;
  [[nodiscard]] DestinationStatistics statistics() const override;
  [[nodiscard]] Spool* spool(size_t encoder) const override { return spools_.live[encoder].get(); }
  // What goes before it; null on HI3.
  [[nodiscard]] Spool* express(size_t encoder) const {
    return spools_.express.empty() ? nullptr : spools_.express[encoder].get();
  }

 private:
  enum class State : uint8_t { kIdle, kResolving, kConnecting, kConnected };

  // A task's own.
  struct OwnLane {
    std::unique_ptr<Spool> spool;
    std::shared_ptr<TokenBucket> pace;
    bool behind = false;
    Xid owner = {};
    bool dropped = false;
    Lane* lane = nullptr;  // the outbox's; null: the handover thread has not seen it yet
  };

  void change_timers();
  void change_confirmation(SocketTime now);
  void take_change(SocketTime now, LegalTime legal);
  bool keep_away(SocketTime now, LegalTime legal);
  void take_lanes();
  template <typename Work>
  void for_each_spool(const Work& work) const;
  void resolve();
  void dial(SocketTime now, LegalTime legal);
  bool is_left_out(const SocketAddress& address);
  void attempt_failed(const std::string& why, SocketTime now, LegalTime legal);
  void connecting(SocketTime now, LegalTime legal);
  void connected(SocketTime now, LegalTime legal);
  void lost(Lost how, const std::string& why, SocketTime now, LegalTime legal);
  bool exchange(SocketTime now, LegalTime legal);
  Result<bool> confirm(SocketTime now);
  Result<bool> receive(SocketTime now);
  size_t read_peer(Bytes received);
  bool hear(const PeerMessage& message);
  bool hear_answer(Marker marker, uint32_t number);
  Result<bool> send(SocketTime now);
  void follow_options(SocketTime now);
  [[nodiscard]] std::optional<ConnectionQuestion> owed_question(SocketTime now) const;
  [[nodiscard]] bool owes_acknowledgement(SocketTime now) const;
  [[nodiscard]] bool owes_keepalive(SocketTime now) const;
  void ask(SocketTime now);
  void asked(SocketTime now);
  Result<bool> send_records(SocketTime now, size_t& budget);
  Bytes next_records(SocketTime now, size_t bytes_max);
  Result<bool> send_request(SocketTime now);
  Result<size_t> hand_over(Bytes bytes, SocketTime now);
  void watch_peer(SocketTime now, LegalTime legal);
  void settle(SocketTime now, size_t left);
  void tell_confirmation(SocketTime now, LegalTime legal);
  void follow_backlog(SocketTime now);
  void come_up(const char* how, LegalTime legal);
  [[nodiscard]] bool is_doubted(SocketTime now) const;
  [[nodiscard]] uint64_t unconfirmed(uint64_t left) const;
  void set_down(const std::string& why, LegalTime legal);
  void tell_security(LegalTime legal);
  void tell_peer_certificate(SocketTime now, LegalTime legal);
  void raise(const char* code, AlarmSeverity severity, const std::string& text, bool cleared, LegalTime legal);

  DestinationPlan plan_;
  const ConnectionLimits limits_;
  const ConnectionContext context_;
  std::unique_ptr<Transport> transport_;  // another one with another security
  const SpoolSet spools_;
  std::vector<OwnLane> own_lanes_;  // under mutex_
  std::vector<std::pair<Xid, std::shared_ptr<TokenBucket>>>
      apart_;                   // under mutex_; the outbox does not know of them yet
  HandoverTaskAccount nobody_;  // records that no task of this process knows of
  Outbox outbox_;
  Redial redial_;
  KeepaliveWatch keepalive_;
  KeepaliveWatch acknowledgement_;
  OptionTalk options_;
  ConfirmBook confirm_;

  State state_ = State::kIdle;
  uint64_t socket_serial_ = 0;
  std::shared_ptr<Resolution> resolution_;
  size_t address_ = 0;  // which of the resolution's
  SocketTime connect_began_;
  SocketTime connected_at_;
  std::optional<TransportEndpoint> entered_;  // in the book of peers
  bool down_ = false;                         // the alarm stands
  bool heard_ = false;                        // the peer has answered in this connection
  uint64_t doubt_ms_ = 0;    // the former one ended without a word: so long must this one stand to be one; 0: no doubt
  bool plain_told_ = false;  // another: records go out in the clear
  SocketTime peer_look_at_{INT64_MIN};
  uint64_t peer_looked_serial_ = 0;  // of the socket whose peer was looked at
  int64_t peer_days_told_ = -1;      // of agency_certificate_expires; -1: it does not stand
  // Another: the confirm level is reduced to this, for that reason.
  ConfirmShortfall shortfall_told_ = ConfirmShortfall::kNone;
  ConfirmLevel level_told_ = ConfirmLevel::kRead;
  bool holding_told_ = false;  // another: records wait for a sign of life
  bool readable_ = false;
  bool full_ = false;                   // the transport had no room; until epoll says otherwise
  uint64_t stream_bytes_ = 0;           // sent in this connection
  uint64_t record_bytes_ = 0;           // of records
  uint64_t first_record_at_ = 0;        // where the first record began
  uint64_t read_bytes_ = 0;             // up to where the peer has said that it has read
  uint64_t acknowledged_bytes_ = 0;     // up to where it has acknowledged
  bool acknowledgement_asked_ = false;  // in this connection
  uint64_t left_bytes_ = 0;             // that the peer's TCP had not acknowledged when it was asked last
  uint64_t confirmed_before_ = 0;       // confirmed_bytes_ in the last round
  SocketTime waiting_since_;            // when something was confirmed last, or there was nothing to confirm
  bool confirmed_any_ = false;          // records, in this connection
  SocketTime progress_;                 // when the transport last took or confirmed something, or had nothing to do
  std::vector<uint8_t> request_;        // a question of which `request_sent_` octets were taken
  ConnectionQuestion question_ = ConnectionQuestion::kKeepalive;  // which one
  uint32_t option_number_ = 0;                                    // of the next PDU of a negotiation
  size_t request_sent_ = 0;
  std::vector<uint8_t> peer_;  // what the peer sent and is no whole PDU yet

  // Written by the handover thread.
  std::atomic<bool> is_connected_{false};
  std::atomic<ConfirmLevel> level_{ConfirmLevel::kRead};
  std::atomic<ConfirmShortfall> shortfall_{ConfirmShortfall::kNone};
  std::atomic<bool> holding_{false};
  Counter connects_;
  Counter sent_bytes_;
  Counter sent_calls_;
  Counter confirmed_bytes_;  // keepalives too
  Counter confirmed_records_;
  Counter resent_records_;
  Counter holds_;
  std::atomic<uint64_t> waiting_ms_{0};
  Counter keepalives_sent_;
  Counter keepalives_answered_;
  Counter acknowledgements_asked_;
  Counter acknowledgements_;
  Counter peer_ignored_;
  Counter peer_malformed_;

  mutable std::mutex mutex_;
  std::optional<DestinationPlan> changed_;  // under mutex_
  std::string last_error_;                  // under mutex_
  std::atomic<bool> change_waits_{false};
  std::atomic<bool> lanes_changed_{false};
  std::atomic<bool> left_may_go_{false};  // by the control thread
  std::atomic<bool> away_{false};         // by the control thread; see Disturbance
  std::atomic<bool> deaf_{false};         // by the control thread
  std::atomic<bool> asks_{false};         // set by the control thread, taken back by the handover thread
  bool was_away_ = false;
};

}  // namespace lictor
