#include "dataplane/agent/fleet_session.h"

#include <fmt/format.h>

namespace lictor {

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
}

Status FleetSession::take(const v1::ControlMessage& message, LegalTime now) {
  if (message.kind_case() == v1::ControlMessage::kWelcome) return take_welcome(message.welcome());
  if (!welcomed_) return absl::FailedPreconditionError("lictord did not begin with a welcome");
  switch (message.kind_case()) {
    case v1::ControlMessage::kDirective:
      return take_directive(message.directive(), now);
    case v1::ControlMessage::kInSync:
      in_sync_ = true;
      whole_received_ = whole_expected_;
      whole_expected_ = false;
      generation_ = std::max(generation_, message.in_sync().generation());
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
  fleet_id_ = welcome.fleet_id();
  epoch_ = welcome.epoch();
  if (welcome.full()) {
    whole_expected_ = true;
    generation_ = 0;
    registry_.begin_snapshot();
  }
  return absl::OkStatus();
}

Status FleetSession::take_directive(const v1::SignedDirective& message, LegalTime now) {
  uint64_t generation = 0;
  const Status status = apply(as_bytes(message.directive()), now, generation);
  if (generation == 0) return absl::InvalidArgumentError("lictord sent a directive that cannot be read");
  v1::Acknowledgement& acknowledgement = acknowledgements_.emplace_back();
  acknowledgement.set_generation(generation);
  acknowledgement.set_result(status.ok() ? v1::DIRECTIVE_RESULT_APPLIED : v1::DIRECTIVE_RESULT_REFUSED);
  acknowledgement.set_reason(std::string(status.message()));
  return absl::OkStatus();
}

Status FleetSession::apply(Bytes octets, LegalTime now, uint64_t& generation) {
  const Result<Directive> directive = parse_directive(octets);
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
  if (const auto* tap = std::get_if<TapDirective>(&directive->kind)) return registry_.apply(*tap, now);
  if (const auto* mediation = std::get_if<MediationDirective>(&directive->kind))
    return registry_.apply(*mediation, now);
  return registry_.apply(std::get<WithdrawalDirective>(directive->kind));
}

std::vector<v1::Acknowledgement> FleetSession::settle(LegalTime now) {
  if (std::exchange(whole_received_, false)) registry_.end_snapshot(now);
  registry_.commit(now);
  return std::exchange(acknowledgements_, {});
}

}  // namespace lictor
