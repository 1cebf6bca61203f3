// The TS 102 232 encoder of one task: IPCC and L2CC by template, everything else by asn1c, all of it strict DER. Used
// by the encoder lcore that owns the task; content records neither allocate nor block, event records allocate.
#pragma once

#include <memory>

#include "dataplane/base/result.h"
#include "encoders/encoder.h"
#include "encoders/etsi/task_parameters.h"

namespace lictor {

// InvalidArgument names the parameter that is out of its bounds. Call prime_asn1_types() once before.
Result<std::unique_ptr<Encoder>> make_etsi_encoder(const EtsiTaskParameters& parameters);

}  // namespace lictor
