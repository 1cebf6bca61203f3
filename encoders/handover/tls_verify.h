// Whether a peer is the agency: what OpenSSL asks while it shakes hands. Called on the thread that shakes hands.
#pragma once

#include <openssl/ssl.h>

#include <string>

#include "dataplane/base/result.h"
#include "encoders/handover/security_plan.h"

namespace lictor {

// What one connection demands, and what came of it. Outlives the SSL that it was given to.
struct PeerDemand {
  TlsPlan plan;
  bool has_ca = false;
  std::string refusal;          // why the peer's certificate was not accepted; empty: it was
  bool ticket_arrived = false;  // the server has sent a session ticket: it has accepted our certificate
};

// Ties a demand to a connection and sets the versions, the name that is asked for and the name that must be answered.
// `host` is the endpoint's. Internal where OpenSSL refuses.
Status demand(SSL* ssl, PeerDemand& demand, const std::string& host);

// OpenSSL's question; 1: accepted.
int verify_peer(X509_STORE_CTX* store, void*);
// The connection's server has sent a ticket.
void note_ticket(SSL* ssl);

}  // namespace lictor
