// Where the certificates of this dataplane are, as its configuration says. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lictor {

// Paths of PEM files.
struct CredentialFiles {
  std::string name;         // what profiles call it
  std::string certificate;  // own, with the intermediates behind it
  std::string key;          // not encrypted; others than owner and group must not be able to read it
  std::string ca;           // those who may vouch for agencies; empty: only pinned certificates are accepted
};

struct CredentialPlan {
  std::vector<CredentialFiles> files;  // names are unique
  uint32_t check_ms = 10'000;          // how often files are looked at
  uint32_t warn_days = 30;             // before the own certificate's end an alarm stands
};

}  // namespace lictor
