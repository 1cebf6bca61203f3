// What warrants and agencies were before each change: kept in the commit of the change, and the account's entry of it
// has the hash of what it became. Who reviews a reduction, audits or certifies sees what was taken away.
#include <fmt/format.h>
#include <openssl/rand.h>

#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/admin/warrant_parts.h"
#include "control/registry/hex.h"
#include "control/registry/history.h"
#include "control/registry/keys.h"
#include "control/registry/text_rules.h"
#include "control/registry/violations.h"

namespace lictor::control {
namespace {

constexpr uint32_t kVersionsPerPageMax = 100;
constexpr uint32_t kVersionsPerPageDefault = 20;

struct Page {
  size_t size;
  std::string after;
};

// A token is the part of the last row's key behind the prefix.
Result<Page> page_of(uint32_t size, const std::string& token, const std::string& prefix) {
  if (size > kVersionsPerPageMax)
    return refused(absl::StatusCode::kInvalidArgument, "page_size", fmt::format("at most {}", kVersionsPerPageMax));
  if (!token.empty() && (token.size() != 16 || !octets_of_hex(token)))
    return refused(absl::StatusCode::kInvalidArgument, "page_token", "is none of ours");
  return Page{.size = size == 0 ? kVersionsPerPageDefault : size, .after = token.empty() ? token : prefix + token};
}

// Where the next version goes. ResourceExhausted: there are kFormerMax.
Result<std::string> next_key(Store& store, const std::string& prefix, int64_t now_unix_ns) {
  const Result<std::vector<Entry>> kept = store.list(prefix, "", kFormerMax);
  if (!kept.ok()) return kept.status();
  if (kept->size() == kFormerMax)
    return absl::ResourceExhaustedError(fmt::format("it was changed {} times, and no more are kept", kFormerMax));
  return former_key(prefix, now_unix_ns, kept->empty() ? std::string() : kept->back().key);
}

}  // namespace

// Made with the first entry that needs it, and gone with the warrant's personal fields.
Result<std::string> Administration::salt_of(const std::string& warrant_id, std::vector<Write>& writes) {
  const Result<std::optional<Entry>> entry = store_.get(salt_key(warrant_id));
  if (!entry.ok()) return entry.status();
  if (entry->has_value()) return (*entry)->value;
  std::string salt(kSaltOctets, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), static_cast<int>(salt.size())) != 1)
    return absl::InternalError("no random octets");
  writes.push_back({.key = salt_key(warrant_id), .value = salt, .expected_revision = kMustBeAbsent});
  return salt;
}

// By their hashes what it says, and what waits, can be shown later to be what they were.
Status Administration::describe(Deed& deed, const v1::Warrant& warrant, std::vector<Write>& writes) {
  const Result<std::string> salt = salt_of(warrant.id(), writes);
  if (!salt.ok()) return salt.status();
  for (AuditField& field : fields_of(warrant)) deed.fields.push_back(std::move(field));
  deed.fields.push_back({"warrant_sha256", hex_of(digest_of(*salt, warrant))});
  deed.fields.push_back({"order_sha256", hex_of(warrant.order_sha256())});
  if (warrant.has_proposed()) deed.fields.push_back({"proposed_sha256", hex_of(digest_of(*salt, warrant.proposed()))});
  return absl::OkStatus();
}

Status Administration::keep_former(const Deed& deed, const v1::Warrant& after, std::vector<Write>& writes) {
  const Result<StoredWarrant> before = registry_->warrant(after.id());
  if (!before.ok()) return before.status();
  v1::FormerWarrant former;
  *former.mutable_warrant() = ordered_of(before->warrant());
  if (former.warrant().SerializeAsString() == ordered_of(after).SerializeAsString()) return absl::OkStatus();
  const LegalTime now = options_.legal_clock();
  *former.mutable_replaced() = deed_of(deed.caller, now);
  former.set_action(deed.action);
  Result<std::string> key = next_key(store_, former_warrants_of(after.id()), now.unix_ns);
  if (!key.ok()) return key.status();
  writes.push_back({.key = *std::move(key), .value = former.SerializeAsString(), .expected_revision = kMustBeAbsent});
  return absl::OkStatus();
}

