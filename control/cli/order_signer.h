// The approver's signature over an order, made on his own machine by his own key. Nothing is signed that does not say
// what he has read in the order's document and entered himself: the daemon made these octets, and may have been told to
// lie. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dataplane/base/result.h"
#include "lictor/v1/directive.pb.h"
#include "lictor/v1/types.pb.h"

namespace lictor::control::cli {

// What the approver has entered, in any spelling.
struct OrderClaim {
  std::vector<v1::TargetSpec> targets;  // all, patterns too, in any order
  std::string end;
};

// FailedPrecondition: the order says something else; names the field and no value. InvalidArgument: the claim, or the
// order, cannot be read.
Status agrees(const std::string& order, const OrderClaim& claim);

class OrderSigner {
 public:
  // FailedPrecondition or NotFound: what cannot be read, or does not fit. A key with a passphrase is asked for at the
  // terminal.
  static Result<std::unique_ptr<OrderSigner>> load(const std::string& key_path, const std::string& certificate_path);
  ~OrderSigner();
  OrderSigner(const OrderSigner&) = delete;
  OrderSigner& operator=(const OrderSigner&) = delete;

  // Where agrees() does not, its answer, and no signature.
  [[nodiscard]] Result<v1::SignedOrder> sign(const std::string& order, const OrderClaim& claim) const;

 private:
  struct Material;
  explicit OrderSigner(std::unique_ptr<Material> material);
  const std::unique_ptr<Material> material_;
};

}  // namespace lictor::control::cli
