#include "encoders/files/sealed_file.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace lictor {

std::string hex_of(Bytes octets) {
  std::string text;
  for (const uint8_t octet : octets) text += fmt::format("{:02x}", octet);
  return text;
}

Sha256 sha256_of(Bytes octets) {
  Sha256 digest;
  SHA256(octets.data(), octets.size(), digest.data());
  return digest;
}

Result<std::unique_ptr<SealedFile>> SealedFile::make(const std::string& path, const CmsRecipients& recipients) {
  std::unique_ptr<SealedFile> made(new SealedFile(path));
  made->hash_.reset(EVP_MD_CTX_new());
  if (made->hash_ == nullptr || EVP_DigestInit_ex(made->hash_.get(), EVP_sha256(), nullptr) != 1)
    return absl::ResourceExhaustedError("SHA-256 is not to be had");
  Result<std::unique_ptr<CmsStream>> cms = CmsStream::make(recipients);
  if (!cms.ok()) return cms.status();
  made->cms_ = *std::move(cms);
  Result<UniqueFd> fd = create_file(path);
  if (!fd.ok()) return fd.status();
  made->fd_ = *std::move(fd);
  return made;
}

Status SealedFile::write(Bytes plain) {
  plain_bytes_ += plain.size();
  while (!plain.empty()) {
    const size_t bytes = std::min(plain.size(), kGatherBytes - gathered_bytes_);
    std::memcpy(gathered_.data() + gathered_bytes_, plain.data(), bytes);
    gathered_bytes_ += bytes;
    plain = plain.subspan(bytes);
    if (gathered_bytes_ < kGatherBytes) break;
    if (Status status = flush(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

Status SealedFile::flush() {
  Status status = cms_->write(Bytes(gathered_.data(), gathered_bytes_));
  gathered_bytes_ = 0;
  return status.ok() ? write_sealed() : status;
}

Status SealedFile::write_sealed() {
  const Bytes sealed = cms_->sealed();
  if (EVP_DigestUpdate(hash_.get(), sealed.data(), sealed.size()) != 1) return absl::InternalError("SHA-256 failed");
  Status status = write_all(fd_.get(), sealed, path_);
  bytes_ += sealed.size();
  cms_->take_sealed();
  return status;
}

Status SealedFile::finish() {
  if (Status status = flush(); !status.ok()) return status;
  if (Status status = cms_->finish(); !status.ok()) return status;
  if (Status status = write_sealed(); !status.ok()) return status;
  if (EVP_DigestFinal_ex(hash_.get(), sha256_.data(), nullptr) != 1) return absl::InternalError("SHA-256 failed");
  return sync_file(fd_.get(), path_);
}

}  // namespace lictor
