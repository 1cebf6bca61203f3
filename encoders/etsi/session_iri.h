// The IPIRI of a session (TS 102 232-3): what signalling told, as the agency gets it. README.md has the table of access
// events and IRI types. Any thread.
#pragma once

#include <array>

#include "dataplane/packet/session_words.h"
#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/task_parameters.h"
#include "encoders/session_telling.h"

namespace lictor {

// A record holds Encoder::kEventBytesMax. Where all that is known is more, the message itself is left out, then the
// routes as texts; addresses never are.
enum class SessionIriExtent : uint8_t { kAll, kWithoutRaw, kWithoutRoutes };
inline constexpr std::array kSessionIriExtents = {SessionIriExtent::kAll, SessionIriExtent::kWithoutRaw,
                                                  SessionIriExtent::kWithoutRoutes};

// The IRI type of an event: of a CIN that has begun none is a Begin, of one that has ended none an End.
IriKind iri_kind(const SessionIriProfile& profile, SessionSource source, const SessionTelling& telling);

// Fills the payload of `pdu`, which is absent.
void set_session_iri(PsPdu_t& pdu, const EtsiTaskParameters& parameters, const SessionTelling& telling,
                     SessionIriExtent extent);

}  // namespace lictor
