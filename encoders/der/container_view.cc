#include "encoders/der/container_view.h"

#include "encoders/der/element.h"

namespace lictor::der {
namespace {

constexpr uint8_t kSequence = 0x30;
constexpr uint8_t kHeader = 0xa1;
constexpr uint8_t kPayload = 0xa2;
constexpr uint8_t kContainer = 0xa4;
constexpr uint8_t kInnerPayload = 0xa1;

}  // namespace

std::optional<ContainerView> read_container(Bytes record) {
  const std::optional<Element> pdu = child_of(record, kSequence);
  if (!pdu) return std::nullopt;
  const std::optional<Element> header = child_of(pdu->content, kHeader);
  const std::optional<Element> payload = child_of(pdu->content, kPayload);
  if (!header || !payload) return std::nullopt;
  const std::optional<Element> container = child_of(payload->content, kContainer);
  if (!container) return std::nullopt;
  const std::optional<Element> type = child_of(container->content, 0x80);
  const std::optional<Element> octets = child_of(container->content, 0x81);
  const std::optional<Element> part = child_of(container->content, 0x82);
  const std::optional<uint32_t> type_number = type ? number_of(type->content) : std::nullopt;
  if (!type_number || !octets) return std::nullopt;
  return ContainerView{.header = header->whole,
                       .type = *type_number,
                       .type_octets = type->content,
                       .octets = octets->content,
                       .part = part ? number_of(part->content).value_or(0) : 0};
}

std::optional<Bytes> payload_inside(Bytes plain) {
  const std::optional<Element> inside = take_element(plain);
  if (!inside || inside->identifier != kSequence) return std::nullopt;
  const std::optional<Element> counter = child_of(inside->content, 0x80);
  const std::optional<Element> payload = child_of(inside->content, kInnerPayload);
  if (!counter || !payload) return std::nullopt;
  Bytes rest = payload->content;
  if (!take_element(rest) || !rest.empty()) return std::nullopt;
  return payload->content;
}

std::vector<uint8_t> without_container(const ContainerView& view, Bytes payload) {
  std::vector<uint8_t> members(view.header.begin(), view.header.end());
  append_element(members, kPayload, payload);
  std::vector<uint8_t> record;
  append_element(record, kSequence, members);
  return record;
}

}  // namespace lictor::der
