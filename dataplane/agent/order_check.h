// Whether what a directive wants is what an approver has signed. Root on the daemon's host can write any directive, but
// no order: the approvers' keys are elsewhere. Control thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dataplane/agent/order_rules.h"
#include "dataplane/agent/order_versions.h"
#include "dataplane/trust/approver_book.h"

namespace lictor {

class OrderCheck {
 public:
  // As ApproverBook::load and OrderVersions::open. `required`: a directive without an order is refused; else one that
  // has one is checked all the same. `versions`: the file of versions, or empty.
  static Result<std::unique_ptr<OrderCheck>> make(bool required, const ApproverPlan& plan,
                                                  const std::string& versions = {});

  // As ApproverBook::refresh: about once a second.
  Status refresh(LegalTime now) { return approvers_->refresh(now); }

  // PermissionDenied, FailedPrecondition or InvalidArgument: what is missing or wrong. `fleet_id`: of the daemon. Notes
  // which warrant's order it is: a task's tap and mediation must have one.
  Status check(TapDirective& tap, const std::string& fleet_id, LegalTime now);
  // One that drains delivers what was lawfully copied before: its order may be over, and its approver's certificate.
  Status check(MediationDirective& mediation, const std::string& fleet_id, LegalTime now);

 private:
  OrderCheck(bool required, std::unique_ptr<ApproverBook> approvers, std::unique_ptr<OrderVersions> versions)
      : required_(required), approvers_(std::move(approvers)), versions_(std::move(versions)) {}

  [[nodiscard]] Status absent() const;
  Result<const OrderLimits*> verify(const OrderEvidence& evidence, const std::string& fleet_id,
                                    std::optional<LegalTime> at);

  const bool required_;
  const std::unique_ptr<ApproverBook> approvers_;
  const std::unique_ptr<OrderVersions> versions_;
  // The last order that held: tap and mediation of a task come one behind the other, and have the same.
  OrderEvidence last_evidence_;
  OrderLimits last_;
};

}  // namespace lictor
