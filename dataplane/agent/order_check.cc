#include "dataplane/agent/order_check.h"

#include <algorithm>

#include "dataplane/trust/handover_digest.h"
#include "dataplane/trust/signature.h"
#include "lictor/v1/directive.pb.h"

namespace lictor {
namespace {

// By the digest of today; by the first one, which says less, only where the order was signed with that.
bool is_ordered(const MediationDirective& mediation, const std::vector<Sha256>& handovers) {
  if (std::ranges::find(handovers, mediation.handover) != handovers.end()) return true;
  v1::Mediation message;
  return message.ParseFromString(mediation.octets) &&
         std::ranges::find(handovers, handover_digest(message, HandoverVersion::kFirst)) != handovers.end();
}

}  // namespace

Result<std::unique_ptr<OrderCheck>> OrderCheck::make(bool required, const ApproverPlan& plan,
                                                     const std::string& versions) {
  Result<std::unique_ptr<ApproverBook>> approvers = ApproverBook::load(plan);
  if (!approvers.ok()) return approvers.status();
  Result<std::unique_ptr<OrderVersions>> known = OrderVersions::open(versions);
  if (!known.ok()) return known.status();
  return std::unique_ptr<OrderCheck>(new OrderCheck(required, *std::move(approvers), *std::move(known)));
}

Status OrderCheck::absent() const {
  return required_ ? absl::PermissionDeniedError("order: there is none, and it is required") : absl::OkStatus();
}

Status OrderCheck::check(TapDirective& tap, const std::string& fleet_id, LegalTime now) {
  if (!tap.order.is_there()) return absent();
  const Result<const OrderLimits*> order = verify(tap.order, fleet_id, now);
  if (!order.ok()) return order.status();
  if (Status status = keeps_within(tap, (*order)->tap); !status.ok()) return status;
  tap.ordered_by = (*order)->warrant_id;
  return versions_->take((*order)->warrant_id, (*order)->version, (*order)->tap.stop, now);
}

Status OrderCheck::check(MediationDirective& mediation, const std::string& fleet_id, LegalTime now) {
  if (!mediation.order.is_there()) return absent();
  const Result<const OrderLimits*> order =
      verify(mediation.order, fleet_id, mediation.draining ? std::nullopt : std::optional(now));
  if (!order.ok()) return order.status();
  if (!is_ordered(mediation, (*order)->handovers))
    return absl::FailedPreconditionError("mediation: LIID, destinations or names are not those of the order");
  if (mediation.parameters.session_iri.location && !(*order)->location)
    return absl::FailedPreconditionError("mediation.location: goes further than the order");
  if (mediation.redirected_calls && !(*order)->redirected_calls)
    return absl::FailedPreconditionError("mediation.redirected_calls: goes further than the order");
  mediation.ordered_by = (*order)->warrant_id;
  return mediation.draining ? absl::OkStatus()
                            : versions_->take((*order)->warrant_id, (*order)->version, (*order)->tap.stop, now);
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

}  // namespace lictor
