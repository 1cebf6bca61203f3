// Whether a change of a warrant extends what it orders or reduces it, field by field. What is not known to reduce
// extends: nothing slips by one person because nobody thought of it. Pure functions, any thread.
#pragma once

#include <string>
#include <vector>

#include "lictor/v1/warrant.pb.h"

namespace lictor::control {

// Whether whatever `inner` takes, `outer` takes too, wherever they count. Of two flows only equal ones are known to.
bool covers(const v1::TargetSpec& outer, const v1::TargetSpec& inner);

struct WarrantChange {
  std::vector<std::string> extends;  // names of fields: "targets", "end"
  std::vector<std::string> reduces;
};

// Both are checked warrants: one spelling for each value. Output fields do not count.
//
// A target that is added extends, except where one of before in the same scope is wider; the first pattern reduces, for
// it narrows every target, and each more extends. An earlier start, a later end, more content, an exclusion or a
// delivery more or another extends; the opposite reduces.
WarrantChange change_of(const v1::Warrant& before, const v1::Warrant& after);

}  // namespace lictor::control
