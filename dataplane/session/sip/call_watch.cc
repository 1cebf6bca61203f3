#include "dataplane/session/sip/call_watch.h"

#include <algorithm>

#include "dataplane/base/check.h"
#include "dataplane/base/octet_text.h"

namespace lictor::sip {
namespace {

// Of a name that the index has.
NameNumber number_of(const NameIndex& index, const TargetName& name) {
  std::array<uint8_t, kIdentityBytesMax> room;
  const Bytes form = Bytes(room).first(normal_form(name.kind, as_bytes(name.value), {}, room));
  IdentityKind kind = name.kind;
  if (kind == IdentityKind::kImpu)
    kind = find_octet(form, '@') == kNoOctet ? IdentityKind::kTelUri : IdentityKind::kSipUri;
  const std::optional<NameNumber> number = index.find(kind, form);
  LICTOR_CHECK(number.has_value());
  return *number;
}

}  // namespace

Result<std::shared_ptr<const CallWatch>> CallWatch::make(std::span<const AskedName> asked, const HashKey& key) {
  auto watch = std::make_shared<CallWatch>();
  for (const AskedName& one : asked) watch->names.push_back(one.name);
  Result<std::unique_ptr<const NameIndex>> index = NameIndex::make(watch->names, key);
  if (!index.ok()) return index.status();
  watch->index = *std::move(index);
  watch->slots.resize(asked.size());
  for (const AskedName& one : asked) {
    std::vector<TaskSlot>& slots = watch->slots[number_of(*watch->index, one.name)];
    if (std::ranges::find(slots, one.slot) == slots.end()) slots.push_back(one.slot);
  }
  return watch;
}

}  // namespace lictor::sip
