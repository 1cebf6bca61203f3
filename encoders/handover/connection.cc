#include "encoders/handover/connection.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

// Entries that are looked at for revoked tasks in one round.
constexpr size_t kPurgePerRound = 4096;
constexpr uint64_t kDoubtMs =
    3000;  // behind an end without a word of the peer; over TLS 1.3 its refusal comes a moment late

Outbox make_outbox(const SpoolSet& spools, const ConnectionContext& context, HandoverSide side,
                   HandoverTaskAccount& nobody) {
  std::vector<Lane> lanes;
  lanes.reserve(spools.left.size() + spools.express.size() + spools.live.size());
  const SideAccounts accounts(context.accounts, side, &nobody);
  const SideAccounts former(context.accounts, side, &nobody, NumbersOf::kFormer);
  for (const std::unique_ptr<Spool>& spool : spools.left) lanes.emplace_back(*spool, former, *context.revocations);
  for (const auto* const own : {&spools.express, &spools.live}) {
    for (const std::unique_ptr<Spool>& spool : *own) lanes.emplace_back(*spool, accounts, *context.revocations);
  }
  return Outbox(std::move(lanes), spools.left.size(), spools.left_tasks, spools.express.size(), spools.left_express);
}

bool waited(SocketTime since, uint64_t ms, SocketTime now) {
  return now.ns - since.ns >= static_cast<int64_t>(ms) * kNanosecondsPerMillisecond;
}

}  // namespace

Connection::Connection(DestinationPlan plan, const ConnectionLimits& limits, SpoolSet spools,
                       const ConnectionContext& context)
    : plan_(std::move(plan)),
      limits_(limits),
      context_(context),
      transport_(context_.make_transport(plan_)),
      spools_(std::move(spools)),
      outbox_(make_outbox(spools_, context_, plan_.side, nobody_)),
      redial_(plan_.endpoints.size(), limits.retry_min_ms, limits.retry_max_ms, limits.seed) {
  LICTOR_CHECK(!spools_.live.empty() && !plan_.endpoints.empty());
  change_timers();
  change_confirmation({});
}

// Acknowledgements are asked for whether keepalives are or not; TIME3 holds for both.
void Connection::change_timers() {
  keepalive_.change(plan_.keepalive, plan_.confirm);
  acknowledgement_.change({.on = true, .idle_ms = plan_.keepalive.idle_ms, .wait_ms = plan_.keepalive.wait_ms},
                          plan_.confirm);
}

void Connection::change_confirmation(SocketTime now) {
  confirm_.change(plan_.confirm, plan_.keepalive.on);
  options_.change(plan_.confirm, now);
  confirm_.negotiated(options_.answer());
}

template <typename Work>
void Connection::for_each_spool(const Work& work) const {
  for (const auto* const all : {&spools_.left, &spools_.express, &spools_.live}) {
    for (const std::unique_ptr<Spool>& spool : *all) work(*spool);
  }
  const std::lock_guard lock(mutex_);
  for (const OwnLane& own : own_lanes_) work(*own.spool);
}

Connection::~Connection() {
  if (entered_) context_.peers->leave(*entered_);
}

bool Connection::run(SocketTime now, LegalTime legal) {
  if (change_waits_.load(std::memory_order_acquire)) take_change(now, legal);
  if (lanes_changed_.load(std::memory_order_acquire)) take_lanes();
  tell_security(legal);
  tell_peer_certificate(now, legal);
  tell_confirmation(now, legal);
  follow_backlog(now);
  if (left_may_go_.load(std::memory_order_acquire)) outbox_.let_left_go();
  bool purged = outbox_.purge(kPurgePerRound);
  outbox_.tend(now, legal, purged);
  if (keep_away(now, legal)) return purged;
  switch (state_) {
    case State::kIdle:
      if (redial_.may_try(now)) resolve();
      return purged;
    case State::kResolving:
      if (resolution_->ready.load(std::memory_order_acquire)) dial(now, legal);
      return purged;
    case State::kConnecting:
      connecting(now, legal);
      return purged;
    case State::kConnected:
      return exchange(now, legal) || purged;
  }
  return purged;
}

void Connection::ready(uint32_t events) {
  if ((events & ~static_cast<uint32_t>(EPOLLOUT)) != 0) readable_ = true;
  if ((events & EPOLLOUT) != 0) full_ = false;
}

void Connection::take_change(SocketTime now, LegalTime legal) {
  DestinationPlan plan;
  {
    const std::lock_guard lock(mutex_);
    plan = std::move(*changed_);
    changed_.reset();
    change_waits_.store(false, std::memory_order_relaxed);
  }
  const bool secured = plan.security != plan_.security || plan.tcp != plan_.tcp;
  const bool moved = secured || plan.endpoints != plan_.endpoints;
  const bool confirms = moved || plan.confirm != plan_.confirm || plan.keepalive.on != plan_.keepalive.on;
  {
    const std::lock_guard lock(mutex_);  // statistics() reads the plan's id
    plan_ = std::move(plan);
  }
  change_timers();
  if (confirms) change_confirmation(now);
  if (!moved) return;
  if (state_ == State::kConnected) lost(Lost::kByPeer, "endpoints, security or transport were changed", now, legal);
  transport_->close();
  if (secured) transport_ = context_.make_transport(plan_);
  state_ = State::kIdle;
  redial_.restart(plan_.endpoints.size(), now);
}

