// Who calls, as the transport proves it, and what the roles are that somebody can have. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "control/access/desks.h"
#include "dataplane/base/result.h"

namespace lictor::control {

enum class Role : uint8_t {
  kOperator,   // files and changes warrants and agencies, ends them
  kApprover,   // brings warrants into force, ends them
  kAuditor,    // reads everything, changes nothing
  kPlatform,   // dataplanes and what runs them; sees no task
  kDataplane,  // attaches
  kAgency,     // its own warrants' status
};
inline constexpr std::array kRoles = {Role::kOperator, Role::kApprover,  Role::kAuditor,
                                      Role::kPlatform, Role::kDataplane, Role::kAgency};

// "operator", "approver", …
const char* name_of(Role role);
std::optional<Role> role_of(std::string_view name);

class RoleSet {
 public:
  constexpr RoleSet() = default;
  template <typename... Roles>
  explicit constexpr RoleSet(Role first, Roles... more) : bits_((bit(first) | ... | bit(more))) {}

  constexpr void add(Role role) { bits_ |= bit(role); }
  [[nodiscard]] constexpr bool has(Role role) const { return (bits_ & bit(role)) != 0; }
  [[nodiscard]] constexpr bool meets(RoleSet other) const { return (bits_ & other.bits_) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  // "operator, approver"
  [[nodiscard]] std::string text() const;

  friend constexpr bool operator==(RoleSet, RoleSet) = default;

 private:
  static constexpr uint32_t bit(Role role) { return 1U << static_cast<uint32_t>(role); }

  uint32_t bits_ = 0;
};

struct Identity {
  static constexpr size_t kNameBytesMax = 64;

  std::string name;  // of a person or a machine: what the account calls it
  RoleSet roles;
  std::string agency_id;  // of the role agency alone
  // Of the role dataplane alone: the one that it may attach as; empty: any, which no certificate is.
  std::string network_element_id;
  DeskSet desks = {};  // of who files, approves or reads warrants

  friend bool operator==(const Identity&, const Identity&) = default;
};

// InvalidArgument: no name (1 to kNameBytesMax of A-Z a-z 0-9 space . _ @ -), no role, or roles that one person must
// not have together. Who runs the platform reads no target; dataplanes and agencies are nothing else besides.
Status check_identity(const Identity& identity);

// One person who is everybody but an agency, where nobody has said who is what: not what check_identity allows.
Identity everything_for(std::string name);

}  // namespace lictor::control
