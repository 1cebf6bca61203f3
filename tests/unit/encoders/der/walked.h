// A record with what the walker finds in it.
#pragma once

#include <string>
#include <utility>

#include "encoders/der/der_walker.h"

namespace lictor::der {

// Owns the octets that its view points into.
struct Walked {
  explicit Walked(std::string octets) : record(std::move(octets)) { walk_record(as_bytes(record), view); }

  std::string record;
  RecordView view;
};

}  // namespace lictor::der
