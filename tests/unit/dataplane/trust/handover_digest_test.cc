// What of a mediation an approver has signed: everything that says who gets the records.
#include "dataplane/trust/handover_digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
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

Sha256 digest(const v1::Mediation& mediation) { return handover_digest(mediation, HandoverVersion::kSecond); }

TEST(HandoverDigest, EveryChangeOfWhoGetsTheRecordsShows) {
  std::set<Sha256> seen = {digest(mediation())};
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
    EXPECT_TRUE(seen.insert(digest(changed)).second) << changed.ShortDebugString();
  }
}

TEST(HandoverDigest, EveryChangeOfHowTheyAreKeptAndWhomTheyNameShowsFromTheSecondVersionOn) {
  v1::Mediation plain = mediation();
  plain.mutable_profile()->mutable_encryption()->set_method(v1::PAYLOAD_ENCRYPTION_AES_256_CBC);
  plain.mutable_profile()->mutable_encryption()->set_key("key");
  plain.mutable_profile()->mutable_integrity()->set_on(true);
  plain.mutable_profile()->mutable_integrity()->set_signing_key("signer");
  std::set<Sha256> seen = {digest(plain)};
  const std::function<void(v1::Mediation&)> changes[] = {
      [](auto& m) { m.mutable_profile()->mutable_encryption()->set_method(v1::PAYLOAD_ENCRYPTION_OFF); },
      [](auto& m) { m.mutable_profile()->mutable_encryption()->set_method(v1::PAYLOAD_ENCRYPTION_NONE); },
      [](auto& m) { m.mutable_profile()->mutable_encryption()->set_method(v1::PAYLOAD_ENCRYPTION_AES_192_CBC); },
      [](auto& m) { m.mutable_profile()->mutable_encryption()->set_key("another"); },
      [](auto& m) { m.mutable_profile()->mutable_encryption()->set_key_per_warrant(true); },
      [](auto& m) { m.mutable_profile()->mutable_integrity()->set_on(false); },
      [](auto& m) { m.mutable_profile()->mutable_integrity()->set_hash(v1::HASH_METHOD_SHA512); },
      [](auto& m) { m.mutable_profile()->mutable_integrity()->set_signing_key("another"); },
      [](auto& m) { m.mutable_profile()->mutable_integrity()->set_signature_covers(v1::SIGNATURE_COVERS_LIST); },
      [](auto& m) { m.mutable_profile()->mutable_integrity()->set_before_encryption(true); },
      [](auto& m) { m.set_authorization_country("DE"); },
      [](auto& m) { m.set_delivery_country("DE"); },
      [](auto& m) { m.set_operator_id("OP2"); },
      [](auto& m) { m.set_hi1_operator_id("OP2"); },
      [](auto& m) { m.set_user_label("somebody else"); },
      [](auto& m) { m.set_internet_access_type(v1::INTERNET_ACCESS_TYPE_LAN); },
      [](auto& m) { m.mutable_profile()->set_hi1_target_information(true); },
      [](auto& m) { m.set_raw_aaa(true); },
  };
  for (const auto& change : changes) {
    v1::Mediation changed = plain;
    change(changed);
    EXPECT_TRUE(seen.insert(digest(changed)).second) << changed.ShortDebugString();
    EXPECT_EQ(handover_digest(changed, HandoverVersion::kFirst), handover_digest(plain, HandoverVersion::kFirst))
        << "orders that were signed before go on as they are: " << changed.ShortDebugString();
  }
}

TEST(HandoverDigest, TheFirstVersionIsWhatItWas) {
  const Sha256 first = handover_digest(mediation(), HandoverVersion::kFirst);
  const std::array<uint8_t, 8> begins = {0xf2, 0x7d, 0x86, 0x66, 0x48, 0x1e, 0x7c, 0x3c};  // by another program
  EXPECT_TRUE(std::equal(begins.begin(), begins.end(), first.begin()));
}

TEST(HandoverDigest, WhatIsNotSaidIsItsDefaultAndFormsAreNotCovered) {
  v1::Mediation said = mediation();
  said.mutable_hi2()->set_kind(v1::DESTINATION_KIND_ETSI);
  said.mutable_profile()->set_security(v1::HANDOVER_SECURITY_TLS);
  said.mutable_profile()->mutable_tls()->set_credential("default");
  said.mutable_profile()->set_keepalive_idle_s(9);
  said.mutable_cin()->set_static_cin(4);
  said.set_draining(true);
  said.mutable_profile()->mutable_encryption()->set_method(v1::PAYLOAD_ENCRYPTION_OFF);
  said.mutable_profile()->mutable_encryption()->set_key("of no use");
  said.mutable_profile()->mutable_integrity()->set_hash_records(7);
  said.set_internet_access_type(v1::INTERNET_ACCESS_TYPE_UNDEFINED);
  EXPECT_EQ(digest(said), digest(mediation()));
}

TEST(HandoverDigest, WhatOneTextLosesTheNextDoesNotGain) {
  v1::Mediation one = mediation();
  one.set_liid("LI");
  one.mutable_hi2()->mutable_endpoints(0)->set_host("ab");
  v1::Mediation other = one;
  other.mutable_hi2()->set_id("lea/xa");
  other.mutable_hi2()->mutable_endpoints(0)->set_host("b");
  EXPECT_NE(digest(one), digest(other));
}

}  // namespace
}  // namespace lictor
