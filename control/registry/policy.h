// What this operator's lictord accepts, from its configuration. Read by any thread, never changed after start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lictor/v1/directive.pb.h"
#include "lictor/v1/types.pb.h"

namespace lictor::control {

constexpr size_t kSharedPrefixesMax = 4096;
constexpr size_t kSharedNamesMax = 4096;

struct Policy {
  bool lab = false;               // any address may be a target, with any scope
  uint32_t prefix_ipv4_min = 24;  // the widest IPv4 target
  uint32_t prefix_ipv6_min = 48;  // the widest IPv6 target
  uint32_t duration_days_max = 366;
  // What extends an interception takes a second person, and what reduces one a review.
  bool four_eyes = true;
  // One person may begin an interception, for so long.
  bool emergency = false;
  uint32_t emergency_hours = 24;
  // Whether warrants may belong to a desk. Whoever is not of every desk then sees no figures in which another's are.
  bool desks = false;
  // The widest range of numbers as a target, in digits before its "*"; 0: none may be one.
  uint32_t number_digits_min = 0;
  // What a warrant for a test may have as targets, and for how long. A line without a scope counts in any.
  std::vector<v1::TargetSpec> test_lines;
  uint32_t test_hours_max = 24;
  // Addresses that many subscribers use at once (pools of a CGN, resolvers, proxies, SBCs): they name nobody without
  // ports.
  std::vector<v1::AddressPrefix> shared;
  // Names that many subscribers have (default users, a wholesaler's line): they name nobody.
  std::vector<v1::TapTarget> shared_names;
};

}  // namespace lictor::control
