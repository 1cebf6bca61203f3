#include "encoders/lemf/integrity_book.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "encoders/der/container_view.h"

namespace lictor::lemf {
namespace {

constexpr uint32_t kIri = 1;
constexpr uint32_t kCc = 2;
constexpr uint32_t kHash = 1;
constexpr uint32_t kSignature = 2;
constexpr uint32_t kEddsa = 3;

const EVP_MD* digest_of(uint32_t algorithm) {
  switch (algorithm) {
    case 1:
      return EVP_sha1();  // of old senders
    case 2:
      return EVP_sha256();
    case 3:
      return EVP_sha384();
    case 4:
      return EVP_sha512();
    default:
      return nullptr;
  }
}

struct DigestFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Digest = std::unique_ptr<EVP_MD_CTX, DigestFree>;

bool signature_holds(EVP_PKEY* key, const EVP_MD* digest, Bytes signature, Bytes message) {
  const Digest context(EVP_MD_CTX_new());
  const bool holds =
      EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
      EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
  ERR_clear_error();
  return holds;
}

void append(std::vector<uint8_t>& out, Bytes octets) { out.insert(out.end(), octets.begin(), octets.end()); }

void complain(IntegrityVerdict& verdict, std::string what) {
  ++verdict.faults;
  if (verdict.complaints.size() < IntegrityVerdict::kComplaintsMax) verdict.complaints.push_back(std::move(what));
}

}  // namespace

Result<PublicKey> load_public_key(const std::string& path) {
  struct Close {
    void operator()(FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<FILE, Close> file(std::fopen(path.c_str(), "re"));
  if (file == nullptr) return absl::NotFoundError(fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  PublicKey key(PEM_read_PUBKEY(file.get(), nullptr, nullptr, nullptr));
  if (key == nullptr) {
    std::rewind(file.get());
    X509* const certificate = PEM_read_X509(file.get(), nullptr, nullptr, nullptr);
    key.reset(certificate == nullptr ? nullptr : X509_get_pubkey(certificate));
    X509_free(certificate);
  }
  ERR_clear_error();
  if (key == nullptr) return absl::InvalidArgumentError(path + ": holds neither a public key nor a certificate");
  return key;
}

IntegrityBook::Base IntegrityBook::base_of(const der::RecordView& view) const {
  const auto text = [](Bytes octets) { return std::string(as_text(octets)); };
  const uint32_t cin = scope_ == der::SeriesScope::kLiid ? 0 : view.cin.value_or(0);
  return {text(view.liid), text(view.operator_id), text(view.network_element), cin};
}

IntegrityBook::Series& IntegrityBook::series_of(const der::RecordView& view, uint32_t data_type) {
  const Base base = base_of(view);
  const auto resets = resets_.find(base);
  return series_[{base, resets == resets_.end() ? 0 : resets->second.size(), data_type}];
}

void IntegrityBook::record(const der::RecordView& view, uint64_t offset) {
  if (!view.number) return;
  Place place{.octets = view.record, .offset = offset, .unencrypted = {}};
  if (view.kind == der::Kind::kCinReset) {
    std::vector<std::string>& resets = resets_[base_of(view)];
    std::string octets(as_text(view.record));
    if (std::ranges::find(resets, octets) == resets.end()) resets.push_back(std::move(octets));
  }
  if (view.kind == der::Kind::kEncrypted) return encrypted(view, std::move(place));
  if (view.kind == der::Kind::kIri) note(series_of(view, kIri).records, *view.number, place);
  if (view.kind == der::Kind::kCc) note(series_of(view, kCc).records, *view.number, place);
  if (view.kind != der::Kind::kIntegrityCheck) return;
  std::optional<der::IntegrityView> check = der::read_integrity(view.record);
  if (!check || (check->check_type != kHash && check->check_type != kSignature)) {
    conflicts_.push_back(fmt::format("octet {}: an integrity check that cannot be read", offset));
    return;
  }
  Series& series = series_of(view, check->data_type);
  const bool is_hash = check->check_type == kHash;
  note(is_hash ? series.hashes : series.signatures, *view.number, {.place = place, .view = *std::move(check)});
}

// Notifications are of part 1; no hash is of them.
void IntegrityBook::encrypted(const der::RecordView& view, Place place) {
  constexpr uint32_t kPart1 = 8;
  const std::optional<der::ContainerView> container = der::read_container(view.record);
  if (!container || container->part == kPart1) return;
  if (payload_keys_ != nullptr) {
    Result<OpenedRecord> opened = payload_keys_->open(view);
    if (opened.ok()) place.unencrypted = std::move(opened->unencrypted);
    if (!opened.ok())
      conflicts_.push_back(fmt::format("octet {}: {}", place.offset, std::string(opened.status().message())));
  }
  const bool is_cc = interface_ == der::Interface::kHi3;
  note(series_of(view, is_cc ? kCc : kIri).records, *view.number, std::move(place));
}

void IntegrityBook::note(std::map<uint32_t, Place>& records, uint32_t number, Place place) {
  const Bytes octets = place.octets;
  const uint64_t offset = place.offset;
  const auto [found, is_new] = records.emplace(number, std::move(place));
  if (!is_new && !std::ranges::equal(found->second.octets, octets))
    conflicts_.push_back(fmt::format("octet {}: number {} came before with other octets", offset, number));
}

void IntegrityBook::note(std::map<uint32_t, Check>& checks, uint32_t number, Check check) {
  const Place place = check.place;
  const auto [found, is_new] = checks.emplace(number, std::move(check));
  if (!is_new && !std::ranges::equal(found->second.place.octets, place.octets))
    conflicts_.push_back(fmt::format("octet {}: check {} came before with other octets", place.offset, number));
}

IntegrityVerdict IntegrityBook::verdict() const {
  IntegrityVerdict verdict;
  for (const std::string& conflict : conflicts_) complain(verdict, conflict);
  for (const auto& [key, series] : series_) judge(series, verdict);
  return verdict;
}

void IntegrityBook::judge(const Series& series, IntegrityVerdict& verdict) const {
  std::set<uint32_t> proven;
  std::set<uint32_t> unsigned_hashes;
  for (const auto& [number, hash] : series.hashes) {
    const bool as_sent = hash_holds(series, hash, false);
    const bool before = !as_sent && hash_holds(series, hash, true);
    if (before) verdict.hashed.insert("records before encryption");
    if (!as_sent && !before) {
      complain(verdict, fmt::format("octet {}: hash {} does not hold", hash.place.offset, number));
      continue;
    }
    ++verdict.hashes;
    unsigned_hashes.insert(number);
    proven.insert(hash.view.numbers.begin(), hash.view.numbers.end());
  }
  verdict.records += series.records.size();
  verdict.unproven += series.records.size() - proven.size();
  judge_numbers(series.hashes, "hash", verdict);
  judge_numbers(series.signatures, "signature", verdict);
  for (const auto& [number, signature] : series.signatures) {
    if (!judge_signature(series, signature, verdict)) continue;
    for (const uint32_t hash : signature.view.numbers) unsigned_hashes.erase(hash);
  }
  if (key_ != nullptr) verdict.unsigned_hashes += unsigned_hashes.size();
}

bool IntegrityBook::hash_holds(const Series& series, const Check& hash, bool unencrypted) {
  const EVP_MD* const algorithm = digest_of(hash.view.hash_algorithm);
  const Digest context(EVP_MD_CTX_new());
  if (algorithm == nullptr || EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1) return false;
  for (const uint32_t number : hash.view.numbers) {
    const auto record = series.records.find(number);
    if (record == series.records.end()) return false;
    const Place& place = record->second;
    const Bytes octets = unencrypted && !place.unencrypted.empty() ? Bytes(place.unencrypted) : place.octets;
    if (EVP_DigestUpdate(context.get(), octets.data(), octets.size()) != 1) return false;
  }
  uint8_t value[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (EVP_DigestFinal_ex(context.get(), value, &length) != 1) return false;
  return std::ranges::equal(Bytes(value, length), hash.view.value);
}

// They begin at 0, or at 1 as some senders count.
void IntegrityBook::judge_numbers(const std::map<uint32_t, Check>& checks, const char* what,
                                  IntegrityVerdict& verdict) {
  if (checks.empty()) return;
  const uint32_t first = checks.begin()->first;
  const uint64_t span = uint64_t{checks.rbegin()->first} - first + 1;
  if (first <= 1 && span == checks.size()) return;
  complain(verdict, fmt::format("octet {}: of a series of {} checks some are missing",
                                checks.begin()->second.place.offset, what));
}

bool IntegrityBook::judge_signature(const Series& series, const Check& signature, IntegrityVerdict& verdict) const {
  if (key_ == nullptr) {
    ++verdict.unjudged;
    return false;
  }
  std::vector<uint8_t> pdus;
  std::vector<uint8_t> digests;
  bool complete = true;
  uint32_t algorithm = signature.view.hash_algorithm;
  for (const uint32_t number : signature.view.numbers) {
    const auto hash = series.hashes.find(number);
    complete = complete && hash != series.hashes.end();
    if (!complete) break;
    append(pdus, hash->second.place.octets);
    append(digests, hash->second.view.value);
    if (algorithm == 0) algorithm = hash->second.view.hash_algorithm;  // not said: the one of its hashes
  }
  const EVP_MD* const digest = signature.view.signature_algorithm == kEddsa ? nullptr : digest_of(algorithm);
  const std::vector<uint8_t> list = der::integrity_without_value(signature.view);
  const std::pair<const char*, Bytes> readings[] = {{"hash PDUs", pdus}, {"digests", digests}, {"list", list}};
  for (const auto& [name, message] : readings) {
    if (!complete || !signature_holds(key_, digest, signature.view.value, message)) continue;
    ++verdict.signatures;
    verdict.covers.insert(name);
    return true;
  }
  complain(verdict, fmt::format("octet {}: a signature does not hold", signature.place.offset));
  return false;
}

}  // namespace lictor::lemf
