// Which tasks ask for which names. Immutable: made by the control thread, handed to the session lcore whole.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "dataplane/base/identity.h"
#include "dataplane/base/ids.h"

namespace lictor {

struct WatchedIdentity {
  IdentityKind kind{};
  std::string value;  // as the directive has it; any form of it
  friend bool operator==(const WatchedIdentity&, const WatchedIdentity&) = default;
};

class WatchTable {
 public:
  // `shared`: names that are everybody's (defaults, tests, the anonymous outer name of EAP): they never match.
  WatchTable(const IdentityForm& form, std::span<const WatchedIdentity> shared);

  // While it is made. Of a name that has no normal form, or is a shared one: false, and nobody will match it.
  bool add(TaskSlot slot, const WatchedIdentity& identity);

  // The tasks that ask for whoever shows this name.
  [[nodiscard]] std::span<const TaskSlot> find(IdentityKind kind, Bytes shown) const noexcept;
  // Whether who shows this name is whom `identity` means.
  [[nodiscard]] bool means(const WatchedIdentity& identity, IdentityKind kind, Bytes shown) const noexcept;
  [[nodiscard]] bool empty() const { return tasks_.empty(); }

 private:
  // A kind, and a name of it in normal form.
  static constexpr size_t kKeyBytesMax = 1 + kIdentityBytesMax;
  using KeyRoom = std::array<uint8_t, kKeyBytesMax>;
  [[nodiscard]] std::string_view key_of(IdentityKind kind, Bytes shown, KeyRoom& room) const noexcept;

  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const noexcept { return std::hash<std::string_view>()(key); }
  };
  template <typename Value>
  using Map = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  IdentityForm form_;
  Map<std::vector<TaskSlot>> tasks_;
  Map<bool> shared_;
};

}  // namespace lictor
