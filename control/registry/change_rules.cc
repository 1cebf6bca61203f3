#include "control/registry/change_rules.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <set>

#include "control/registry/flow_selector.h"
#include "control/registry/name_selector.h"
#include "control/registry/scope.h"
#include "control/registry/selector.h"
#include "control/registry/warrant_rules.h"

namespace lictor::control {
namespace {

using Targets = google::protobuf::RepeatedPtrField<v1::TargetSpec>;

std::set<std::string> patterns_of(const Targets& targets) {
  std::set<std::string> patterns;
  for (const v1::TargetSpec& target : targets)
    if (is_pattern(target.selector())) patterns.insert(target.selector());
  return patterns;
}

// Whether each target of `inner` that is no pattern is taken by one of `outer`.
bool cover(const Targets& outer, const Targets& inner) {
  return std::ranges::all_of(inner, [&](const v1::TargetSpec& one) {
    return is_pattern(one.selector()) || std::ranges::any_of(outer, [&](const v1::TargetSpec& other) {
             return format_scope(other.scope()) == format_scope(one.scope()) && covers(other, one);
           });
  });
}

std::set<std::string> texts_of(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

std::set<std::string> deliveries_of(const v1::Warrant& warrant) {
  std::set<std::string> deliveries;
  for (const v1::Delivery& delivery : warrant.deliveries()) deliveries.insert(delivery.SerializeAsString());
  return deliveries;
}

template <typename Set>
bool includes(const Set& all, const Set& some) {
  return std::ranges::includes(all, some);
}

void note(WarrantChange& change, const char* field, bool extends, bool reduces) {
  if (extends) change.extends.emplace_back(field);
  if (reduces) change.reduces.emplace_back(field);
}

void note_patterns(WarrantChange& change, const v1::Warrant& before, const v1::Warrant& after) {
  const std::set<std::string> old_ones = patterns_of(before.targets());
  const std::set<std::string> new_ones = patterns_of(after.targets());
  if (old_ones == new_ones) return;
  if (old_ones.empty() || new_ones.empty()) return note(change, "targets", new_ones.empty(), old_ones.empty());
  note(change, "targets", !includes(old_ones, new_ones), !includes(new_ones, old_ones));
}

// IRI is one bit and CC another.
void note_content(WarrantChange& change, v1::Content before, v1::Content after) {
  const auto old_bits = static_cast<uint32_t>(before);
  const auto new_bits = static_cast<uint32_t>(after);
  static_assert((v1::CONTENT_IRI | v1::CONTENT_CC) == v1::CONTENT_IRI_AND_CC);
  note(change, "content", (new_bits & ~old_bits) != 0, (old_bits & ~new_bits) != 0);
}

// What is compared by itself, and what is no part of the order.
v1::Warrant rest_of(const v1::Warrant& warrant) {
  v1::Warrant rest = warrant;
  rest.clear_targets();
  rest.clear_exclusions();
  rest.clear_deliveries();
  rest.clear_start();
  rest.clear_end();
  rest.clear_content();
  rest.clear_location();
  rest.clear_redirected_calls();
  clear_outputs(rest);
  return rest;
}

void note_rest(WarrantChange& change, const v1::Warrant& before, const v1::Warrant& after) {
  const v1::Warrant old_rest = rest_of(before);
  const v1::Warrant new_rest = rest_of(after);
  const google::protobuf::Descriptor* const descriptor = v1::Warrant::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    google::protobuf::util::MessageDifferencer differencer;
    const std::vector<const google::protobuf::FieldDescriptor*> one = {descriptor->field(i)};
    if (!differencer.CompareWithFields(old_rest, new_rest, one, one))
      change.extends.emplace_back(descriptor->field(i)->name());
  }
}

}  // namespace

bool covers(const v1::TargetSpec& outer, const v1::TargetSpec& inner) {
  if (outer.selector() == inner.selector()) return true;
  const Result<Selector> wide = parse_selector(outer.selector());
  const Result<Selector> narrow = parse_selector(inner.selector());
  if (!wide.ok() || !narrow.ok()) return false;
  const auto* const names = std::get_if<v1::TapTarget>(&*wide);
  const auto* const name = std::get_if<v1::TapTarget>(&*narrow);
  if (names != nullptr && name != nullptr) return covers(*names, *name);
  const auto* const prefix = std::get_if<v1::AddressPrefix>(&*wide);
  if (prefix == nullptr) return false;
  if (const auto* address = std::get_if<v1::AddressPrefix>(&*narrow)) return contains(*prefix, *address);
  const auto* flow = std::get_if<v1::FlowKey>(&*narrow);
  return flow != nullptr && contains(*prefix, flow->target());
}

WarrantChange change_of(const v1::Warrant& before, const v1::Warrant& after) {
  WarrantChange change;
  note(change, "targets", !cover(before.targets(), after.targets()), !cover(after.targets(), before.targets()));
  note_patterns(change, before, after);
  const v1::Window old_window = window_of(before);
  const v1::Window new_window = window_of(after);
  note(change, "start", new_window.start_unix_ns() < old_window.start_unix_ns(),
       new_window.start_unix_ns() > old_window.start_unix_ns());
  note(change, "end", new_window.end_unix_ns() > old_window.end_unix_ns(),
       new_window.end_unix_ns() < old_window.end_unix_ns());
  note_content(change, before.content(), after.content());
  note(change, "location", after.location() && !before.location(), before.location() && !after.location());
  note(change, "redirected_calls", after.redirected_calls() && !before.redirected_calls(),
       before.redirected_calls() && !after.redirected_calls());
  const std::set<std::string> old_exclusions = texts_of(before.exclusions());
  const std::set<std::string> new_exclusions = texts_of(after.exclusions());
  note(change, "exclusions", !includes(new_exclusions, old_exclusions), !includes(old_exclusions, new_exclusions));
  const std::set<std::string> old_deliveries = deliveries_of(before);
  const std::set<std::string> new_deliveries = deliveries_of(after);
  // One that is another now is one that went and one that came: that it came counts.
  const bool more = !includes(old_deliveries, new_deliveries);
  note(change, "deliveries", more, !more && !includes(new_deliveries, old_deliveries));
  note_rest(change, before, after);
  return change;
}

}  // namespace lictor::control
