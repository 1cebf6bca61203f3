#include "tests/unit/control/support/hostile_message.h"

#include <google/protobuf/descriptor.h>

#include <array>
#include <limits>
#include <memory>

namespace lictor::control {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;

// Right in some field of some message, all of them.
constexpr std::array kWords = {
    "",
    "police",
    "hi2",
    "hi3",
    "AT",
    "LIID-1",
    "0x00ff",
    "OPER1",
    "NE-1",
    "192.0.2.200",
    "2001:db8::7",
    "ipv4:192.0.2.7",
    "ipv4:0.0.0.0/0",
    "ipv6:2001:db8::/64",
    "flow:tcp,192.0.2.7:1-65535,any",
    "pattern:text:word",
    "pattern:regex,flow:(a|b)*c",
    "2026-11-21T09:00:00Z",
    "2026-11-22T08:00:00Z",
    "2026-11-21T08:00:00 Europe/Vienna",
    "9999-12-31T23:59:60Z",
    "default",
    "00000000-0000-4000-8000-000000000000",
};

template <typename Value>
Value edge(uint64_t which, int64_t near) {
  using Limits = std::numeric_limits<Value>;
  switch (which) {
    case 0:
      return Limits::min();
    case 1:
      return Limits::max();
    default:
      return static_cast<Value>(near);
  }
}

}  // namespace

int64_t HostileMessages::number() {
  switch (below(4)) {
    case 0:
      return static_cast<int64_t>(below(3)) - 1;
    case 1:
      return static_cast<int64_t>(below(70'000));
    case 2:
      return int64_t{1} << below(63);
    default:
      return static_cast<int64_t>(random_());
  }
}

std::string HostileMessages::text(bool is_octets) {
  const uint64_t kind = below(16);
  if (kind == 0) return std::string(below(70'000), 'a');
  if (kind <= 2) {
    std::string octets(below(40), '\0');
    for (char& octet : octets) octet = static_cast<char>(is_octets ? below(256) : below(128));
    return octets;
  }
  if (is_octets && kind < 10) return std::string(std::array<size_t, 5>{4, 16, 24, 32, 33}[below(5)], '\x5a');
  const uint64_t which = below(kWords.size() + words_.size());
  return which < kWords.size() ? kWords[which] : words_[which - kWords.size()];
}

void HostileMessages::set(Message& message, const FieldDescriptor& field, int depth) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  const bool adds = field.is_repeated();
  const uint64_t which = below(6);
  const int64_t near = number();
  switch (field.cpp_type()) {
#define LICTOR_SET(kind, value)                       \
  {                                                   \
    const auto chosen = value;                        \
    if (adds)                                         \
      reflection.Add##kind(&message, &field, chosen); \
    else                                              \
      reflection.Set##kind(&message, &field, chosen); \
    return;                                           \
  }
    case FieldDescriptor::CPPTYPE_INT32:
      LICTOR_SET(Int32, edge<int32_t>(which, near))
    case FieldDescriptor::CPPTYPE_INT64:
      LICTOR_SET(Int64, edge<int64_t>(which, near))
    case FieldDescriptor::CPPTYPE_UINT32:
      LICTOR_SET(UInt32, edge<uint32_t>(which, near))
    case FieldDescriptor::CPPTYPE_UINT64:
      LICTOR_SET(UInt64, edge<uint64_t>(which, near))
    case FieldDescriptor::CPPTYPE_DOUBLE:
      LICTOR_SET(Double, static_cast<double>(near))
    case FieldDescriptor::CPPTYPE_FLOAT:
      LICTOR_SET(Float, static_cast<float>(near))
    case FieldDescriptor::CPPTYPE_BOOL:
      LICTOR_SET(Bool, near % 2 == 0)
    case FieldDescriptor::CPPTYPE_ENUM:
      LICTOR_SET(EnumValue, static_cast<int>(which == 0 ? near : below(8)))
    case FieldDescriptor::CPPTYPE_STRING:
      LICTOR_SET(String, text(field.type() == FieldDescriptor::TYPE_BYTES))
#undef LICTOR_SET
    case FieldDescriptor::CPPTYPE_MESSAGE:
      fill(adds ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field), depth + 1);
      return;
  }
}

void HostileMessages::fill(Message& message, int depth) {
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  if (depth > kDepthMax) return;
  for (int i = 0; i < type.field_count(); ++i) {
    if (below(3) == 0) continue;
    const uint64_t times = type.field(i)->is_repeated() ? below(20) == 0 ? below(200) : below(3) : 1;
    for (uint64_t k = 0; k < times; ++k) set(message, *type.field(i), depth);
  }
}

// Somewhere in the tree of what is there.
void HostileMessages::change_one(Message& message, int depth) {
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  if (type.field_count() == 0) return;
  const FieldDescriptor& field = *type.field(static_cast<int>(below(static_cast<uint64_t>(type.field_count()))));
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if (below(8) == 0) return reflection.ClearField(&message, &field);
  const bool is_inner = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field.is_map();
  if (!is_inner || below(6) == 0) return set(message, field, depth);
  if (!field.is_repeated()) return change_one(*reflection.MutableMessage(&message, &field), depth + 1);
  const int count = reflection.FieldSize(message, &field);
  if (count == 0) return set(message, field, depth);
  change_one(
      *reflection.MutableRepeatedMessage(&message, &field, static_cast<int>(below(static_cast<uint64_t>(count)))),
      depth + 1);
}

std::string HostileMessages::damaged(std::string octets) {
  if (below(4) != 0) return octets;
  for (uint64_t times = 1 + below(4); times > 0; --times) {
    const size_t at = below(octets.size() + 1);
    switch (below(4)) {
      case 0:
        octets.resize(at);
        break;
      case 1:
        octets.insert(at, 1 + below(8), static_cast<char>(below(256)));
        break;
      case 2:
        octets.erase(at, below(8));
        break;
      default:
        if (at < octets.size()) octets[at] = static_cast<char>(octets[at] ^ (1 << below(8)));
    }
  }
  return octets;
}

std::string HostileMessages::make(const google::protobuf::Descriptor& type) {
  const std::unique_ptr<Message> message(MessageFactory::generated_factory()->GetPrototype(&type)->New());
  fill(*message, 0);
  return damaged(message->SerializePartialAsString());
}

std::string HostileMessages::make_from(const Message& right) {
  const std::unique_ptr<Message> message(right.New());
  message->CopyFrom(right);
  for (uint64_t times = below(3); times > 0; --times) change_one(*message, 0);
  return damaged(message->SerializePartialAsString());
}

}  // namespace lictor::control
