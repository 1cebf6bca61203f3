#include "encoders/lemf/interface_account.h"

namespace lictor::lemf {

bool InterfaceAccount::judge(const der::RecordView& view) {
  if (view.deviations.none()) return false;
  for (size_t index = 0; index < der::kDeviations; ++index)
    if (view.deviations.has(static_cast<der::Deviation>(index))) ++counts_.by_deviation[index];
  if (expectation_.encoding == Encoding::kBer && view.deviations.without(der::Deviation::kLongLength).none())
    return false;
  if (expectation_.strictness == Strictness::kStrict || !view.deviations.all_tolerable()) return true;
  ++counts_.tolerated;
  return false;
}

void InterfaceAccount::count_kind(der::Kind kind) {
  switch (kind) {
    case der::Kind::kIri:
      ++counts_.iri;
      return;
    case der::Kind::kCc:
      ++counts_.cc;
      return;
    case der::Kind::kHi1:
      ++counts_.hi1;
      return;
    case der::Kind::kEncrypted:
      ++counts_.encrypted;
      return;
    case der::Kind::kCinReset:
      ++counts_.resets;
      return;
    case der::Kind::kKeepAlive:
      ++counts_.keepalives;
      return;
    case der::Kind::kAcknowledgementRequest:
      ++counts_.acknowledgements;
      return;
    default:
      ++counts_.other;
  }
}

Judgement InterfaceAccount::take(const der::RecordView& view) {
  ++counts_.records;
  Judgement judgement{.arrival = series_.arrived(view), .error = judge(view)};
  // Others count anew without saying so when an interception is ordered again.
  if (judgement.arrival == der::Arrival::kConflict && expectation_.strictness == Strictness::kStrict)
    judgement.error = true;
  if (judgement.error) ++counts_.errors;
  if (judgement.fresh()) count_kind(view.kind);
  return judgement;
}

}  // namespace lictor::lemf