// Whether an acceptance run wants no connection now.
bool Connection::keep_away(SocketTime now, LegalTime legal) {
  const bool away = away_.load(std::memory_order_acquire);
  if (away && state_ == State::kConnected) lost(Lost::kByPeer, "held away by an acceptance run", now, legal);
  if (away && state_ != State::kIdle) {
    transport_->close();
    state_ = State::kIdle;
  }
  if (std::exchange(was_away_, away) && !away) redial_.restart(plan_.endpoints.size(), now);
  return away;
}

void Connection::resolve() {
  const HandoverEndpoint& endpoint = plan_.endpoints[redial_.endpoint()];
  resolution_ = context_.resolver->resolve(endpoint.host, endpoint.port);
  address_ = 0;
  state_ = State::kResolving;
}

void Connection::dial(SocketTime now, LegalTime legal) {
  const Result<std::vector<SocketAddress>>& addresses = resolution_->addresses;
  std::string why = addresses.ok() ? "no address is left" : std::string(addresses.status().message());
  while (addresses.ok() && address_ < addresses->size()) {
    if (!is_left_out((*addresses)[address_])) {
      state_ = State::kResolving;  // asked again in the next round
      return;
    }
    const Status status = transport_->connect((*addresses)[address_++]);
    if (status.ok()) {
      state_ = State::kConnecting;
      connect_began_ = now;
      ++socket_serial_;
      return;
    }
    why = std::string(status.message());
  }
  attempt_failed(why, now, legal);
}

// Whether no packet of this peer is copied any more. Asks for it where that is not so yet.
bool Connection::is_left_out(const SocketAddress& address) {
  if (context_.peers == nullptr) return true;
  const TransportEndpoint peer = endpoint_of(address);
  if (entered_ != peer) {
    context_.peers->enter(peer);
    if (entered_) context_.peers->leave(*entered_);
    entered_ = peer;
  }
  return context_.peers->is_in_force(peer);
}

void Connection::attempt_failed(const std::string& why, SocketTime now, LegalTime legal) {
  transport_->close();
  if (state_ == State::kConnecting && address_ < resolution_->addresses->size()) {
    dial(now, legal);
    return;
  }
  state_ = State::kIdle;
  if (redial_.failed(now)) {
    set_down(why, legal);
  } else {
    resolve();
  }
}

void Connection::connecting(SocketTime now, LegalTime legal) {
  const Result<bool> done = transport_->finish_connect();
  if (!done.ok()) {
    attempt_failed(std::string(done.status().message()), now, legal);
  } else if (*done) {
    connected(now, legal);
  } else if (waited(connect_began_, limits_.connect_wait_ms, now)) {
    attempt_failed("connect: no answer in time", now, legal);
  }
}

void Connection::connected(SocketTime now, LegalTime legal) {
  state_ = State::kConnected;
  is_connected_.store(true, std::memory_order_relaxed);
  heard_ = false;
  connected_at_ = now;
  connects_.add(1);
  redial_.connected(now);
  keepalive_.start(now);
  acknowledgement_.start(now);
  options_.start(now);
  confirm_.begin();
  if (options_.answer() == OptionAnswer::kSilent) confirm_.negotiated(OptionAnswer::kSilent);
  progress_ = now;
  readable_ = true;
  full_ = false;
  request_.clear();
  request_sent_ = 0;
  peer_.clear();
  stream_bytes_ = record_bytes_ = read_bytes_ = acknowledged_bytes_ = left_bytes_ = 0;
  confirmed_any_ = acknowledgement_asked_ = false;
  // A peer that is asked for a sign of life first is back when it gives one.
  if (!confirm_.holds() && !is_doubted(now)) come_up("connected", legal);
}

void Connection::come_up(const char* how, LegalTime legal) {
  if (std::exchange(down_, false)) raise("destination_down", AlarmSeverity::kInformation, how, true, legal);
}

// Over TLS 1.3 a peer that refuses our certificate, and anywhere one that is mute, looks connected at first.
bool Connection::is_doubted(SocketTime now) const {
  return doubt_ms_ > 0 && !heard_ && !confirmed_any_ && !waited(connected_at_, doubt_ms_, now);
}

