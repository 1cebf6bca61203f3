#include "dataplane/session/sip/call_watch.h"

#include <algorithm>

#include "dataplane/base/octet_text.h"

namespace lictor::sip {
namespace {

// Of a name that the index has; nothing of one that many have.
std::optional<NameNumber> number_of(const NameIndex& index, const TargetName& name) {
  std::array<uint8_t, kIdentityBytesMax> room;
  const Bytes form = Bytes(room).first(normal_form(name.kind, as_bytes(name.value), {}, room));
  return index.find(kind_shown(name.kind, form), form);
}

}  // namespace

Result<std::shared_ptr<const CallWatch>> CallWatch::make(std::span<const AskedName> asked, const HashKey& key,
                                                         std::span<const TargetName> shared) {
  auto watch = std::make_shared<CallWatch>();
  for (const AskedName& one : asked) watch->names.push_back(one.name);
  Result<std::unique_ptr<const NameIndex>> index = NameIndex::make(watch->names, key, shared);
  if (!index.ok()) return index.status();
  watch->index = *std::move(index);
  watch->slots.resize(asked.size());
  for (const AskedName& one : asked) {
    const std::optional<NameNumber> number = number_of(*watch->index, one.name);
    if (!number) continue;
    std::vector<TaskSlot>& slots = watch->slots[*number];
    if (std::ranges::find(slots, one.slot) == slots.end()) slots.push_back(one.slot);
  }
  return watch;
}

}  // namespace lictor::sip
