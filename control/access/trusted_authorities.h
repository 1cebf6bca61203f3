// Whether a client's certificate was issued by an authority that listen.tls.ca names now. TLS asks when a connection is
// made; connections last for weeks, and whoever takes an authority out of the file means them as well. Any thread.
#pragma once

#include <openssl/types.h>
#include <sys/stat.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "control/access/certificate_standing.h"

namespace lictor::control {

class TrustedAuthorities {
 public:
  static constexpr size_t kKnownMax = 4096;  // certificates that were looked at; the next one has all forgotten
  static constexpr size_t kChainMax = 8;     // certificates between a client's and an authority's

  // Empty: everybody's is taken, as no connection is made by certificates. InvalidArgument where it cannot be read.
  static Result<std::unique_ptr<TrustedAuthorities>> open(const std::string& path);
  ~TrustedAuthorities();
  TrustedAuthorities(const TrustedAuthorities&) = delete;
  TrustedAuthorities& operator=(const TrustedAuthorities&) = delete;

  // Looks at the file each time. Unauthenticated: none of its authorities has issued that. When it expires is not
  // asked.
  Status check(const CertificateFacts& facts);
  // What is wrong with the file as it is; the former authorities are then in force. Ok: nothing.
  Status problem();

 private:
  struct Store;
  explicit TrustedAuthorities(std::string path);
  void look_locked();

  const std::string path_;
  std::mutex mutex_;  // guards what follows
  struct stat seen_ {};
  Status problem_;
  std::unique_ptr<Store> store_;
  std::set<std::string> known_;  // fingerprints of what they have issued
};

}  // namespace lictor::control
