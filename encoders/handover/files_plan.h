// Where the files of destinations that are directories lie, for the whole process. Plain values.
#pragma once

#include <cstddef>
#include <string>

namespace lictor {

struct FilesPlan {
  std::string root;  // empty: there are no such destinations here
  // So much of a spool may be in files that are not finished; they end at half of it.
  size_t window_bytes = size_t{64} << 20;
};

}  // namespace lictor
