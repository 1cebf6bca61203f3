#include "encoders/der/integrity_view.h"

#include <algorithm>
#include <initializer_list>

#include "encoders/der/element.h"

namespace lictor::der {
namespace {

bool read_numbers(Bytes rest, std::vector<uint32_t>& numbers) {
  while (!rest.empty()) {
    const std::optional<Element> element = take_element(rest);
    const std::optional<uint32_t> number = element ? number_of(element->content) : std::nullopt;
    if (!number || element->identifier != 0x02 || numbers.size() == kIntegrityNumbersMax) return false;
    numbers.push_back(*number);
  }
  return true;
}

// A number that is there twice lets a small check ask for the same octets thousands of times.
bool are_unique(std::vector<uint32_t> numbers) {
  std::ranges::sort(numbers);
  return std::ranges::adjacent_find(numbers) == numbers.end();
}

bool read_member(const Element& member, IntegrityView& view) {
  const auto read = [&](uint32_t& field) {
    const std::optional<uint32_t> number = number_of(member.content);
    field = number.value_or(0);
    return number.has_value();
  };
  switch (member.identifier) {
    case 0xa0:
      return read_numbers(member.content, view.numbers);
    case 0x81:
      return read(view.check_type);
    case 0x82:
      return read(view.data_type);
    case 0x83:
      view.value = member.content;
      return true;
    case 0x84:
      return read(view.hash_algorithm);
    case 0x85:
      return read(view.signature_algorithm);
    default:
      return true;  // of a later version
  }
}

}  // namespace

std::optional<IntegrityView> read_integrity(Bytes record) {
  Bytes inside = record;
  for (const uint8_t identifier : std::initializer_list<uint8_t>{0x30, 0xa2, 0xa2, 0xa0}) {
    const std::optional<Element> element = child_of(inside, identifier);
    if (!element) return std::nullopt;
    inside = element->content;
  }
  IntegrityView view;
  view.members = inside;
  for (Bytes rest = inside; !rest.empty();) {
    const std::optional<Element> member = take_element(rest);
    if (!member || !read_member(*member, view)) return std::nullopt;
  }
  if (!are_unique(view.numbers)) return std::nullopt;
  return view;
}

std::vector<uint8_t> integrity_without_value(const IntegrityView& view) {
  std::vector<uint8_t> members;
  for (Bytes rest = view.members; !rest.empty();) {
    const std::optional<Element> member = take_element(rest);
    if (!member) break;
    append_element(members, member->identifier, member->identifier == 0x83 ? Bytes{} : member->content);
  }
  std::vector<uint8_t> list;
  append_element(list, 0xa0, members);
  return list;
}

}  // namespace lictor::der
