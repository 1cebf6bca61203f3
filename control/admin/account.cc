#include "control/admin/account.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "control/registry/keys.h"
#include "control/registry/text_rules.h"
#include "control/vault/octets.h"

namespace lictor::control {
namespace {

// "invalid_argument: warrant.end: is past". Messages of ours name fields and never values.
std::string text_of(const Status& status) {
  if (status.ok()) return "ok";
  std::string text = absl::StatusCodeToString(status.code()) + ": " + std::string(status.message());
  text.resize(std::min(text.size(), AuditEntry::kTextBytesMax));
  return text;
}

Write write_of(const AuditHead& head) {
  std::string value;
  append_integer(value, head.number, 8);
  append_octets(value, head.hash);
  return {.key = kAuditKey, .value = std::move(value)};
}

// An entry, and the pages of the store that a small commit writes.
constexpr uint64_t kCommitBytes = uint64_t{16} << 10;

}  // namespace

Result<AuditHead> Account::remembered_by(Store& store) {
  const Result<std::optional<Entry>> entry = store.get(kAuditKey);
  if (!entry.ok()) return entry.status();
  if (!entry->has_value()) return AuditHead();
  ByteReader reader(as_bytes((*entry)->value));
  AuditHead head{.number = reader.u64()};
  const Bytes hash = reader.take(head.hash.size());
  if (!reader.ok() || reader.remaining() != 0) return absl::DataLossError("store: the audit log's head cannot be read");
  std::ranges::copy(hash, head.hash.begin());
  return head;
}

AuditEvent Account::event_of(AuditKind kind, const Deed& deed, const std::string& outcome) const {
  AuditEvent event{.kind = kind,
                   .time_unix_ns = clock_().unix_ns,
                   .actor = deed.caller.name,
                   .action = deed.action,
                   .object = deed.object,
                   .outcome = outcome,
                   .open = deed.fields};
  for (std::string* text : {&event.actor, &event.object})
    text->resize(std::min(text->size(), AuditEntry::kTextBytesMax));
  return event;
}

Status Account::check_room(const Deed& deed) const {
  if (reserve_ == nullptr || !reserve_->is_given_up() || deed.room != Room::kUsual) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      "the disk is full: until there is room, interceptions are only ended and reduced");
}

Status Account::take_room(const Deed& deed, const std::vector<Write>& writes) {
  if (reserve_ == nullptr || !reserve_->is_given_up() || deed.room != Room::kResuming) return absl::OkStatus();
  uint64_t bytes = kCommitBytes;
  for (const Write& write : writes) bytes += write.key.size() + (write.value ? write.value->size() : 0);
  if (resuming_ + bytes > kResumingBytesMax)
    return absl::ResourceExhaustedError("the disk is full: what is left is for ending and reducing interceptions");
  resuming_ += bytes;
  return absl::OkStatus();
}

Result<Account::Entered> Account::before_commit(const Deed& deed) {
  if (Status status = check_room(deed); !status.ok()) return status;
  if (log_ == nullptr) return Entered();
  const Result<AuditLog::Appended> appended = log_->record(event_of(AuditKind::kAct, deed, "ok"));
  if (!appended.ok()) return appended.status();
  return Entered{.number = appended->number, .writes = {write_of(appended->head)}};
}

void Account::take_back(const Entered& entered, const Status& why) {
  if (entered.number == 0) return;
  if (const auto taken = log_->take_back(entered.number, text_of(why), clock_().unix_ns); !taken.ok())
    spdlog::error("the audit log cannot say that an act was not committed: {}", std::string(taken.status().message()));
}

Result<uint64_t> Account::commit_once(Store& store, const Deed& deed, std::vector<Write> writes) {
  if (Status status = take_room(deed, writes); !status.ok()) return status;
  const Result<Entered> entered = before_commit(deed);
  if (!entered.ok()) return entered.status();
  writes.insert(writes.end(), entered->writes.begin(), entered->writes.end());
  const Result<uint64_t> revision = store.commit(writes);
  if (!revision.ok()) take_back(*entered, revision.status());
  return revision;
}

