// The PSHeader of a task's records, for asn1c (TS 102 232-1 clause 5). Any thread.
#pragma once

#include <VisibleString.h>

#include <array>
#include <cstdint>
#include <optional>

#include "dataplane/base/clock.h"
#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/task_parameters.h"

namespace lictor {

// li-psDomainId 0.4.0.2.2.5.1.V as content octets.
constexpr std::array<uint8_t, 7> li_ps_domain(uint8_t version) { return {0x04, 0x00, 0x02, 0x02, 0x05, 0x01, version}; }

// Fills the header of `pdu`, whose members are absent. `cin`: 0, the task's own.
void set_ps_header(PsPdu_t& pdu, const EtsiTaskParameters& parameters, uint32_t cin, uint32_t number, PacketTime time);

// Fills the time of `header` in the given form, with the qualifier timeOfInterception. `local`: of generalized time.
void set_ps_time(PsHeader_t& header, TimestampForm form, const std::optional<LocalTime>& local, PacketTime time);

// GeneralizedTime for asn1c, of whatever name.
void set_generalized_time(VisibleString_t*& field, const std::optional<LocalTime>& local, PacketTime time);

}  // namespace lictor
