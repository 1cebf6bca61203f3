#include "dataplane/session/watch_table.h"

#include <algorithm>

namespace lictor {

WatchTable::WatchTable(const IdentityForm& form, std::span<const WatchedIdentity> shared) : form_(form) {
  KeyRoom room;
  for (const WatchedIdentity& identity : shared) {
    const std::string_view key = key_of(identity.kind, as_bytes(identity.value), room);
    if (!key.empty()) shared_.emplace(key, true);
  }
}

std::string_view WatchTable::key_of(IdentityKind kind, Bytes shown, KeyRoom& room) const noexcept {
  room[0] = static_cast<uint8_t>(kind);
  const size_t bytes = normal_form(kind, shown, form_, MutableBytes(room).subspan(1));
  return bytes == 0 ? std::string_view() : as_text(Bytes(room).first(1 + bytes));
}

bool WatchTable::add(TaskSlot slot, const WatchedIdentity& identity) {
  KeyRoom room;
  const std::string_view key = key_of(identity.kind, as_bytes(identity.value), room);
  if (key.empty() || shared_.contains(key)) return false;
  std::vector<TaskSlot>& slots = tasks_[std::string(key)];
  if (std::ranges::find(slots, slot) == slots.end()) slots.push_back(slot);
  return true;
}

bool WatchTable::means(const WatchedIdentity& identity, IdentityKind kind, Bytes shown) const noexcept {
  if (identity.kind != kind) return false;
  KeyRoom room;
  KeyRoom own_room;
  const std::string_view key = key_of(kind, shown, room);
  return !key.empty() && key == key_of(kind, as_bytes(identity.value), own_room);
}

std::span<const TaskSlot> WatchTable::find(IdentityKind kind, Bytes shown) const noexcept {
  if (tasks_.empty()) return {};
  KeyRoom room;
  const auto found = tasks_.find(key_of(kind, shown, room));
  return found == tasks_.end() ? std::span<const TaskSlot>() : found->second;
}

}  // namespace lictor
