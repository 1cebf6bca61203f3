// Who a message says that it concerns: the identities in it, by the header fields that may be believed. Session lcore;
// no allocation.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/base/call_uri.h"
#include "dataplane/base/identity.h"
#include "dataplane/session/sip/message.h"
#include "dataplane/session/sip/number_plan.h"
#include "dataplane/session/up_to.h"

namespace lictor::sip {

enum class IdentityRole : uint8_t {
  kRequestUri,
  kCalledParty,  // P-Called-Party-ID
  kTo,
  kFrom,
  kAsserted,       // P-Asserted-Identity
  kPreferred,      // P-Preferred-Identity
  kRemoteParty,    // Remote-Party-ID
  kDiversion,      // who has diverted the call
  kHistory,        // History-Info: whom it went to before
  kReferrer,       // Referred-By: who has asked the caller to call (RFC 3892)
  kAuthenticated,  // the user's name of Authorization and Proxy-Authorization: an IMPI, or a SIP user's name
  kCount,
};

// What stands for a person in the signalling of a call.
enum class CallSide : uint8_t { kCalled, kCalling, kDiverting };
// Whose side a field names, of a request: who answers asserts himself.
[[nodiscard]] CallSide side_of(IdentityRole role) noexcept;

// Which fields are believed. Anybody writes what he likes into From; a node of the operator's trust domain answers for
// what it asserts, and for what it passes on (RFC 3325 section 5).
struct IdentityTrust {
  bool trusted_sender = false;  // the message was sent by a node of the trust domain
  bool authenticated = false;   // the registrar or proxy took the credentials: the answer was 2xx
  bool from = false;            // the operator checks From
  bool preferred = false;       // and P-Preferred-Identity
};

struct FoundIdentity {
  IdentityRole role = IdentityRole::kTo;
  CallUri uri;  // of kAuthenticated: `user` alone, with its quotes as it stands
  Bytes nonce;  // of kAuthenticated: what it answers, with its quotes; empty where it answers none
};

// Of each header field: its first ones, so that filler in one takes no room of another.
constexpr size_t kFieldIdentitiesMax = 8;
constexpr size_t kIdentityFields = 10;  // Authorization and Proxy-Authorization are two
constexpr size_t kFoundIdentitiesMax = 1 + kIdentityFields * kFieldIdentitiesMax + 1;  // Request-URI, Referred-By

struct FoundIdentities {
  UpTo<FoundIdentity, kFoundIdentitiesMax> all;  // `beyond` counts what had no room
  uint16_t odd = 0;                              // addresses that are none
};

// What `message` says: Request-URI (of a request), P-Called-Party-ID and To always; the others as `trust` has it. Each
// field has places of its own, kFieldIdentitiesMax, but Referred-By, which has one (RFC 3892 section 2.1) and what the
// others leave. `found` is overwritten; its views are the message's.
void find_identities(const Message& message, const IdentityTrust& trust, FoundIdentities& found) noexcept;

// The names that one identity is compared by. `user` is the front of `address`.
struct NameForms {
  size_t user_bytes = 0;     // 0: it has none
  size_t address_bytes = 0;  // of "user@host"; 0: it is no SIP URI with a user
  std::optional<GlobalNumber> number;
  std::array<uint8_t, kIdentityBytesMax + 1> room;

  [[nodiscard]] Bytes user() const { return Bytes(room).first(user_bytes); }
  [[nodiscard]] Bytes address() const { return Bytes(room).first(address_bytes); }
};

// In the forms of dataplane/base/identity.h: of a SIP URI kSipUri and kSipUser, of a tel URI or a SIP URI whose user is
// a number kTelUri. Names longer than kIdentityBytesMax have no form. `forms` is overwritten.
void write_name_forms(const CallUri& uri, const NumberPlan& plan, NameForms& forms) noexcept;

}  // namespace lictor::sip
