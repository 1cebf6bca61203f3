#include "dataplane/base/number_range.h"

#include "dataplane/base/octet_text.h"

namespace lictor {

size_t range_digits(IdentityKind kind, Bytes form) noexcept {
  constexpr size_t kSigns = 2;  // "+" and the mark
  const bool is_range = kind == IdentityKind::kTelUri && as_text(form).ends_with(kRangeMark);
  return is_range && form.size() >= kSigns + kRangeDigitsMin ? form.size() - kSigns : 0;
}

bool name_lies_in(IdentityKind kind, Bytes narrow, Bytes wide) noexcept {
  if (same_octets(narrow, wide)) return true;
  const size_t digits = range_digits(kind, wide);
  return digits != 0 && as_text(narrow).starts_with(as_text(wide.first(1 + digits)));
}

}  // namespace lictor
