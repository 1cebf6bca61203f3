#include "dataplane/trust/approver_book.h"

#include <fmt/format.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <string_view>
#include <utility>

#include "dataplane/trust/signature.h"

namespace lictor {
namespace {

using OwnedList = std::unique_ptr<X509_CRL, FreeBy<X509_CRL_free>>;
using OwnedStore = std::unique_ptr<X509_STORE, FreeBy<X509_STORE_free>>;
using OwnedContext = std::unique_ptr<X509_STORE_CTX, FreeBy<X509_STORE_CTX_free>>;

constexpr std::string_view kApprover = "urn:lictor:role:approver";
constexpr int kNamesMax = 64;

Status refused(std::string_view why) { return absl::PermissionDeniedError(fmt::format("order.certificate: {}", why)); }

std::optional<LegalTime> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  const int64_t seconds = timegm(&parts);
  constexpr int64_t kSecondsMax = INT64_MAX / kNanosecondsPerSecond;
  return LegalTime{std::clamp(seconds, -kSecondsMax, kSecondsMax) * kNanosecondsPerSecond};
}

bool is_approver(X509& certificate) {
  const OwnedNames names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (names == nullptr || sk_GENERAL_NAME_num(names.get()) > kNamesMax) return false;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_STRING* const uri = name->d.uniformResourceIdentifier;
    const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                                static_cast<size_t>(ASN1_STRING_length(uri)));
    if (text == kApprover) return true;
  }
  return false;
}

Result<OwnedBio> open_file(const std::string& path) {
  errno = 0;
  OwnedBio file(BIO_new_file(path.c_str(), "r"));
  if (file == nullptr) return absl::NotFoundError(fmt::format("{}: {}", path, std::strerror(errno)));
  return file;
}

bool is_same(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino && one.st_size == other.st_size &&
         one.st_mtim.tv_sec == other.st_mtim.tv_sec && one.st_mtim.tv_nsec == other.st_mtim.tv_nsec;
}

Result<Sha256> parse_pin(const std::string& text) {
  Sha256 pin{};
  const auto wrong = [] { return absl::InvalidArgumentError("a pin must be 64 hexadecimal digits"); };
  if (text.size() != 2 * pin.size()) return wrong();
  for (size_t i = 0; i < text.size(); ++i) {
    const int digit = OPENSSL_hexchar2int(static_cast<unsigned char>(text[i]));
    if (digit < 0) return wrong();
    pin[i / 2] = static_cast<uint8_t>(pin[i / 2] << 4 | digit);
  }
  return pin;
}

}  // namespace

struct ApproverBook::Store {
  OwnedStore store{X509_STORE_new()};
  LegalTime lists_until{INT64_MAX};  // behind it nobody knows who was revoked

  Status add_authorities(const std::string& path);
  Status add_lists(const std::string& path);
  Status vouch(X509& certificate, LegalTime& from, LegalTime& until) const;
};

Status ApproverBook::Store::add_authorities(const std::string& path) {
  const Result<OwnedBio> file = open_file(path);
  if (!file.ok()) return file.status();
  size_t added = 0;
  for (;; ++added) {
    const OwnedCertificate certificate(PEM_read_bio_X509(file->get(), nullptr, nullptr, nullptr));
    if (certificate == nullptr) break;
    if (X509_STORE_add_cert(store.get(), certificate.get()) != 1)
      return absl::FailedPreconditionError(fmt::format("{}: holds a certificate that cannot be used", path));
  }
  const bool is_whole = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (added == 0 || !is_whole)
    return absl::FailedPreconditionError(fmt::format("{}: holds no certificate, or one that cannot be read", path));
  return absl::OkStatus();
}

Status ApproverBook::Store::add_lists(const std::string& path) {
  const Result<OwnedBio> file = open_file(path);
  if (!file.ok()) return file.status();
  size_t added = 0;
  for (;; ++added) {
    const OwnedList list(PEM_read_bio_X509_CRL(file->get(), nullptr, nullptr, nullptr));
    if (list == nullptr) break;
    const std::optional<LegalTime> next = time_of(X509_CRL_get0_nextUpdate(list.get()));
    if (!next || X509_STORE_add_crl(store.get(), list.get()) != 1)
      return absl::FailedPreconditionError(fmt::format("{}: holds a list that cannot be used, or never ends", path));
    lists_until = std::min(lists_until, *next);
  }
  if (added == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
    return absl::FailedPreconditionError(fmt::format("{}: holds no revocation list, or one that is broken", path));
  X509_STORE_set_flags(store.get(), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return absl::OkStatus();
}

// Times are held against the hour apart: what was found good once is asked for again.
Status ApproverBook::Store::vouch(X509& certificate, LegalTime& from, LegalTime& until) const {
  const OwnedContext context(X509_STORE_CTX_new());
  if (context == nullptr || X509_STORE_CTX_init(context.get(), store.get(), &certificate, nullptr) != 1)
    return absl::ResourceExhaustedError("order.certificate: no memory for it");
  X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context.get()), X509_V_FLAG_NO_CHECK_TIME);
  if (X509_verify_cert(context.get()) != 1)
    return refused(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
  const STACK_OF(X509)* const chain = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const X509* const link = sk_X509_value(chain, i);
    const std::optional<LegalTime> begins = time_of(X509_get0_notBefore(link));
    const std::optional<LegalTime> ends = time_of(X509_get0_notAfter(link));
    if (!begins || !ends) return refused("has times that cannot be read");
    from = std::max(from, *begins);
    until = std::min(until, *ends);
  }
  until = std::min(until, lists_until);
  return absl::OkStatus();
}

