#include "control/rpc/audit_view.h"

namespace lictor::control {
namespace {

constexpr uint32_t kLimitDefault = 100;

v1::AuditEntry message_of(const AuditEntry& entry) {
  v1::AuditEntry message;
  message.set_number(entry.number);
  message.set_kind(static_cast<v1::AuditEntryKind>(entry.kind));  // the same numbers, for ever
  message.set_time_unix_ns(entry.time_unix_ns);
  message.set_actor(entry.actor);
  message.set_action(entry.action);
  message.set_object(entry.object);
  message.set_outcome(entry.outcome);
  for (const AuditField& field : entry.open) {
    v1::AuditEntryField& added = *message.add_fields();
    added.set_name(field.name);
    added.set_value(field.value);
  }
  for (const AuditField& field : entry.sealed) {
    v1::AuditEntryField& added = *message.add_fields();
    added.set_name(field.name);
    added.set_sealed(true);
  }
  return message;
}

}  // namespace

Result<AuditQuery> query_of(const v1::ListAuditEntriesRequest& request) {
  if (request.limit() > AuditQuery::kLimitMax) return absl::InvalidArgumentError("limit: at most 1000");
  if (!v1::AuditEntryKind_IsValid(request.kind())) return absl::InvalidArgumentError("kind: there is no such kind");
  AuditQuery query{.after = request.after(),
                   .limit = request.limit() == 0 ? kLimitDefault : request.limit(),
                   .actor = request.actor(),
                   .action = request.action(),
                   .object = request.object()};
  if (request.kind() != v1::AUDIT_ENTRY_KIND_UNSPECIFIED) query.kind = static_cast<AuditKind>(request.kind());
  if (request.from_unix_ns() != 0) query.from_unix_ns = request.from_unix_ns();
  if (request.before_unix_ns() != 0) query.before_unix_ns = request.before_unix_ns();
  return query;
}

v1::ListAuditEntriesReply reply_of(const AuditPage& page) {
  v1::ListAuditEntriesReply reply;
  for (const AuditEntry& entry : page.entries) *reply.add_entries() = message_of(entry);
  reply.set_next(page.next);
  return reply;
}

}  // namespace lictor::control
