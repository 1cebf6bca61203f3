// Whether an order that an approval brings was signed, and by the approver himself. A dataplane asks the same before it
// copies anything, by what it was told itself; here it is refused while the person is still at hand. Under the
// administration's mutex.
#pragma once

#include <memory>

#include "control/admin/account.h"
#include "dataplane/trust/approver_book.h"
#include "lictor/v1/directive.pb.h"

namespace lictor::control {

struct OrderPolicy {
  ApproverPlan approvers;  // names nobody: any certificate that names an approver counts
  bool required = false;   // nothing is approved without a signed order
};

class OrderSignatures {
 public:
  // As ApproverBook::load.
  static Result<std::unique_ptr<OrderSignatures>> open(const OrderPolicy& policy);

  // As ApproverBook::refresh: about once a second.
  Status refresh(LegalTime now) { return approvers_ == nullptr ? absl::OkStatus() : approvers_->refresh(now); }

  // `order` null: the approval brings none. FailedPrecondition: it is missing. PermissionDenied: the certificate is no
  // approver's or another person's, or the signature does not hold; names the field and repeats nothing. Hostile
  // octets.
  Status check(const v1::SignedOrder* order, const Caller& caller, LegalTime now);

 private:
  OrderSignatures(bool required, std::unique_ptr<ApproverBook> approvers)
      : required_(required), approvers_(std::move(approvers)) {}

  const bool required_;
  const std::unique_ptr<ApproverBook> approvers_;  // null: nobody has said who is one
};

}  // namespace lictor::control
