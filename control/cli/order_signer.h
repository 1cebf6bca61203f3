// The approver's signature over an order, made on his own machine by his own key. Nothing is signed that does not
// follow from what is shown, say what he has read in the order's document and entered himself, and is not what he has
// seen: the daemon made these octets, and may have been told to lie. One thread.
#pragma once

#include <memory>
#include <string>

#include "control/cli/order_offer.h"
#include "dataplane/base/result.h"
#include "lictor/v1/directive.pb.h"

namespace lictor::control::cli {

class OrderSigner {
 public:
  // FailedPrecondition or NotFound: what cannot be read, or does not fit. A key with a passphrase is asked for at the
  // terminal.
  static Result<std::unique_ptr<OrderSigner>> load(const std::string& key_path, const std::string& certificate_path);
  ~OrderSigner();
  OrderSigner(const OrderSigner&) = delete;
  OrderSigner& operator=(const OrderSigner&) = delete;

  // Where agrees() does not, its answer; FailedPrecondition where `seen` is not the digest of these octets: no
  // signature.
  [[nodiscard]] Result<v1::SignedOrder> sign(const OrderOffer& offer, const std::string& warrant_id,
                                             const v1::BlindEntry& entry, const std::string& seen) const;

 private:
  struct Material;
  explicit OrderSigner(std::unique_ptr<Material> material);
  const std::unique_ptr<Material> material_;
};

}  // namespace lictor::control::cli
