#include "dataplane/agent/directive.h"

#include <fmt/format.h>

#include "dataplane/agent/mediation_rules.h"
#include "dataplane/agent/tap_rules.h"
#include "lictor/v1/directive.pb.h"

namespace lictor {
namespace {

Status refused(std::string_view field, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", field, why));
}

Result<WithdrawalDirective> read_withdrawal(const v1::Withdrawal& message) {
  const Result<Xid> xid = Xid::from_octets(as_bytes(message.xid()));
  if (!xid.ok()) return refused("withdrawal.xid", "must be 16 octets");
  if (message.reason() != v1::WITHDRAWAL_REASON_ENDED && message.reason() != v1::WITHDRAWAL_REASON_REVOKED) {
    return refused("withdrawal.reason", "must be ended or revoked");
  }
  return WithdrawalDirective{.xid = *xid, .revoked = message.reason() == v1::WITHDRAWAL_REASON_REVOKED};
}

template <typename Kind>
Status put(Directive& directive, Result<Kind> kind) {
  if (!kind.ok()) return kind.status();
  directive.kind = *std::move(kind);
  return absl::OkStatus();
}

Status read_kind(v1::Directive& message, Directive& directive) {
  switch (message.kind_case()) {
    case v1::Directive::kTap:
      return put(directive, read_tap(message.tap()));
    case v1::Directive::kMediation:
      return put(directive, read_mediation(*message.mutable_mediation()));
    case v1::Directive::kWithdrawal:
      return put(directive, read_withdrawal(message.withdrawal()));
    default:
      return refused("directive.kind", "is not one that this dataplane knows");
  }
}

bool has_unknown_fields(v1::Directive& message) {
  const size_t bytes = message.ByteSizeLong();
  message.DiscardUnknownFields();
  return message.ByteSizeLong() != bytes;
}

bool parse_message(Bytes octets, v1::Directive& message) {
  return octets.size() <= kDirectiveBytesMax && message.ParseFromArray(octets.data(), static_cast<int>(octets.size()));
}

}  // namespace

Result<Directive> parse_directive(Bytes octets) {
  v1::Directive message;
  if (!parse_message(octets, message)) return refused("directive", "cannot be parsed");
  if (message.epoch() == 0) return refused("directive.epoch", "must not be 0");
  if (message.generation() == 0) return refused("directive.generation", "must not be 0");
  if (has_unknown_fields(message) && !message.has_withdrawal())
    return refused("directive", "has a field that this dataplane does not know");
  Directive directive{.epoch = message.epoch(), .generation = message.generation(), .kind = WithdrawalDirective{}};
  if (Status status = read_kind(message, directive); !status.ok()) return status;
  return directive;
}

uint64_t generation_of(Bytes octets) {
  v1::Directive message;
  return parse_message(octets, message) ? message.generation() : 0;
}

std::optional<Xid> tap_named_in(Bytes octets) {
  v1::Directive message;
  if (!parse_message(octets, message) || !message.has_tap()) return std::nullopt;
  const Result<Xid> xid = Xid::from_octets(as_bytes(message.tap().xid()));
  return xid.ok() ? std::optional(*xid) : std::nullopt;
}

}  // namespace lictor