Status Administration::keep_former(const Deed& deed, const v1::Agency& before, std::vector<Write>& writes) {
  const LegalTime now = options_.legal_clock();
  v1::FormerAgency former;
  *former.mutable_agency() = before;
  former.mutable_agency()->clear_revision();
  *former.mutable_replaced() = deed_of(deed.caller, now);
  former.set_action(deed.action);
  Result<std::string> key = next_key(store_, former_agencies_of(before.id()), now.unix_ns);
  if (!key.ok()) return key.status();
  writes.push_back({.key = *std::move(key), .value = former.SerializeAsString(), .expected_revision = kMustBeAbsent});
  return absl::OkStatus();
}

Result<std::vector<Write>> Administration::forget_history(const std::string& warrant_id) {
  const Result<std::vector<Entry>> kept = store_.list(former_warrants_of(warrant_id), "", kFormerMax);
  if (!kept.ok()) return kept.status();
  std::vector<Write> writes;
  for (const Entry& entry : *kept) writes.push_back({.key = entry.key, .value = std::nullopt});
  const Result<std::optional<Entry>> salt = store_.get(salt_key(warrant_id));
  if (!salt.ok()) return salt.status();
  if (salt->has_value()) writes.push_back({.key = salt_key(warrant_id), .value = std::nullopt});
  return writes;
}

Result<v1::GetWarrantHistoryReply> Administration::get_warrant_history(const v1::GetWarrantHistoryRequest& request,
                                                                       const Caller& caller) {
  const Act act(*this);
  const Result<StoredWarrant> stored = registry_->warrant(request.id(), caller.desks);
  if (!stored.ok()) return stored.status();
  const std::string prefix = former_warrants_of(stored->warrant().id());
  const Result<Page> page = page_of(request.page_size(), request.page_token(), prefix);
  if (!page.ok()) return page.status();
  const Result<std::vector<Entry>> kept = store_.list(prefix, page->after, page->size);
  if (!kept.ok()) return kept.status();
  const Result<std::optional<Entry>> salt = store_.get(salt_key(stored->warrant().id()));
  if (!salt.ok()) return salt.status();
  v1::GetWarrantHistoryReply reply;
  if (salt->has_value()) {
    reply.set_salt((*salt)->value);
    reply.set_sha256(digest_of(reply.salt(), stored->warrant()));
  }
  for (const Entry& entry : *kept) {
    v1::FormerWarrant& former = *reply.add_versions();
    if (!former.ParseFromString(entry.value)) return absl::DataLossError("store: a former warrant cannot be read");
    former.set_sha256(digest_of(reply.salt(), former.warrant()));
  }
  if (kept->size() == page->size) reply.set_next_page_token(kept->back().key.substr(prefix.size()));
  return reply;
}

Result<v1::GetAgencyHistoryReply> Administration::get_agency_history(const v1::GetAgencyHistoryRequest& request) {
  const Act act(*this);
  if (!is_agency_id(request.id())) return absl::NotFoundError("id: no such agency");
  const std::string prefix = former_agencies_of(request.id());
  const Result<Page> page = page_of(request.page_size(), request.page_token(), prefix);
  if (!page.ok()) return page.status();
  const Result<std::vector<Entry>> kept = store_.list(prefix, page->after, page->size);
  if (!kept.ok()) return kept.status();
  if (kept->empty() && registry_->agency(request.id()) == nullptr) return absl::NotFoundError("id: no such agency");
  v1::GetAgencyHistoryReply reply;
  for (const Entry& entry : *kept) {
    v1::FormerAgency& former = *reply.add_versions();
    if (!former.ParseFromString(entry.value)) return absl::DataLossError("store: a former agency cannot be read");
    former.set_sha256(digest_of(former.agency()));
  }
  if (kept->size() == page->size) reply.set_next_page_token(kept->back().key.substr(prefix.size()));
  return reply;
}

}  // namespace lictor::control
