// What an order says about delivery, as one SHA-256: who gets the records, under which LIID, how a stranger is kept
// from them, how they prove themselves and whom they name. Whoever approves, whoever tells a dataplane and the
// dataplane itself compute the same. Pure, any thread.
//
// Digested are octets of which each text is behind its length (4 octets) and each number has 4 octets, big-endian:
//
//   "lictor-handover-1" or "lictor-handover-2", LIID;
//   for HI2, then for HI3: 0 where there is none, else 1, interface, kind, id, directory, the number of endpoints, host
//   and port of each, and of the kind pcapng the certificates that its files are encrypted for;
//   security, and of TLS: credential, whether 1.2 is allowed, the number of pins, each pin, server name, whether no
//   name is checked;
//   from version 2 on the method of encryption, the name of its key (empty where there is none, or each warrant has
//   one) and whether each warrant has one; whether there are integrity PDUs, and of them hash, signing key, what
//   signatures cover and whether hashes are of what was there before encryption; authorisation and delivery country,
//   operator, HI1 operator, user label, type of access, whether HI1 names the target, and whether events bring the
//   signalling message that made them.
//
// What is not said counts as its default. Not in it: rates, forms and encodings, which change nobody's rights; and the
// payload key itself, which lictord makes.
#pragma once

#include "dataplane/trust/sha256.h"

namespace lictor {

namespace v1 {
class Mediation;
}  // namespace v1

// Orders that are signed now have the second; the first is of those that were signed before there was another. Neither
// can be taken for the other.
enum class HandoverVersion { kFirst, kSecond };

Sha256 handover_digest(const v1::Mediation& mediation, HandoverVersion version);

}  // namespace lictor