void Connection::lost(Lost how, const std::string& why, SocketTime now, LegalTime legal) {
  // What is confirmed until the end is delivered; an error here only means that it is sent again.
  const Result<size_t> left = transport_->unacknowledged();
  if (left.ok()) settle(now, *left);
  if (record_bytes_ > 0 && !confirmed_any_) {
    confirm_.was_barren(how);
    if (left.ok()) settle(now, *left);  // the level may be another one now
  }
  doubt_ms_ = 0;
  if (!heard_ && !confirmed_any_) doubt_ms_ = how == Lost::kUnanswered ? keepalive_.stall_ms() + kDoubtMs : kDoubtMs;
  options_.lost(how);
  transport_->close();
  outbox_.rewind();
  is_connected_.store(false, std::memory_order_relaxed);
  state_ = State::kIdle;
  redial_.lost(how, now);
  set_down(why, legal);
}

void Connection::follow_backlog(SocketTime now) {
  const uint64_t confirmed = confirmed_bytes_.get();
  // What a former process left waits since this one began: nobody knows since when it really does.
  if (drained() || confirmed != confirmed_before_ || waiting_since_.ns == 0) waiting_since_ = now;
  confirmed_before_ = confirmed;
  waiting_ms_.store(static_cast<uint64_t>((now.ns - waiting_since_.ns) / kNanosecondsPerMillisecond),
                    std::memory_order_relaxed);
}

void Connection::finish(LegalTime legal) {
  take_lanes();
  if (state_ == State::kConnected) {
    if (const Result<size_t> left = transport_->unacknowledged(); left.ok()) settle(socket_now(), *left);
  }
  transport_->close();
  outbox_.give_up();
  is_connected_.store(false, std::memory_order_relaxed);
  state_ = State::kIdle;
  constexpr const char* kOver = "not used any more";
  if (std::exchange(down_, false)) raise("destination_down", AlarmSeverity::kInformation, kOver, true, legal);
  if (std::exchange(peer_days_told_, -1) >= 0)
    raise("agency_certificate_expires", AlarmSeverity::kInformation, kOver, true, legal);
  if (std::exchange(plain_told_, false))
    raise("handover_in_the_clear", AlarmSeverity::kInformation, kOver, true, legal);
  if (std::exchange(shortfall_told_, ConfirmShortfall::kNone) != ConfirmShortfall::kNone)
    raise("confirm_level_reduced", AlarmSeverity::kInformation, kOver, true, legal);
  if (std::exchange(holding_told_, false)) raise("delivery_held", AlarmSeverity::kInformation, kOver, true, legal);
}

void Connection::change(DestinationPlan plan) {
  LICTOR_CHECK(!plan.endpoints.empty());
  const std::lock_guard lock(mutex_);
  changed_ = std::move(plan);
  change_waits_.store(true, std::memory_order_release);
}

void Connection::disturb(Disturbance disturbance) {
  deaf_.store(disturbance.deaf, std::memory_order_relaxed);
  if (disturbance.asks) asks_.store(true, std::memory_order_relaxed);
  away_.store(disturbance.away, std::memory_order_release);
}

bool Connection::drained() const {
  bool drained = true;
  for_each_spool([&](const Spool& spool) { drained = drained && spool.backlog_records() == 0; });
  return drained;
}

void Connection::remove_spools() {
  for_each_spool([](Spool& spool) { spool.remove(); });
}

DestinationStatistics Connection::statistics() const {
  DestinationStatistics all;
  all.connected = is_connected_.load(std::memory_order_relaxed);
  all.connections_up = all.connected ? 1 : 0;
  all.connects = connects_.get();
  all.sent_bytes = sent_bytes_.get();
  all.sent_calls = sent_calls_.get();
  all.resent_records = resent_records_.get();
  all.confirm_level = level_.load(std::memory_order_relaxed);
  all.confirm_shortfall = shortfall_.load(std::memory_order_relaxed);
  all.confirm_reduced = all.confirm_shortfall != ConfirmShortfall::kNone;
  all.holding = holding_.load(std::memory_order_relaxed);
  all.holds = holds_.get();
  all.confirmed_bytes = confirmed_bytes_.get();
  all.confirmed_records = confirmed_records_.get();
  all.waiting_ms = waiting_ms_.load(std::memory_order_relaxed);
  all.keepalives_sent = keepalives_sent_.get();
  all.keepalives_answered = keepalives_answered_.get();
  all.acknowledgements_asked = acknowledgements_asked_.get();
  all.acknowledgements = acknowledgements_.get();
  all.given_up_without_task = nobody_.given_up.total() + nobody_.unconfirmed.get();
  all.peer_ignored = peer_ignored_.get();
  all.peer_malformed = peer_malformed_.get();
  for_each_spool([&](const Spool& spool) {
    all.backlog_records += spool.backlog_records();
    all.backlog_bytes += spool.backlog_bytes();
  });
  const std::lock_guard lock(mutex_);
  all.id = plan_.id;
  all.side = plan_.side;
  all.last_error = last_error_;
  return all;
}

}  // namespace lictor
