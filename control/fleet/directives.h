// Makes what the dataplanes are told, from warrants and agencies. Nothing of a person, a reference or an approval
// passes here. Pure functions, any thread.
#pragma once

#include <optional>
#include <string>

#include "control/registry/records.pb.h"
#include "lictor/v1/agency.pb.h"
#include "lictor/v1/directive.pb.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control {

// Whether any target of the warrant may be seen at this network element.
bool is_seen_at(const v1::Warrant& warrant, const std::string& network_element_id);

// The tap of one delivery for one dataplane: the targets that may be seen there, and the warrant's patterns and
// exclusions. Nothing where no target may be seen, or one cannot be read: without a pattern it would copy more.
std::optional<v1::Tap> make_tap(const v1::Warrant& warrant, const std::string& xid,
                                const std::string& network_element_id);

// What the taps of all dataplanes have in common: every target, pattern and exclusion (what cannot be read is left
// out); no XID, window or content.
v1::Tap make_whole_tap(const v1::Warrant& warrant);

struct Cin {
  uint32_t value = 0;
  bool reset_first = false;   // an earlier incarnation used it, or its series
  uint32_t leased_first = 0;  // for sessions that the dataplane discovers
  uint32_t leased_count = 0;
};

// Whether a target of the tap may have sessions, each of which takes a CIN.
bool names_sessions(const v1::Tap& tap);

// The mediation of delivery number `index`. Destination ids are told as "agency/id": they are unique in an agency only,
// and a dataplane serves many.
v1::Mediation make_mediation(const v1::Warrant& warrant, int index, const v1::Agency& agency, Cin cin);

// Of the mediation of delivery number `index` what says whose records they are and where they go: LIID, destinations,
// profile, and the names in the records. All that the order's digest covers.
v1::Mediation make_handover(const v1::Warrant& warrant, int index, const v1::Agency& agency);

// Whether both destinations of delivery number `index` are for tests. A dataplane in lab mode is given no other.
bool is_lab_delivery(const v1::Warrant& warrant, int index, const v1::Agency& agency);

// The bytes that travel, as they are kept: they are signed on their way out (Administration::next_message).
std::string sign(const v1::Directive& directive);
// What was signed. The bytes come from our own store: where they cannot be read, an empty directive.
v1::Directive directive_of(const StoredDirective& stored);

}  // namespace lictor::control