ApproverBook::ApproverBook(const ApproverPlan& plan, std::vector<Sha256> pins) : plan_(plan), pins_(std::move(pins)) {}
ApproverBook::~ApproverBook() = default;

Result<ApproverBook::Seen> ApproverBook::look(const ApproverPlan& plan) {
  Seen seen{};
  size_t next = 0;
  for (const std::string* path : {&plan.ca, &plan.revoked})
    if (struct stat& facts = seen[next++]; !path->empty() && ::stat(path->c_str(), &facts) != 0)
      return absl::NotFoundError(fmt::format("{}: {}", *path, std::strerror(errno)));
  return seen;
}

// Null: pins alone decide.
Result<std::unique_ptr<ApproverBook::Store>> ApproverBook::read(const ApproverPlan& plan) {
  if (plan.ca.empty()) return std::unique_ptr<Store>();
  auto store = std::make_unique<Store>();
  if (Status status = store->add_authorities(plan.ca); !status.ok()) return status;
  ERR_clear_error();
  if (Status status = plan.revoked.empty() ? absl::OkStatus() : store->add_lists(plan.revoked); !status.ok())
    return status;
  return store;
}

Result<std::unique_ptr<ApproverBook>> ApproverBook::load(const ApproverPlan& plan) {
  const OpensslErrorsForgotten forgotten;
  if (!plan.names_anybody()) return absl::InvalidArgumentError("neither a CA nor a pin says who is an approver");
  std::vector<Sha256> pins;
  if (plan.pins.size() > kApproverPinsMax)
    return absl::InvalidArgumentError(fmt::format("at most {} pins are possible", kApproverPinsMax));
  for (const std::string& text : plan.pins) {
    const Result<Sha256> pin = parse_pin(text);
    if (!pin.ok()) return pin.status();
    pins.push_back(*pin);
  }
  std::unique_ptr<ApproverBook> book(new ApproverBook(plan, std::move(pins)));
  const Result<Seen> seen = look(plan);  // first: what changes meanwhile is read again
  if (!seen.ok()) return seen.status();
  Result<std::unique_ptr<Store>> store = read(plan);
  if (!store.ok()) return store.status();
  book->seen_ = *seen;
  book->store_ = *std::move(store);
  return book;
}

Status ApproverBook::refresh(LegalTime now) {
  const OpensslErrorsForgotten forgotten;
  const Result<Seen> seen = look(plan_);
  if (!seen.ok()) return seen.status();
  if (!std::ranges::equal(*seen, seen_, is_same)) {
    seen_ = *seen;
    Result<std::unique_ptr<Store>> store = read(plan_);
    problem_ = store.status();
    if (store.ok()) store_ = *std::move(store);
    if (problem_.ok()) known_.clear();
  }
  if (!problem_.ok()) return problem_;
  if (store_ != nullptr && store_->lists_until < now)
    return absl::FailedPreconditionError(fmt::format("{}: its next update is overdue", plan_.revoked));
  return absl::OkStatus();
}

Result<EVP_PKEY*> ApproverBook::key_of(Bytes der, std::optional<LegalTime> at) {
  const OpensslErrorsForgotten forgotten;
  if (der.empty() || der.size() > kApproverCertificateBytesMax) return refused("is not there, or too long");
  const Sha256 digest = sha256_digest(der);
  auto found = known_.find(digest);
  if (found == known_.end()) {
    if (!pins_.empty() && std::ranges::find(pins_, digest) == pins_.end()) return refused("is not a pinned one");
    Result<Known> known = judge(der);
    if (!known.ok()) return known.status();
    if (known_.size() == kKnownMax) known_.clear();
    found = known_.emplace(digest, *std::move(known)).first;
  }
  const Known& known = found->second;
  if (at && *at < known.from) return refused("is not valid yet");
  if (at && *at > known.until) return refused("is not valid any more, or the revocation list is too old");
  return known.key.get();
}

Result<ApproverBook::Known> ApproverBook::judge(Bytes der) const {
  const uint8_t* at = der.data();
  const OwnedCertificate certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (certificate == nullptr || at != der.data() + der.size()) return refused("cannot be read");
  if (!is_approver(*certificate)) return refused("does not name an approver");
  if ((X509_get_key_usage(certificate.get()) & X509v3_KU_DIGITAL_SIGNATURE) == 0) return refused("may not sign");
  const std::optional<LegalTime> from = time_of(X509_get0_notBefore(certificate.get()));
  const std::optional<LegalTime> until = time_of(X509_get0_notAfter(certificate.get()));
  Known known{.key = OwnedKey(X509_get_pubkey(certificate.get())),
              .from = from.value_or(LegalTime{INT64_MAX}),
              .until = until.value_or(LegalTime{INT64_MIN})};
  if (known.key == nullptr || !is_taken(*known.key))
    return refused("has a key that is none of Ed25519, ECDSA P-256 and ECDSA P-384");
  if (store_ == nullptr) return known;
  if (Status status = store_->vouch(*certificate, known.from, known.until); !status.ok()) return status;
  return known;
}

}  // namespace lictor
