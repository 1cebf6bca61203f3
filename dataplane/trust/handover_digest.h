// What an order says about delivery, as one SHA-256: who gets the records, under which LIID, and how a stranger is kept
// from them. Whoever approves, whoever tells a dataplane and the dataplane itself compute the same. Pure, any thread.
//
// Digested are octets of which each text is behind its length (4 octets) and each number has 4 octets, big-endian:
//
//   "lictor-handover-1", LIID;
//   for HI2, then for HI3: 0 where there is none, else 1, interface, kind, id, directory, the number of endpoints, host
//   and port of each, and of the kind pcapng the certificates that its files are encrypted for;
//   security, and of TLS: credential, whether 1.2 is allowed, the number of pins, each pin, server name, whether no
//   name is checked.
//
// What is not said counts as its default. Not in it: rates, forms and encodings, which change nobody's rights.
#pragma once

#include "dataplane/trust/sha256.h"

namespace lictor {

namespace v1 {
class Mediation;
}  // namespace v1

Sha256 handover_digest(const v1::Mediation& mediation);

}  // namespace lictor
