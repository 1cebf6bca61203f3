// The certification record of an interception: what was ordered, by whom, when it was done, and the responsible
// person's word whether it was done with appropriate authorisation (47 CFR 1.20004). Made from the warrant as lictord
// answers it. Pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lictor/v1/history.pb.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control::cli {

struct Certification {
  v1::Warrant warrant;
  bool authorised = false;  // the responsible person's word
  std::string responsible;  // who certifies
  int64_t made_unix_ns = 0;
  std::vector<v1::FormerWarrant> former = {};  // what was ordered before, the oldest first
};

nlohmann::ordered_json certification_json(const Certification& certification);
// For paper, with room for a signature.
std::string certification_text(const Certification& certification);

}  // namespace lictor::control::cli
