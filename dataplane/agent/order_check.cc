#include "dataplane/agent/order_check.h"

#include <algorithm>

#include "dataplane/trust/signature.h"

namespace lictor {

Result<std::unique_ptr<OrderCheck>> OrderCheck::make(bool required, const ApproverPlan& plan) {
  Result<std::unique_ptr<ApproverBook>> approvers = ApproverBook::load(plan);
  if (!approvers.ok()) return approvers.status();
  return std::unique_ptr<OrderCheck>(new OrderCheck(required, *std::move(approvers)));
}

Status OrderCheck::absent() const {
  return required_ ? absl::PermissionDeniedError("order: there is none, and it is required") : absl::OkStatus();
}

Status OrderCheck::check(const TapDirective& tap, const std::string& fleet_id, LegalTime now) {
  if (!tap.order.is_there()) return absent();
  const Result<const OrderLimits*> order = verify(tap.order, fleet_id, now);
  if (!order.ok()) return order.status();
  if (Status status = keeps_within(tap, (*order)->tap); !status.ok()) return status;
  return take_version(**order, now);
}

Status OrderCheck::check(const MediationDirective& mediation, const std::string& fleet_id, LegalTime now) {
  if (!mediation.order.is_there()) return absent();
  const Result<const OrderLimits*> order =
      verify(mediation.order, fleet_id, mediation.draining ? std::nullopt : std::optional(now));
  if (!order.ok()) return order.status();
  const std::vector<Sha256>& handovers = (*order)->handovers;
  if (std::ranges::find(handovers, mediation.handover) == handovers.end())
    return absl::FailedPreconditionError("mediation: LIID or destinations are not those of the order");
  return mediation.draining ? absl::OkStatus() : take_version(**order, now);
}

// The signature first: what nobody answers for is not read.
Result<const OrderLimits*> OrderCheck::verify(const OrderEvidence& evidence, const std::string& fleet_id,
                                              std::optional<LegalTime> at) {
  const Result<EVP_PKEY*> key = approvers_->key_of(as_bytes(evidence.certificate), at);
  if (!key.ok()) return key.status();
  if (evidence != last_evidence_) {
    last_evidence_ = {};
    if (Status status = verify_signature(**key, as_bytes(evidence.octets), as_bytes(evidence.signature)); !status.ok())
      return absl::PermissionDeniedError("order.signature: " + std::string(status.message()));
    Result<OrderLimits> order = read_order(as_bytes(evidence.octets));
    if (!order.ok()) return order.status();
    last_ = *std::move(order);
    last_evidence_ = evidence;
  }
  if (last_.fleet_id != fleet_id) return absl::FailedPreconditionError("order.fleet_id: is another fleet's");
  return &last_;
}

Status OrderCheck::take_version(const OrderLimits& order, LegalTime now) {
  auto found = versions_.find(order.warrant_id);
  if (found != versions_.end() && order.version < found->second.number)
    return absl::FailedPreconditionError("order.version: is older than one of this warrant that was seen before");
  if (found == versions_.end()) {
    if (versions_.size() >= kWarrantsMax)
      std::erase_if(versions_, [&](const auto& entry) { return entry.second.end <= now; });
    if (versions_.size() >= kWarrantsMax)
      return absl::ResourceExhaustedError("order.warrant_id: orders of too many warrants are held");
    found = versions_.emplace(order.warrant_id, Version{}).first;
  }
  found->second.number = order.version;
  found->second.end = std::max(found->second.end, order.tap.stop);
  return absl::OkStatus();
}

}  // namespace lictor
