// The encoder of pcapng destinations: a copied packet becomes an enhanced packet block, an event of the warrant a
// journal entry between them. One a task and encoder lcore; not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/base/result.h"
#include "encoders/encoder.h"

namespace lictor {

struct PcapngParameters {
  Xid xid;
  std::string liid;
  std::string operator_id;
  std::string network_element_id;
  uint32_t cin = 0;
  std::vector<std::string> ports;  // names, by the index that ContentRecord says
};

// Unavailable where there is no random number to be had.
Result<std::unique_ptr<Encoder>> make_pcapng_encoder(const PcapngParameters& parameters);

}  // namespace lictor
