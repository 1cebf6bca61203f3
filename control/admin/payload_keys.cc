// The life of warrants' payload keys: filed or made with the warrant, there for whoever may have its records, erased
// when its order is annulled or keys.age_max_s behind its end. Not with the last delivery: who has the records but not
// yet the key could never read them.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "control/admin/act.h"
#include "control/admin/payload_key_change.h"
#include "control/registry/payload_key_rules.h"
#include "control/registry/uuid.h"
#include "control/registry/violations.h"
#include "control/registry/warrant_rules.h"

namespace lictor::control {
namespace {

// Of these an agency hears by whoever asks for its key: the alarm ends then, which ends nothing of what went wrong.
constexpr const char* kMade = "payload_key";
constexpr const char* kFailed = "payload_key_failed";

// Ends the alarm where there is no text.
void raise_or_end(AlarmLog& alarms, const char* code, const std::string& warrant_id, const std::string& text,
                  LegalTime now) {
  v1::Alarm alarm;
  alarm.set_code(code);
  alarm.set_severity(v1::ALARM_SEVERITY_CRITICAL);
  alarm.set_destination_id("warrant/" + warrant_id);  // alarms are told apart by it
  if (text.empty() && !alarms.stands(alarm)) return;
  if (text.empty()) {
    alarm.set_cleared_unix_ns(now.unix_ns);
  } else {
    spdlog::warn("warrant {}: {}", warrant_id, text);
    alarm.set_raised_unix_ns(now.unix_ns);
    alarm.set_text(text);
  }
  alarms.report(std::move(alarm));
}

}  // namespace

Administration::PayloadKeyChange::~PayloadKeyChange() {
  for (const auto& [id, bytes] : staged_) administration_.options_.payload_keys->discard(id, bytes);
}

Status Administration::PayloadKeyChange::need(const std::string& warrant_id, const v1::Agency& agency) {
  const size_t bytes = payload_key_bytes(agency.profile().encryption());
  if (bytes == 0) return absl::OkStatus();
  const PayloadKeys* const keys = administration_.options_.payload_keys;
  if (keys == nullptr) return absl::FailedPreconditionError("this lictord keeps no keys of warrants");
  const size_t has = keys->bytes_of(warrant_id);
  if (has == bytes) return absl::OkStatus();
  if (has != 0)
    return refused(
        absl::StatusCode::kFailedPrecondition, "agency.profile.encryption.method",
        fmt::format("warrant {} is filed or in force and has a payload key of {} octets, the method needs {}",
                    warrant_id, has, bytes));
  const Result<SecretOctets> key = SecretOctets::random(bytes);
  if (!key.ok()) return key.status();
  made_.insert(warrant_id);
  return stage(warrant_id, key->text());
}

Status Administration::PayloadKeyChange::take(const std::string& warrant_id, const std::string& given,
                                              const v1::Agency& agency) {
  const PayloadKeys* const keys = administration_.options_.payload_keys;
  if (given.empty() || keys == nullptr) return need(warrant_id, agency);
  if (keys->bytes_of(warrant_id) == 0) return stage(warrant_id, given);
  const Result<SecretOctets> before = keys->get(warrant_id);
  if (!before.ok()) return before.status();
  if (before->text() == given) return absl::OkStatus();
  replaces_ = true;
  return stage(warrant_id, given);
}

Status Administration::PayloadKeyChange::stage(const std::string& warrant_id, const std::string& key) {
  staged_[warrant_id] = key.size();
  return administration_.options_.payload_keys->stage(warrant_id, key);
}

void Administration::PayloadKeyChange::warn(std::vector<std::string>& warnings) const {
  if (!made_.empty())
    warnings.emplace_back("a payload key was made for it: the agency needs it (lictorctl warrant payload-key)");
  if (replaces_)
    warnings.emplace_back(
        "its payload key was replaced: where it is in force it goes on under new XIDs, and what was copied before is "
        "encrypted by the former");
}

// Where this fails the warrant has no key, or its former one: dataplanes are never told of one that is not on the disk.
void Administration::PayloadKeyChange::committed() {
  for (const auto& [id, bytes] : std::exchange(staged_, {})) {
    if (const Status status = administration_.options_.payload_keys->publish(id, bytes); !status.ok()) {
      spdlog::error("the payload key of warrant {} could not be kept: {}", id, std::string(status.message()));
      raise_or_end(*administration_.alarms_, kFailed, id,
                   "its payload key could not be kept: give it another one, or end it",
                   administration_.options_.legal_clock());
      made_.erase(id);
      continue;
    }
    spdlog::info("warrant {} has a payload key", id);
    administration_.report_payload_key(id, "");
    raise_or_end(*administration_.alarms_, kFailed, id, "", administration_.options_.legal_clock());
  }
}

void Administration::PayloadKeyChange::tell_made() const {
  for (const std::string& id : made_)
    administration_.report_payload_key(
        id, "a payload key was made for it: the agency needs it (lictorctl warrant payload-key)");
}

Result<v1::GetPayloadKeyReply> Administration::get_payload_key(const std::string& id, const Caller& caller) {
  const Act act(*this);
  if (const Result<StoredWarrant> stored = registry_->warrant(id, caller.desks); !stored.ok()) return stored.status();
  if (options_.payload_keys == nullptr) return absl::NotFoundError("id: this lictord keeps no keys of warrants");
  const Result<SecretOctets> key = options_.payload_keys->get(id);
  if (!key.ok()) return key.status();
  spdlog::info("the payload key of warrant {} was asked for", id);
  report_payload_key(id, "");
  v1::GetPayloadKeyReply reply;
  reply.set_key(key->text());
  return reply;
}

void Administration::erase_payload_key(const std::string& warrant_id) {
  if (options_.payload_keys == nullptr || options_.payload_keys->warrant_ids().count(warrant_id) == 0) return;
  if (const Status status = options_.payload_keys->erase(warrant_id); !status.ok()) {
    spdlog::error("the payload key of warrant {} could not be erased: {}", warrant_id, std::string(status.message()));
    return raise_or_end(*alarms_, kFailed, warrant_id,
                        "its payload key could not be erased; it is tried again within the hour",
                        options_.legal_clock());
  }
  spdlog::info("the payload key of warrant {} was erased", warrant_id);
  report_payload_key(warrant_id, "");
  raise_or_end(*alarms_, kFailed, warrant_id, "", options_.legal_clock());
}

void Administration::sweep_payload_keys(LegalTime now) {
  if (options_.payload_keys == nullptr) return;
  for (const std::string& id : options_.payload_keys->warrant_ids()) {
    const Result<StoredWarrant> stored = registry_->warrant(id);
    if (!stored.ok() && !absl::IsNotFound(stored.status())) continue;
    const bool is_open = stored.ok() && stored->closed_unix_ns() == 0;
    if (is_open) continue;
    const bool has_use = stored.ok() && stored->activated_unix_ns() != 0 &&
                         stored->warrant().state() != v1::WARRANT_STATE_REVOKED &&
                         stored->closed_unix_ns() + options_.key_age_max_ns >= now.unix_ns;
    if (!has_use) erase_payload_key(id);
  }
}

// After a store was restored from its backup, or the keys were lost. A dataplane may still hold the lost key: nothing
// of a task is told anew where nothing of it changes, so what is encrypted by the new one is a new task.
void Administration::replace_missing_payload_keys() {
  if (options_.payload_keys == nullptr) return;
  Act act(*this);
  const LegalTime now = options_.legal_clock();
  const std::map<std::string, StoredWarrant> live = registry_->live_warrants();  // a copy: it changes below
  for (const auto& [id, stored] : live) {
    const v1::Agency* agency = registry_->agency(stored.warrant().agency_id());
    if (agency == nullptr || payload_key_bytes(agency->profile().encryption()) == 0) continue;
    if (options_.payload_keys->bytes_of(id) != 0 || window_of(stored.warrant()).end_unix_ns() <= now.unix_ns) continue;
    act.deed() = {.action = "warrant.renew", .object = id};  // of each its own: a deed has a bound
    const Status status = replace_payload_key(act, stored, *agency);
    raise_or_end(*alarms_, status.ok() ? kMade : kFailed, id,
                 status.ok() ? "its payload key was not here, no backup brings one back: a new one was made, "
                               "and the agency needs it (lictorctl warrant payload-key)"
                             : "its payload key is not here and no new one could be made: nothing is delivered",
                 now);
    if (!status.ok()) spdlog::error("no payload key for warrant {}: {}", id, std::string(status.message()));
  }
}

Status Administration::replace_payload_key(Act& act, const StoredWarrant& warrant, const v1::Agency& agency) {
  PayloadKeyChange keys(*this);
  if (Status status = keys.need(warrant.warrant().id(), agency); !status.ok()) return status;
  if (warrant.warrant().state() == v1::WARRANT_STATE_ACTIVE) {
    StoredWarrant after = warrant;
    for (std::string& xid : *after.mutable_warrant()->mutable_xids()) xid = make_random_uuid().to_string();
    const std::set<std::string> before(warrant.warrant().xids().begin(), warrant.warrant().xids().end());
    if (Status status = change_warrant(act, std::move(after), before, {}, nullptr); !status.ok()) return status;
  }
  keys.committed();
  return absl::OkStatus();
}

void Administration::report_payload_key(const std::string& warrant_id, const std::string& text) {
  raise_or_end(*alarms_, kMade, warrant_id, text, options_.legal_clock());
}

}  // namespace lictor::control
