#include "dataplane/trust/directive_signature.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "dataplane/base/check.h"
#include "dataplane/trust/sha256.h"
#include "dataplane/trust/signature.h"

namespace lictor {
namespace {

constexpr std::string_view kPurpose = "lictor-directive-1";
constexpr std::string_view kBatchPurpose = "lictor-directives-1";

void append(std::string& statement, std::string_view part) {
  const auto length = static_cast<uint32_t>(part.size());
  for (int shift = 24; shift >= 0; shift -= 8) statement.push_back(static_cast<char>(length >> shift & 0xff));
  statement += part;
}

std::string statement_of(std::string_view purpose, const DirectiveReader& reader, std::span<const Bytes> directives) {
  std::string statement;
  size_t octets = 160;
  for (const Bytes directive : directives) octets += 4 + directive.size();
  statement.reserve(octets);
  for (const std::string_view part :
       {purpose, std::string_view(reader.fleet_id), std::string_view(reader.network_element_id),
        std::string_view(reader.incarnation)})
    append(statement, part);
  for (const Bytes directive : directives) append(statement, as_text(directive));
  return statement;
}

bool is_ed25519(const EVP_PKEY& key) { return EVP_PKEY_get_base_id(&key) == EVP_PKEY_ED25519; }

Status failed(const std::string& path, const char* what) {
  return absl::UnavailableError(fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

// On the disk when it returns, or not there. What is there stays.
Status write_new(const std::string& path, mode_t mode, const OwnedBio& text) {
  const std::string scratch = path + ".new";
  ::unlink(scratch.c_str());
  const int fd = ::open(scratch.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) return failed(scratch, "cannot be made");
  char* octets = nullptr;
  const long length = BIO_get_mem_data(text.get(), &octets);
  const bool is_written = ::write(fd, octets, static_cast<size_t>(length)) == length && ::fsync(fd) == 0;
  ::close(fd);
  if (!is_written || ::link(scratch.c_str(), path.c_str()) != 0) {
    const Status status = failed(path, "cannot be written");
    ::unlink(scratch.c_str());
    return status;
  }
  ::unlink(scratch.c_str());
  return absl::OkStatus();
}

Status make_key(const std::string& path) {
  const OwnedKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const OwnedBio secret(BIO_new(BIO_s_secmem()));
  if (key == nullptr || secret == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return absl::UnavailableError(fmt::format("{}: no key can be made", path));
  return write_new(path, 0400, secret);
}

// For whoever carries it to the dataplanes. It may be taken away: it comes back at the next start.
Status write_public(const std::string& path, EVP_PKEY& key) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) == 0) return absl::OkStatus();
  const OwnedBio text(BIO_new(BIO_s_mem()));
  if (text == nullptr || PEM_write_bio_PUBKEY(text.get(), &key) != 1)
    return absl::UnavailableError(fmt::format("{}: cannot be written", path));
  return write_new(path, 0444, text);
}

}  // namespace

std::string key_id_of(EVP_PKEY& key) {
  uint8_t* der = nullptr;
  const int length = i2d_PUBKEY(&key, &der);
  LICTOR_CHECK(length > 0);
  const Sha256 digest = sha256_digest({der, static_cast<size_t>(length)});
  OPENSSL_free(der);
  std::string id;
  for (size_t i = 0; i < 8; ++i) id += fmt::format("{:02x}", digest[i]);
  return id;
}

DirectiveSigner::DirectiveSigner(OwnedKey key) : key_(std::move(key)), key_id_(key_id_of(*key_)) {}

Result<std::unique_ptr<DirectiveSigner>> DirectiveSigner::open(const std::string& path) {
  const OpensslErrorsForgotten forgotten;
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) {
    if (errno != ENOENT) return failed(path, "cannot be looked at");
    if (Status status = make_key(path); !status.ok()) return status;
    if (::lstat(path.c_str(), &facts) != 0) return failed(path, "cannot be looked at");
  }
  if (!S_ISREG(facts.st_mode) || (facts.st_mode & 077) != 0)
    return absl::FailedPreconditionError(fmt::format("{}: others have rights on it: chmod 400", path));
  Result<OwnedKey> key = load_private_key(path);
  if (!key.ok()) return key.status();
  if (!is_ed25519(**key)) return absl::FailedPreconditionError(fmt::format("{}: is no Ed25519 key", path));
  if (Status status = write_public(path + ".pub", **key); !status.ok()) return status;
  return std::unique_ptr<DirectiveSigner>(new DirectiveSigner(*std::move(key)));
}

Result<std::string> DirectiveSigner::sign(const DirectiveReader& reader, Bytes directive) const {
  return sign_octets(*key_, as_bytes(statement_of(kPurpose, reader, {&directive, 1})));
}

Result<std::string> DirectiveSigner::sign_batch(const DirectiveReader& reader,
                                                std::span<const Bytes> directives) const {
  return sign_octets(*key_, as_bytes(statement_of(kBatchPurpose, reader, directives)));
}

Result<std::unique_ptr<DirectiveKeys>> DirectiveKeys::load(const std::vector<std::string>& paths) {
  if (paths.empty() || paths.size() > kDirectiveKeysMax)
    return absl::InvalidArgumentError(fmt::format("1 to {} keys are possible", kDirectiveKeysMax));
  std::vector<std::pair<std::string, OwnedKey>> keys;
  for (const std::string& path : paths) {
    Result<OwnedKey> key = load_public_key(path);
    if (!key.ok()) return key.status();
    if (!is_ed25519(**key)) return absl::FailedPreconditionError(fmt::format("{}: is no Ed25519 key", path));
    std::string id = key_id_of(**key);
    keys.emplace_back(std::move(id), *std::move(key));
  }
  return std::unique_ptr<DirectiveKeys>(new DirectiveKeys(std::move(keys)));
}

Status DirectiveKeys::verify(const DirectiveReader& reader, Bytes directive, const std::string& key_id,
                             Bytes signature) const {
  return verify_statement(statement_of(kPurpose, reader, {&directive, 1}), key_id, signature);
}

Status DirectiveKeys::verify_batch(const DirectiveReader& reader, std::span<const Bytes> directives,
                                   const std::string& key_id, Bytes signature) const {
  return verify_statement(statement_of(kBatchPurpose, reader, directives), key_id, signature);
}

Status DirectiveKeys::verify_statement(const std::string& statement, const std::string& key_id, Bytes signature) const {
  if (signature.empty()) return absl::PermissionDeniedError("directive.signature: nobody signed it");
  const auto key = std::ranges::find(keys_, key_id, &std::pair<std::string, OwnedKey>::first);
  if (key == keys_.end()) return absl::PermissionDeniedError("directive.key_id: is of no key that is pinned here");
  const Status status = verify_signature(*key->second, as_bytes(statement), signature);
  if (status.ok()) return status;
  return absl::PermissionDeniedError("directive.signature: " + std::string(status.message()));
}

}  // namespace lictor
