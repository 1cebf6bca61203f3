// Whether a client's certificate still stands: not revoked by its authority's list, not expired. TLS asks once, when a
// connection is made; connections last for weeks, so that every call asks here, and open streams are asked about again.
// Any thread.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "dataplane/base/result.h"

namespace lictor::control {

struct CertificateFacts {
  std::string serial;       // hexadecimal digits, upper case, as openssl shows it
  std::string fingerprint;  // SHA-256, hexadecimal digits
  int64_t not_after_unix_s = 0;
};

// `pem`: the certificate, hostile. Unauthenticated where it cannot be read.
Result<CertificateFacts> facts_of_certificate(std::string_view pem);

class CertificateStanding {
 public:
  static constexpr size_t kListBytesMax = size_t{16} << 20;

  struct Options {
    std::string ca;   // PEM file: whose list it must be
    std::string crl;  // PEM file; empty: none is asked for
  };

  // Reads the list. InvalidArgument where one is asked for and is not there, or not of this authority: nobody is let in
  // by a list that nobody can read.
  static Result<std::unique_ptr<CertificateStanding>> open(Options options, int64_t now_unix_s);

  // Unauthenticated: revoked or expired.
  [[nodiscard]] Status check(const CertificateFacts& facts, int64_t now_unix_s) const;

  // Looks whether the file has changed, and reads it anew. What is wrong with the list; Ok: nothing. One that cannot be
  // taken leaves the former in force; so does one whose next update is overdue.
  Status refresh(int64_t now_unix_s);

 private:
  struct List;
  explicit CertificateStanding(Options options) : options_(std::move(options)) {}
  Result<std::shared_ptr<const List>> read() const;

  const Options options_;
  struct stat seen_ {};  // of the refreshing thread
  Status problem_;       // the same
  mutable std::mutex mutex_;
  std::shared_ptr<const List> list_;  // null: none is asked for
};

}  // namespace lictor::control
