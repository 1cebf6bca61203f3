// Whether a client's certificate still stands: not revoked by the list of the authority that issued it, not expired.
// TLS asks once, when a connection is made; connections last for weeks, so that every call asks here, and open streams
// are asked about again. Any thread.
#pragma once

#include <openssl/types.h>
#include <sys/stat.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "dataplane/base/result.h"

namespace lictor::control {

struct CertificateFacts {
  std::string issuer;       // its name's hash (X509_NAME_hash_ex), which all spellings of the name share; 8 digits
  std::string serial;       // hexadecimal digits, upper case, as openssl shows it
  std::string fingerprint;  // SHA-256, hexadecimal digits
  int64_t not_after_unix_s = 0;
  std::string pem = {};        // the certificate itself
  std::string chain_pem = {};  // what came with it, hostile; or empty
};

// `pem`: the certificate, hostile, as is `chain_pem`. Unauthenticated where it cannot be read.
Result<CertificateFacts> facts_of_certificate(std::string_view pem, std::string_view chain_pem = {});

class CertificateStanding {
 public:
  static constexpr size_t kListBytesMax = size_t{16} << 20;  // of all lists
  static constexpr size_t kAuthoritiesBytesMax = size_t{1} << 20;

  struct Options {
    std::string ca;   // PEM file: whose lists they must be
    std::string crl;  // PEM file: a list of each authority; empty: none is asked for
  };

  // Reads the lists. InvalidArgument where they are asked for and not there, or not of these authorities: nobody is let
  // in by a list that nobody can read.
  static Result<std::unique_ptr<CertificateStanding>> open(Options options, int64_t now_unix_s);

  // Unauthenticated: revoked or expired.
  [[nodiscard]] Status check(const CertificateFacts& facts, int64_t now_unix_s) const;

  // Looks whether a file has changed, and reads both anew. What is wrong with the lists; Ok: nothing. Those that cannot
  // be taken leave the former in force. One whose next update is overdue is in force, so is the rest where an authority
  // has none: FailedPrecondition.
  Status refresh(int64_t now_unix_s);

 private:
  struct List;
  explicit CertificateStanding(Options options) : options_(std::move(options)) {}
  static void add(X509_CRL& crl, List& list);
  Result<std::shared_ptr<const List>> read() const;

  const Options options_;
  struct stat seen_ {};  // of the lists' file; of the refreshing thread, as what follows
  struct stat seen_ca_ {};
  Status problem_;
  mutable std::mutex mutex_;
  std::shared_ptr<const List> list_;  // null: none is asked for
};

}  // namespace lictor::control
