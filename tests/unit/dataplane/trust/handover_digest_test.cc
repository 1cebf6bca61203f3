// What of a mediation an approver has signed: everything that says who gets the records.
#include "dataplane/trust/handover_digest.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "lictor/v1/directive.pb.h"

namespace lictor {
namespace {

v1::Mediation mediation() {
  v1::Mediation made;
  made.set_liid("L");
  for (v1::Destination* destination : {made.mutable_hi2(), made.mutable_hi3()}) {
    destination->set_id("lea/x");
    v1::Endpoint& endpoint = *destination->add_endpoints();
    endpoint.set_host("192.0.2.1");
    endpoint.set_port(1);
  }
  return made;
}

TEST(HandoverDigest, EveryChangeOfWhoGetsTheRecordsShows) {
  std::set<Sha256> seen = {handover_digest(mediation())};
  const std::function<void(v1::Mediation&)> changes[] = {
      [](auto& m) { m.set_liid("M"); },
      [](auto& m) { m.clear_hi2(); },
      [](auto& m) { m.clear_hi3(); },
      [](auto& m) { m.mutable_hi2()->set_id("lea/y"); },
      [](auto& m) { m.mutable_hi2()->mutable_endpoints(0)->set_host("192.0.2.2"); },
      [](auto& m) { m.mutable_hi3()->mutable_endpoints(0)->set_host("192.0.2.2"); },
      [](auto& m) { m.mutable_hi3()->mutable_endpoints(0)->set_port(2); },
      [](auto& m) { *m.mutable_hi3()->add_endpoints() = m.hi2().endpoints(0); },
      [](auto& m) { m.mutable_hi3()->set_kind(v1::DESTINATION_KIND_PCAPNG); },
      [](auto& m) {
        m.mutable_hi3()->set_kind(v1::DESTINATION_KIND_PCAPNG);
        m.mutable_profile()->mutable_pcapng()->set_certificates("another's");
      },
      [](auto& m) { m.mutable_profile()->set_security(v1::HANDOVER_SECURITY_PLAIN_LAB); },
      [](auto& m) { m.mutable_profile()->set_security(v1::HANDOVER_SECURITY_PLAIN_IN_IPSEC); },
      [](auto& m) { m.mutable_profile()->mutable_tls()->set_credential("other"); },
      [](auto& m) { m.mutable_profile()->mutable_tls()->set_allow_1_2(true); },
      [](auto& m) { m.mutable_profile()->mutable_tls()->add_pins("cert:00"); },
      [](auto& m) { m.mutable_profile()->mutable_tls()->set_server_name("lea.example.org"); },
      [](auto& m) { m.mutable_profile()->mutable_tls()->set_server_name_off(true); },
  };
  for (const auto& change : changes) {
    v1::Mediation changed = mediation();
    change(changed);
    EXPECT_TRUE(seen.insert(handover_digest(changed)).second) << changed.ShortDebugString();
  }
}

TEST(HandoverDigest, WhatIsNotSaidIsItsDefaultAndFormsAreNotCovered) {
  v1::Mediation said = mediation();
  said.mutable_hi2()->set_kind(v1::DESTINATION_KIND_ETSI);
  said.mutable_profile()->set_security(v1::HANDOVER_SECURITY_TLS);
  said.mutable_profile()->mutable_tls()->set_credential("default");
  said.mutable_profile()->set_keepalive_idle_s(9);
  said.mutable_cin()->set_static_cin(4);
  said.set_draining(true);
  EXPECT_EQ(handover_digest(said), handover_digest(mediation()));
}

TEST(HandoverDigest, WhatOneTextLosesTheNextDoesNotGain) {
  v1::Mediation one = mediation();
  one.set_liid("LI");
  one.mutable_hi2()->mutable_endpoints(0)->set_host("ab");
  v1::Mediation other = one;
  other.mutable_hi2()->set_id("lea/xa");
  other.mutable_hi2()->mutable_endpoints(0)->set_host("b");
  EXPECT_NE(handover_digest(one), handover_digest(other));
}

}  // namespace
}  // namespace lictor
