#include "encoders/integrity/integrity_chain.h"

#include <utility>

#include "dataplane/base/check.h"
#include "encoders/etsi/integrity_record.h"

namespace lictor {
namespace {

SocketTime behind(SocketTime now, uint32_t ms) { return {now.ns + int64_t{ms} * 1'000'000}; }

}  // namespace

Result<std::unique_ptr<IntegrityChain>> IntegrityChain::make(IntegrityPlan plan, TaskSlot slot) {
  std::unique_ptr<IntegrityChain> chain(new IntegrityChain(std::move(plan), slot));
  for (const CheckedKind of : {CheckedKind::kIri, CheckedKind::kCc}) {
    if (Status status = chain->prepare(chain->series_[{of, 0}]); !status.ok()) return status;
  }
  return chain;
}

// Once, so that OpenSSL has fetched the algorithm: beginning anew does not fail afterwards.
Status IntegrityChain::prepare(Series& series) const {
  series.context.reset(EVP_MD_CTX_new());
  if (series.context == nullptr || EVP_DigestInit_ex(series.context.get(), digest_of(plan_.hash), nullptr) != 1)
    return absl::ResourceExhaustedError("integrity: OpenSSL has no digest");
  return absl::OkStatus();
}

IntegrityChain::Series& IntegrityChain::series(Key key) {
  const auto [found, is_new] = series_.try_emplace(key);
  if (is_new) LICTOR_CHECK(prepare(found->second).ok());
  return found->second;
}

std::optional<IntegrityCheck> IntegrityChain::record(CheckedKind of, uint32_t cin, uint32_t number, Bytes octets,
                                                     SocketTime now) {
  const Key key{of, cin};
  Series& own = series(key);
  if (own.records.empty()) {
    LICTOR_CHECK(EVP_DigestInit_ex(own.context.get(), digest_of(plan_.hash), nullptr) == 1);
    own.hash_due = behind(now, plan_.hash_ms);
  }
  LICTOR_CHECK(EVP_DigestUpdate(own.context.get(), octets.data(), octets.size()) == 1);
  own.records.push_back(number);
  if (own.records.size() < plan_.hash_records) return std::nullopt;
  return finish_hash(key, own);
}

IntegrityCheck IntegrityChain::finish_hash(Key key, Series& own) {
  IntegrityCheck check{.kind = IntegrityCheck::Kind::kHash,
                       .of = key.first,
                       .cin = key.second,
                       .hash = plan_.hash,
                       .numbers = std::exchange(own.records, {}),
                       .value = std::vector<uint8_t>(EVP_MAX_MD_SIZE)};
  unsigned length = 0;
  LICTOR_CHECK(EVP_DigestFinal_ex(own.context.get(), check.value.data(), &length) == 1);
  check.value.resize(length);
  return check;
}

std::optional<IntegrityCheck> IntegrityChain::hash_pdu(CheckedKind of, uint32_t cin, uint32_t number, Bytes octets,
                                                       Bytes digest, SocketTime now) {
  if (!signs()) return std::nullopt;
  const Key key{of, cin};
  Series& own = series(key);
  if (own.hashes.empty()) own.signature_due = behind(now, plan_.signature_ms);
  own.hashes.push_back(number);
  if (plan_.covers == SignatureCovers::kHashPdus) own.message.insert(own.message.end(), octets.begin(), octets.end());
  if (plan_.covers == SignatureCovers::kDigests) own.message.insert(own.message.end(), digest.begin(), digest.end());
  if (own.hashes.size() < plan_.signature_hashes) return std::nullopt;
  return sign(key, own);
}

IntegrityCheck IntegrityChain::sign(Key key, Series& own) {
  IntegrityCheck check{.kind = IntegrityCheck::Kind::kSignature,
                       .of = key.first,
                       .cin = key.second,
                       .hash = plan_.hash,
                       .signature = plan_.key->algorithm(),
                       .names_hash = plan_.covers != SignatureCovers::kList,
                       .numbers = std::exchange(own.hashes, {}),
                       .value = {}};
  std::vector<uint8_t> message = std::exchange(own.message, {});
  if (plan_.covers == SignatureCovers::kList) message = integrity_list(check);
  check.value = plan_.key->sign(message, plan_.hash);
  return check;
}

std::optional<IntegrityCheck> IntegrityChain::due_hash(CheckedKind of, SocketTime now) {
  for (auto& [key, own] : series_) {
    if (key.first != of || own.records.empty() || now < own.hash_due) continue;
    return finish_hash(key, own);
  }
  return std::nullopt;
}

std::optional<IntegrityCheck> IntegrityChain::due_signature(CheckedKind of, SocketTime now) {
  for (auto& [key, own] : series_) {
    if (key.first != of || own.hashes.empty() || now < own.signature_due) continue;
    return sign(key, own);
  }
  std::erase_if(series_, [](const auto& entry) {
    return entry.first.second != 0 && entry.second.records.empty() && entry.second.hashes.empty();
  });
  return std::nullopt;
}

}  // namespace lictor
