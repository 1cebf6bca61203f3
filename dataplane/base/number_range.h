// Ranges of numbers as targets, "+4312345*": all numbers that begin so, as an exchange with direct dialling has them
// for its extensions, itself among them. Of kTelUri alone (identity.h); in other names a "*" is a letter. Pure
// functions, any thread; the control daemon and the dataplanes must agree.
#pragma once

#include <cstddef>
#include <string_view>

#include "dataplane/base/call_uri.h"
#include "dataplane/base/identity.h"

namespace lictor {

constexpr std::string_view kRangeMark = "*";
// Before the mark. A country and an area with fewer is a town, and no exchange.
constexpr size_t kRangeDigitsMin = 6;

// How many digits a name of this kind, in its form, has before the mark: kRangeDigitsMin to kNumberDigitsMax of a
// range, 0 of whatever is none.
[[nodiscard]] size_t range_digits(IdentityKind kind, Bytes form) noexcept;

// Whether `wide` means everybody whom `narrow` means: the same, or a range and a number or a range in it. Both are
// names of this kind in their form, compared octet by octet.
[[nodiscard]] bool name_lies_in(IdentityKind kind, Bytes narrow, Bytes wide) noexcept;

}  // namespace lictor
