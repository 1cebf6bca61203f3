// What the profile says of a destination that is a directory. Plain values.
#pragma once

#include <cstdint>
#include <string>

namespace lictor {

struct FilePlan {
  std::string agency;  // ROOT/agency/directory: each a name, never a path
  std::string directory;
  std::string certificates;  // PEM, of those who can open the files
  // A file ends when it has so many octets (in clear), or so long behind the first record of the destination's files.
  uint64_t bytes = uint64_t{32} << 20;
  uint32_t seconds = 60;

  friend bool operator==(const FilePlan&, const FilePlan&) = default;
};

}  // namespace lictor
