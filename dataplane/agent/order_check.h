// Whether what a directive wants is what an approver has signed. Root on the daemon's host can write any directive, but
// no order: the approvers' keys are elsewhere. Control thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "dataplane/agent/order_rules.h"
#include "dataplane/trust/approver_book.h"

namespace lictor {

class OrderCheck {
 public:
  // Warrants whose newest version is known. Those whose order is over make room; beyond, new ones are refused.
  static constexpr size_t kWarrantsMax = 65536;

  // As ApproverBook::load. `required`: a directive without an order is refused; else one that has one is checked all
  // the same.
  static Result<std::unique_ptr<OrderCheck>> make(bool required, const ApproverPlan& plan);

  // PermissionDenied, FailedPrecondition or InvalidArgument: what is missing or wrong. `fleet_id`: of the daemon.
  Status check(const TapDirective& tap, const std::string& fleet_id, LegalTime now);
  // One that drains delivers what was lawfully copied before: its order may be over, and its approver's certificate.
  Status check(const MediationDirective& mediation, const std::string& fleet_id, LegalTime now);

 private:
  struct Version {
    uint64_t number = 0;
    LegalTime end;  // of the longest order that had it: behind it none of the warrant can be used
  };

  OrderCheck(bool required, std::unique_ptr<ApproverBook> approvers)
      : required_(required), approvers_(std::move(approvers)) {}

  [[nodiscard]] Status absent() const;
  Result<const OrderLimits*> verify(const OrderEvidence& evidence, const std::string& fleet_id,
                                    std::optional<LegalTime> at);
  Status take_version(const OrderLimits& order, LegalTime now);

  const bool required_;
  const std::unique_ptr<ApproverBook> approvers_;
  std::map<std::string, Version> versions_;  // by warrant
  // The last order that held: tap and mediation of a task come one behind the other, and have the same.
  OrderEvidence last_evidence_;
  OrderLimits last_;
};

}  // namespace lictor
