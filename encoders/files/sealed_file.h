// One file on its way to an agency: octets in, a CMS message on the disk and its SHA-256. In clear they are in memory
// alone, at most kGatherBytes of them. One thread.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"
#include "encoders/files/cms_stream.h"
#include "encoders/files/plain_buffer.h"
#include "encoders/files/posix_file.h"

namespace lictor {

using Sha256 = std::array<uint8_t, 32>;

std::string hex_of(Bytes octets);
Sha256 sha256_of(Bytes octets);

class SealedFile {
 public:
  // Encrypted and written in pieces of this: one cipher call and one system call for many packets.
  static constexpr size_t kGatherBytes = size_t{64} << 10;

  static Result<std::unique_ptr<SealedFile>> make(const std::string& path, const CmsRecipients& recipients);
  SealedFile(const SealedFile&) = delete;
  SealedFile& operator=(const SealedFile&) = delete;

  Status write(Bytes plain);
  // All of it is on the disk when this returns.
  Status finish();

  [[nodiscard]] uint64_t plain_bytes() const { return plain_bytes_; }
  [[nodiscard]] uint64_t bytes() const { return bytes_; }
  [[nodiscard]] const Sha256& sha256() const { return sha256_; }  // after finish()
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit SealedFile(std::string path) : path_(std::move(path)) {}
  Status flush();
  Status write_sealed();

  const std::string path_;
  UniqueFd fd_;
  std::unique_ptr<CmsStream> cms_;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash_{nullptr, &EVP_MD_CTX_free};
  PlainBuffer gathered_{kGatherBytes};
  size_t gathered_bytes_ = 0;
  uint64_t plain_bytes_ = 0;
  uint64_t bytes_ = 0;
  Sha256 sha256_{};
};

}  // namespace lictor
