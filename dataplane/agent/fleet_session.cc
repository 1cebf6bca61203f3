#include "dataplane/agent/fleet_session.h"

#include <fmt/format.h>

namespace lictor {
namespace {

Xid xid_in(const Directive& directive) {
  return std::visit([](const auto& kind) { return kind.xid; }, directive.kind);
}

}  // namespace

void FleetSession::greet(v1::Hello& hello) {
  welcomed_ = false;
  in_sync_ = false;
  acknowledgements_.clear();
  if (whole_expected_) {
    generation_ = 0;
    fleet_id_.clear();
  }
  hello.set_fleet_id(fleet_id_);
  hello.set_resume_epoch(fleet_id_.empty() ? 0 : epoch_);
  hello.set_resume_generation(generation_);
  hello.set_takes_batches(true);
}

Status FleetSession::take(const v1::ControlMessage& message, LegalTime now) {
  if (message.kind_case() == v1::ControlMessage::kWelcome) return take_welcome(message.welcome());
  if (!welcomed_) return absl::FailedPreconditionError("lictord did not begin with a welcome");
  switch (message.kind_case()) {
    case v1::ControlMessage::kDirective:
      return take_directive(message.directive(), now);
    case v1::ControlMessage::kDirectives:
      return take_batch(message.directives(), now);
    case v1::ControlMessage::kInSync:
      in_sync_ = true;
      whole_received_ = whole_expected_;
      whole_expected_ = false;
      generation_ = std::max(generation_, message.in_sync().generation());
      if (news_ != nullptr) news_->in_sync();
      return absl::OkStatus();
    case v1::ControlMessage::kSessionNews:
      take_news(message.session_news());
      return absl::OkStatus();
    default:
      return absl::OkStatus();  // of a newer lictord: nothing that this dataplane was asked to do
  }
}

Status FleetSession::take_welcome(const v1::Welcome& welcome) {
  constexpr size_t kFleetIdBytesMax = 64;
  if (welcomed_) return absl::FailedPreconditionError("lictord welcomed this stream twice");
  if (welcome.fleet_id().empty() || welcome.fleet_id().size() > kFleetIdBytesMax || welcome.epoch() == 0) {
    return absl::InvalidArgumentError("lictord's welcome names no fleet or no epoch");
  }
  if (welcome.fleet_id() == fleet_id_ && welcome.epoch() < epoch_) {
    return absl::FailedPreconditionError("lictord is of an older epoch than was seen before");
  }
  if (!welcome.full() && welcome.fleet_id() != fleet_id_) {
    return absl::FailedPreconditionError("lictord resumes a fleet that this dataplane does not know");
  }
  welcomed_ = true;
  takes_parts_ = welcome.takes_batches();
  fleet_id_ = welcome.fleet_id();
  epoch_ = welcome.epoch();
  if (welcome.full()) {
    whole_expected_ = true;
    generation_ = 0;
    registry_.begin_snapshot();
  }
  if (news_ != nullptr) news_->begin();
  return absl::OkStatus();
}

// Of one that cannot be understood nothing is bound: its packets are missed, and counted as malformed news.
void FleetSession::take_news(const v1::SessionNews& message) {
  if (news_ == nullptr) return;
  const Result<SessionNews> news = read_session_news(message);
  if (news.ok())
    news_->take(*news);
  else
    ++news_malformed_;
}

// Signatures are looked at before anybody reads what is in them.
Status FleetSession::take_directive(const v1::SignedDirective& message, LegalTime now) {
  const Bytes octets = as_bytes(message.directive());
  if (guards_.keys != nullptr) {
    Status status = guards_.keys->verify(reader(), octets, message.key_id(), as_bytes(message.signature()));
    if (status = follow_signature(std::move(status), {&octets, 1}, now); !status.ok()) return status;
  }
  return take_octets(octets, now);
}

// Of a batch that nobody answers for, nothing is taken. What is refused in one that holds is refused for itself.
Status FleetSession::take_batch(const v1::DirectiveBatch& batch, LegalTime now) {
  const auto count = static_cast<size_t>(batch.directives_size());
  if (count == 0 || count > kDirectiveBatchMax)
    return absl::InvalidArgumentError("lictord sent a batch of no directives, or of too many");
  std::vector<Bytes> directives;
  for (const std::string& directive : batch.directives()) directives.push_back(as_bytes(directive));
  if (guards_.keys != nullptr) {
    Status status = guards_.keys->verify_batch(reader(), directives, batch.key_id(), as_bytes(batch.signature()));
    if (status = follow_signature(std::move(status), directives, now); !status.ok()) return status;
  }
  for (const Bytes directive : directives)
    if (Status status = take_octets(directive, now); !status.ok()) return status;
  return absl::OkStatus();
}

Status FleetSession::take_octets(Bytes octets, LegalTime now) {
  uint64_t generation = 0;
  const Status status = apply(octets, now, generation);
  if (generation == 0) return absl::InvalidArgumentError("lictord sent a directive that cannot be read");
  v1::Acknowledgement& acknowledgement = acknowledgements_.emplace_back();
  acknowledgement.set_generation(generation);
  acknowledgement.set_result(status.ok() ? v1::DIRECTIVE_RESULT_APPLIED : v1::DIRECTIVE_RESULT_REFUSED);
  acknowledgement.set_reason(std::string(status.message()));
  return absl::OkStatus();
}

DirectiveReader FleetSession::reader() const {
  return {.fleet_id = fleet_id_, .network_element_id = guards_.network_element_id, .incarnation = guards_.incarnation};
}

// `status`: what the keys said of them.
Status FleetSession::follow_signature(Status status, std::span<const Bytes> directives, LegalTime now) {
  if (status.ok()) status = check_replay(directives);
  if (!status.ok()) {
    raise_forged(status, now);
    return status;
  }
  if (std::exchange(forged_, false))
    raise("directive_forged", {}, "directives are signed by a pinned key again", now, true);
  return status;
}

// Also where a whole state is announced: that is the word of nobody. All of them are looked at before any is noted.
Status FleetSession::check_replay(std::span<const Bytes> directives) {
  if (verified_.size() >= kFleetsMax && !verified_.contains(fleet_id_))
    return absl::ResourceExhaustedError("welcome.fleet_id: directives of too many fleets were taken");
  uint64_t highest = verified_[fleet_id_];
  for (const Bytes octets : directives) {
    const uint64_t generation = generation_of(octets);
    if (generation <= highest)
      return absl::FailedPreconditionError(
          "directive.generation: was taken before: it is replayed, or lictord's store was put back by hand; then start "
          "this dataplane anew");
    highest = generation;
  }
  verified_[fleet_id_] = highest;
  return absl::OkStatus();
}

Status FleetSession::check_order(Directive& directive, LegalTime now) {
  if (guards_.orders == nullptr) return absl::OkStatus();
  Status status = absl::OkStatus();
  if (auto* tap = std::get_if<TapDirective>(&directive.kind)) {
    status = guards_.orders->check(*tap, fleet_id_, now);
    // What it takes away has lost its order all the same.
    if (!status.ok()) registry_.narrow(*tap, now);
  } else if (auto* mediation = std::get_if<MediationDirective>(&directive.kind)) {
    status = guards_.orders->check(*mediation, fleet_id_, now);
  }
  if (status.ok())
    note_lawful(directive, now);
  else
    note_refused(xid_in(directive), directive.kind.index(), status, now);
  return status;
}

void FleetSession::note_refused(const Xid& xid, size_t kind, const Status& why, LegalTime now) {
  if (refused_.size() < kRefusedMax) refused_.emplace(xid, kind);
  raise("order_refused", xid, std::string(why.message()), now, false);
}

void FleetSession::note_lawful(const Directive& directive, LegalTime now) {
  const Xid xid = xid_in(directive);
  const bool ends = std::holds_alternative<WithdrawalDirective>(directive.kind);
  const size_t gone = std::erase_if(refused_, [&](const auto& refused) {
    return refused.first == xid && (ends || refused.second == directive.kind.index());
  });
  const auto left = refused_.lower_bound({xid, 0});
  if (gone != 0 && (left == refused_.end() || left->first != xid))
    raise("order_refused", xid, "nothing of this task lacks an order any more", now, true);
}

void FleetSession::raise_forged(const Status& why, LegalTime now) {
  forged_ = true;
  raise("directive_forged", {}, std::string(why.message()), now, false);
}

void FleetSession::raise(const char* code, std::optional<Xid> xid, std::string text, LegalTime now, bool cleared) {
  if (guards_.alarms == nullptr) return;
  guards_.alarms->raise({.code = code,
                         .severity = cleared ? AlarmSeverity::kInformation : AlarmSeverity::kCritical,
                         .xid = xid,
                         .destination_id = {},
                         .text = std::move(text),
                         .raised = now,
                         .cleared = cleared,
                         .count = cleared ? 0U : 1U});
}

Status FleetSession::apply(Bytes octets, LegalTime now, uint64_t& generation) {
  Result<Directive> directive = parse_directive(octets);
  generation = directive.ok() ? directive->generation : generation_of(octets);
  if (generation != 0 && generation <= generation_) {
    return absl::FailedPreconditionError("directive.generation: is older than what was applied");
  }
  if (directive.ok() && directive->epoch < epoch_) {
    return absl::FailedPreconditionError("directive.epoch: is older than what was seen");
  }
  generation_ = std::max(generation_, generation);
  if (!directive.ok()) {
    if (const std::optional<Xid> tap = tap_named_in(octets); tap && generation != 0) registry_.distrust(*tap, now);
    return directive.status();
  }
  epoch_ = directive->epoch;
  if (Status status = check_order(*directive, now); !status.ok()) return status;
  Status status = hand_over(*directive, now);
  if (absl::IsPermissionDenied(status)) note_refused(xid_in(*directive), directive->kind.index(), status, now);
  return status;
}

// The daemon marks which destinations are a laboratory's: whether this is one says the configuration here.
Status FleetSession::hand_over(const Directive& directive, LegalTime now) {
  if (const auto* tap = std::get_if<TapDirective>(&directive.kind)) return registry_.apply(*tap, now);
  if (const auto* mediation = std::get_if<MediationDirective>(&directive.kind)) {
    if (guards_.live && mediation->security.kind == HandoverSecurity::kPlainLab)
      return absl::FailedPreconditionError("mediation.profile.security: plain-lab is refused outside of lab mode");
    return registry_.apply(*mediation, now);
  }
  return registry_.apply(std::get<WithdrawalDirective>(directive.kind));
}

std::vector<v1::Acknowledgement> FleetSession::settle(LegalTime now) {
  if (std::exchange(whole_received_, false)) registry_.end_snapshot(now);
  registry_.commit(now);
  return std::exchange(acknowledgements_, {});
}

}  // namespace lictor
