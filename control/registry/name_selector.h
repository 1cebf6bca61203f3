// Selectors of whom networks' signalling names, and of whose frames are copied: users, lines and devices (TargetSpec in
// types.proto says what each kind means), to what the dataplanes are told, and back. Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dataplane/base/identity.h"
#include "dataplane/base/result.h"
#include "lictor/v1/directive.pb.h"

namespace lictor::control {

// Whether a selector of this kind ("radius-user", "mac", "vlan", …) is one of these.
bool is_name_kind(std::string_view kind);

// What is behind "radius-user:" and the like, in its one form: a target without scope. InvalidArgument says what is
// wrong, without the value.
Result<v1::TapTarget> parse_name(std::string_view kind, std::string_view value);

// "radius-user:alice@example.org", "circuit-id:hex:0004…", "mac:00-53-00-12-34-56", "vlan:100.200": one spelling for
// each, which parse_name takes.
std::string format_name(const v1::TapTarget& target);

// The kind of a target that signalling names, a MAC address too; nothing of a line of tags.
std::optional<IdentityKind> kind_of_name(const v1::TapTarget& target);

// How many digits of a range of numbers, "tel-uri:+4312345*", are before its "*" (dataplane/base/number_range.h); 0 of
// whatever is none.
size_t range_digits(const v1::TapTarget& target);

// Whether `wide` names everybody whom `narrow` names: the same, or a range and a number or a range in it.
bool covers(const v1::TapTarget& wide, const v1::TapTarget& narrow);

// Whether `name` is what `listed` means, as policy lists names that many share. Errs towards yes: letters in either
// case are the same, a user that is listed without a realm is meant in every realm, and a range of numbers with one
// that is listed is as good as listed.
bool is_listed_as(const v1::TapTarget& listed, const v1::TapTarget& name);

}  // namespace lictor::control