Result<uint64_t> Account::commit(Store& store, const Deed& deed, const std::vector<Write>& writes) {
  const Result<uint64_t> revision = commit_once(store, deed, writes);
  const bool may_use_reserve = reserve_ != nullptr && deed.room != Room::kUsual;
  if (!may_use_reserve || !absl::IsResourceExhausted(revision.status()) || !reserve_->give_up()) return revision;
  spdlog::error("the disk is full: what was kept back for that is given up");
  event({.action = "disk.reserve_given_up", .object = {}, .room = Room::kKeptBack}, "ok");
  return commit_once(store, deed, writes);
}

Status Account::commit_alone(Store& store, const Deed& deed, const std::vector<Write>& beside) {
  if (log_ == nullptr && beside.empty()) return absl::OkStatus();
  return commit(store, deed, beside).status();
}

void Account::room_is_back() {
  resuming_ = 0;
  const uint64_t untold = untold_.exchange(0);
  event({.action = "disk.reserve_kept", .object = {}, .fields = {{"untold", std::to_string(untold)}}}, "ok");
}

// An entry that no commit goes with.
Status Account::enter(AuditKind kind, const Deed& deed, const std::string& outcome) {
  if (Status status = check_room(deed); !status.ok()) {
    ++untold_;
    return status;
  }
  return log_->record(event_of(kind, deed, outcome)).status();
}

Status Account::announce(const Deed& deed) {
  return log_ == nullptr ? absl::OkStatus() : enter(AuditKind::kEvent, deed, "asked for");
}

Status Account::before_answer(const Deed& deed, const Status& outcome, Accounted accounted) {
  const bool is_told = accounted != Accounted::kWithCommit && accounted != Accounted::kNot;
  if (log_ == nullptr || (outcome.ok() && !is_told)) return absl::OkStatus();
  AuditKind kind = AuditKind::kRefusal;
  if (outcome.ok()) kind = accounted == Accounted::kAsEvent ? AuditKind::kEvent : AuditKind::kRead;
  const SummedEntries::Key key{.kind = kind,
                               .actor = deed.caller.name,
                               .action = deed.action,
                               .object = outcome.ok() ? deed.object : std::string(),
                               .outcome = outcome.ok() ? "ok" : absl::StatusCodeToString(outcome.code())};
  const bool is_summed = !outcome.ok() || accounted == Accounted::kAsSummedRead;
  if (is_summed && !sums_.stands_alone(key, outcome.ok() ? 1 : kRefusalsAlone, clock_().unix_ns))
    return absl::OkStatus();
  Deed told = deed;
  // What is no id of ours may be a target that somebody took for one.
  const bool is_unknown = absl::IsNotFound(outcome) || absl::IsInvalidArgument(outcome) ||
                          absl::IsPermissionDenied(outcome) || absl::IsUnauthenticated(outcome);
  if (is_unknown && !is_uuid(deed.object)) told.object.clear();
  const Status recorded = enter(kind, told, text_of(outcome));
  if (recorded.ok() || outcome.ok()) return recorded;
  spdlog::error("the audit log cannot take a refusal: {}", std::string(recorded.message()));
  return absl::OkStatus();  // it is refused anyway, and the caller shall see why
}

void Account::event(const Deed& deed, const std::string& outcome) {
  if (log_ == nullptr) return;
  if (const Status entered = enter(AuditKind::kEvent, deed, outcome); !entered.ok())
    spdlog::error("the audit log cannot take an event: {}", std::string(entered.message()));
}

void Account::enter(const std::vector<SummedEntries::Sum>& sums) {
  for (const SummedEntries::Sum& sum : sums) {
    const Deed deed{.action = sum.key.action,
                    .object = sum.key.object,
                    .caller = {.name = sum.key.actor},
                    .fields = {{"times_more", std::to_string(sum.times)}}};
    if (const Status entered = enter(sum.key.kind, deed, sum.key.outcome); !entered.ok())
      spdlog::error("the audit log cannot take a sum of {}: {}", sum.times, std::string(entered.message()));
  }
}

Status Account::sign() {
  if (log_ != nullptr) enter(sums_.take_all());
  return log_ == nullptr ? absl::OkStatus() : log_->checkpoint(clock_().unix_ns);
}

void Account::tick() {
  if (log_ == nullptr) return;
  if (check_room({}).ok()) enter(sums_.take_over(clock_().unix_ns));  // else they are counted on
  if (const Status status = log_->tick(clock_().unix_ns); !status.ok())
    spdlog::error("the audit log cannot be signed: {}", std::string(status.message()));
}

}  // namespace lictor::control
