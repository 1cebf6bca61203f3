// Whose certificate makes somebody an approver of orders. A certificate counts where all hold that the plan asks for:
// it leads to a CA of the file, and that CA's revocation list does not name it; it is one of the pinned ones; its names
// have urn:lictor:role:approver; it may sign; it is valid at the time. One thread.
#pragma once

#include <sys/stat.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/clock.h"
#include "dataplane/base/result.h"
#include "dataplane/trust/openssl_owner.h"
#include "dataplane/trust/sha256.h"

namespace lictor {

constexpr size_t kApproverCertificateBytesMax = size_t{16} << 10;
constexpr size_t kApproverPinsMax = 64;

struct ApproverPlan {
  std::string ca;                 // PEM: one or more certificates; empty: pins alone decide
  std::string revoked;            // PEM: the revocation lists of all of them; empty: none are held against
  std::vector<std::string> pins;  // SHA-256 of certificates, 64 hexadecimal digits; empty: any of the CA

  [[nodiscard]] bool names_anybody() const { return !ca.empty() || !pins.empty(); }
};

class ApproverBook {
 public:
  // FailedPrecondition or NotFound name the file, InvalidArgument the pin.
  static Result<std::unique_ptr<ApproverBook>> load(const ApproverPlan& plan);
  ~ApproverBook();
  ApproverBook(const ApproverBook&) = delete;
  ApproverBook& operator=(const ApproverBook&) = delete;

  // Looks whether the files have changed, and reads them anew: about once a second. What is wrong with them; Ok:
  // nothing. What cannot be taken leaves the former in force. FailedPrecondition also while a list is overdue at `now`.
  Status refresh(LegalTime now);

  // The key of an approver. `der`: the certificate, hostile. `at`: when it must be valid; nothing: whenever. Lives as
  // long as the next call. PermissionDenied says what is wrong with the certificate, and repeats nothing of it.
  Result<EVP_PKEY*> key_of(Bytes der, std::optional<LegalTime> at);

 private:
  // Certificates that were found good: most orders of a site are signed by few.
  static constexpr size_t kKnownMax = 256;

  struct Store;
  using Seen = std::array<struct stat, 2>;  // of the CA's file and the lists'
  struct Known {
    OwnedKey key;
    LegalTime from;  // of the certificate and all above it
    LegalTime until;
  };

  explicit ApproverBook(const ApproverPlan& plan, std::vector<Sha256> pins);
  static Result<Seen> look(const ApproverPlan& plan);
  static Result<std::unique_ptr<Store>> read(const ApproverPlan& plan);
  Result<Known> judge(Bytes der) const;

  const ApproverPlan plan_;
  std::unique_ptr<Store> store_;  // null: pins alone decide
  Seen seen_{};
  Status problem_;  // of the files as they were seen
  const std::vector<Sha256> pins_;
  std::map<Sha256, Known> known_;
};

}  // namespace lictor
