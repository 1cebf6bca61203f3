#include "control/audit/verify.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

namespace lictor::control {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};

// A remembered head that the log does not have.
std::optional<AuditProblem> compare(const AuditHead& remembered, const std::optional<Digest>& found,
                                    const AuditVerdict& verdict, const std::string& file) {
  if (remembered.number > verdict.head.number)
    return AuditProblem{
        file, verdict.head.number + 1,
        fmt::format("it is gone, with all up to {}: entry {} was seen before", remembered.number, remembered.number)};
  if (remembered.number > 0 && found != remembered.hash)
    return AuditProblem{file, remembered.number, "it, or one before it, is another than was seen before"};
  return std::nullopt;
}

}  // namespace

Result<AuditVerdict> verify_audit(const std::string& folder, const AuditVerifyOptions& options,
                                  const AuditVisitor& visit) {
  const Result<std::vector<uint32_t>> files = list_audit_files(folder);
  if (!files.ok()) return files.status();
  if (files->empty()) return absl::NotFoundError(fmt::format("audit: {} holds no audit log", folder));
  AuditVerdict verdict;
  ChainState state;
  std::optional<Digest> found;
  std::string name;
  for (const uint32_t file : *files) {
    name = audit_file_name(file);
    const Result<std::string> octets = read_audit_file(folder + "/" + name);
    if (!octets.ok()) return octets.status();
    if (file == files->front()) {
      const Result<FileHead> head = parse_file_head(as_bytes(*octets));
      if (!head.ok()) return head.status();
      state = begin_chain(head->state.log_id, options.key);
      if (file != 1) verdict.problem = AuditProblem{name, 1, "it is missing: the log does not begin here"};
      if (head->state.signer != options.key)
        verdict.problem = AuditProblem{name, 1, "the log did not begin under this public key"};
      if (verdict.problem) return verdict;
    }
    FileWalk walk = walk_audit_file(
        name, file, as_bytes(*octets), state, [&](const ChainState&) { return options.initial_mac; },
        [&](const AuditEntry& entry, const ChainState& now) {
          if (options.remembered && options.remembered->number == entry.number) found = now.head.hash;
          verdict.last_unix_ns = entry.time_unix_ns;
          if (visit) visit(entry, now);
        });
    verdict.head = state.head;
    verdict.checkpoint = state.checkpoint;
    verdict.problem = std::move(walk.problem);
    if (verdict.problem) return verdict;
  }
  if (options.remembered) verdict.problem = compare(*options.remembered, found, verdict, name);
  return verdict;
}

Result<std::string> public_key_pem(const PublicKey& key) {
  const std::unique_ptr<EVP_PKEY, Free> made(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
  if (made == nullptr || bio == nullptr || PEM_write_bio_PUBKEY(bio.get(), made.get()) != 1) {
    ERR_clear_error();
    return absl::InternalError("audit: the public key cannot be written");
  }
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(length));
}

Result<PublicKey> parse_public_key_pem(const std::string& text) {
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const std::unique_ptr<EVP_PKEY, Free> key(bio == nullptr ? nullptr
                                                           : PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  PublicKey octets;
  size_t length = octets.size();
  const bool read = key != nullptr && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519 &&
                    EVP_PKEY_get_raw_public_key(key.get(), octets.data(), &length) == 1;
  ERR_clear_error();
  if (!read) return absl::InvalidArgumentError("audit: this is no PEM of an Ed25519 public key");
  return octets;
}

}  // namespace lictor::control
