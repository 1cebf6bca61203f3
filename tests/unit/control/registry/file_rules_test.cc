// Agencies whose destination is a directory, the certificates that files are encrypted for, and deliveries into them.
#include <gtest/gtest.h>

#include <functional>

#include "control/registry/agency_rules.h"
#include "control/registry/certificate_rules.h"
#include "control/registry/delivery_rules.h"
#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

// P-256, and RSA of 1024 bits; nobody has their keys.
const std::string kCertificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBkjCCATegAwIBAgIUFa/EnhsXwUVYsVmVnSdu7fiwux0wCgYIKoZIzj0EAwIw\n"
    "HTEbMBkGA1UEAwwSYWdlbmN5LmV4YW1wbGUub3JnMCAXDTI2MTEyNjIyMzgzMFoY\n"
    "DzIxMjYxMTAyMjIzODMwWjAdMRswGQYDVQQDDBJhZ2VuY3kuZXhhbXBsZS5vcmcw\n"
    "WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASaR28vEfN2iH9vCw/p09nssLW0c3u8\n"
    "Yz0i2pznhDUTBtLGvrPFdFMO3bW+peXZqC/ERYyVJgHtCP1zMbTAHxWPo1MwUTAd\n"
    "BgNVHQ4EFgQUXcDRoMNY6p0aGwdUVIW7+TVQZRgwHwYDVR0jBBgwFoAUXcDRoMNY\n"
    "6p0aGwdUVIW7+TVQZRgwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBG\n"
    "AiEA5m073cyxblv//4p0DO+DHHAHPiIiniQRiKBUbxuh4xUCIQDMQc4mKatD7cfQ\n"
    "+3xukuaP21gP2jJ+4Y1XVxVm+mqifA==\n"
    "-----END CERTIFICATE-----\n";
const std::string kWeak =
    "-----BEGIN CERTIFICATE-----\n"
    "MIICGDCCAYGgAwIBAgIUH9gBb7Bu24CH3+mGAKz1bD65n1gwDQYJKoZIhvcNAQEL\n"
    "BQAwHTEbMBkGA1UEAwwSYWdlbmN5LmV4YW1wbGUub3JnMCAXDTI2MTEyNjIyMzgz\n"
    "MFoYDzIxMjYxMTAyMjIzODMwWjAdMRswGQYDVQQDDBJhZ2VuY3kuZXhhbXBsZS5v\n"
    "cmcwgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBANJESjGlbRRR3VabbocNKh/r\n"
    "noiqrFNyZccze+cbfxUzYM6/aett9G1Yw9e696/GnaJe4RHe7ZcWez/rkN2XeS8/\n"
    "52A2Y/jRvw1I/Bjoxo7jIVs0WPSTFWGhlKb0hkog8gWHtIkHYJxQkludq7wPHLzj\n"
    "hlVyZLKBgVw4ILp+wFmVAgMBAAGjUzBRMB0GA1UdDgQWBBQTaKVWDRU2ZSwOw/Ez\n"
    "HOWshSn8OTAfBgNVHSMEGDAWgBQTaKVWDRU2ZSwOw/EzHOWshSn8OTAPBgNVHRMB\n"
    "Af8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4GBAJPF0b/pP+znU/wjzNA7d9GOJYHs\n"
    "MkCaDap7KTNRJHt4IcwWAgahTd8F1jwR3a55lq6LDC2qsXFKQz585jfSB+DuOFUz\n"
    "NcVz2XV6r21vTvAIiAr3pZ1gl/LnwvwfTLryJcC3SH44dICqzWN/NszO1zCn+l0D\n"
    "ilE9PUasdU4KtB3/\n"
    "-----END CERTIFICATE-----\n";

v1::Destination& add_directory(v1::Agency& agency, const std::string& id) {
  v1::Destination& destination = *agency.add_destinations();
  destination.set_id(id);
  destination.set_interface(v1::HANDOVER_INTERFACE_HI3);
  destination.set_kind(v1::DESTINATION_KIND_PCAPNG);
  return destination;
}

v1::Agency file_agency() {
  v1::Agency agency = make_agency();
  agency.clear_destinations();
  add_directory(agency, "vault");
  agency.mutable_profile()->mutable_pcapng()->set_certificates(kCertificate);
  return agency;
}

v1::PcapngProfile& pcapng(v1::Agency& agency) { return *agency.mutable_profile()->mutable_pcapng(); }

TEST(FileRules, AnAgencyWithADirectoryAndBothKindsOfDestinationsPass) {
  v1::Agency agency = file_agency();
  EXPECT_TRUE(check_agency(agency).ok()) << check_agency(agency);
  v1::Agency both = make_agency();
  add_directory(both, "vault").set_directory("Evidence_2.x");
  pcapng(both).set_certificates(kCertificate + kCertificate);
  for (const bool most : {false, true}) {
    pcapng(both).set_file_kib(most ? 4 << 20 : 64);
    pcapng(both).set_file_seconds(most ? 86'400 : 1);
    EXPECT_TRUE(check_agency(both).ok()) << check_agency(both);
  }
}

TEST(FileRules, NothingButCertificatesIsTaken) {
  for (const std::string kind :
       {"PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "PUBLIC KEY", "EC PARAMETERS"}) {
    const std::string block = "-----BEGIN " + kind + "-----\nBggqhkjOPQMBBw==\n-----END " + kind + "-----\n";
    EXPECT_FALSE(check_certificates(kCertificate + block).ok()) << kind;
    EXPECT_FALSE(check_certificates(block + kCertificate).ok()) << kind;
  }
  EXPECT_FALSE(check_certificates(kCertificate + " -----BEGIN PRIVATE KEY-----\nBggqhkjOPQMBBw==\n").ok());
  EXPECT_TRUE(check_certificates("The agency's:\n" + kCertificate).ok());
}

TEST(FileRules, EachWrongFieldIsNamed) {
  const auto wrong = [](const std::string& field, const std::function<void(v1::Agency&)>& spoil) {
    v1::Agency agency = file_agency();
    spoil(agency);
    const Status status = check_agency(agency);
    EXPECT_NE((std::string("; ") + std::string(status.message())).find("; " + field + ": "), std::string::npos)
        << field << " is not named by: " << status;
  };
  using A = v1::Agency;
  const std::string first = "agency.destinations[0].";
  wrong(first + "interface", [](A& a) { a.mutable_destinations(0)->set_interface(v1::HANDOVER_INTERFACE_HI2); });
  wrong(first + "kind", [](A& a) { a.mutable_destinations(0)->set_kind(static_cast<v1::DestinationKind>(9)); });
  wrong(first + "endpoints", [](A& a) { a.mutable_destinations(0)->add_endpoints()->set_port(1); });
  for (const std::string& name : {std::string("."), std::string(".."), std::string("a/b"), std::string("../x"),
                                  std::string(".work"), std::string("a b"), std::string(64, 'a')}) {
    wrong(first + "directory", [&](A& a) { a.mutable_destinations(0)->set_directory(name); });
  }
  wrong(first + "directory", [](A& a) { a.mutable_destinations(0)->set_id(".hidden"); });
  wrong("agency.destinations[1].directory", [](A& a) { add_directory(a, "other").set_directory("vault"); });
  wrong(first + "directory", [](A& a) {
    a = make_agency();
    a.mutable_destinations(0)->set_directory("vault");
  });
  wrong("agency.profile.pcapng.certificates", [](A& a) { pcapng(a).clear_certificates(); });
  wrong("agency.profile.pcapng.certificates", [](A& a) { pcapng(a).set_certificates("nothing"); });
  for (const uint32_t kib : {63U, (4U << 20) + 1})
    wrong("agency.profile.pcapng.file_kib", [kib](A& a) { pcapng(a).set_file_kib(kib); });
  wrong("agency.profile.pcapng.file_seconds", [](A& a) { pcapng(a).set_file_seconds(86'401); });
}

TEST(CertificateRules, OnlyCertificatesThatCanBeEncryptedForPass) {
  EXPECT_TRUE(check_certificates(kCertificate).ok());
  std::string four;
  for (int i = 0; i < 4; ++i) four += kCertificate;
  EXPECT_TRUE(check_certificates(four).ok());
  EXPECT_FALSE(check_certificates(four + kCertificate).ok());
  EXPECT_FALSE(check_certificates(kWeak).ok());
  EXPECT_FALSE(check_certificates("").ok());
  EXPECT_FALSE(check_certificates(kCertificate + std::string(kCertificatesBytesMax, ' ')).ok());
  for (size_t length = 0; length + 2 < kCertificate.size(); ++length)
    EXPECT_FALSE(check_certificates(kCertificate.substr(0, length)).ok()) << length;
}

struct Checked {
  v1::Warrant warrant;
  bool good = false;
  std::vector<std::string> warnings;
};

Checked check(const v1::Agency& agency, v1::Content content, const std::function<void(v1::Warrant&)>& change = {}) {
  Checked checked;
  checked.warrant.set_content(content);
  if (change) change(checked.warrant);
  Violations violations;
  check_deliveries(checked.warrant, agency, violations, checked.warnings);
  checked.good = violations.empty();
  return checked;
}

TEST(DeliveryRules, TheOnlyDirectoryTakesWhateverIsOrderedAlone) {
  for (const v1::Content content : {v1::CONTENT_IRI, v1::CONTENT_CC, v1::CONTENT_IRI_AND_CC}) {
    const Checked checked = check(file_agency(), content);
    ASSERT_TRUE(checked.good);
    ASSERT_EQ(checked.warrant.deliveries_size(), 1);
    EXPECT_EQ(checked.warrant.deliveries(0).hi2_destination_id(), "");
    EXPECT_EQ(checked.warrant.deliveries(0).hi3_destination_id(), "vault");
    EXPECT_TRUE(checked.warnings.empty()) << "events are in the files";
  }
}

TEST(DeliveryRules, ADirectoryIsNamedAloneAndBesideOthersByName) {
  v1::Agency both = make_agency();
  add_directory(both, "vault");
  const auto name = [](const char* hi2, const char* hi3) {
    return [=](v1::Warrant& warrant) {
      v1::Delivery& delivery = *warrant.add_deliveries();
      delivery.set_hi2_destination_id(hi2);
      delivery.set_hi3_destination_id(hi3);
    };
  };
  EXPECT_TRUE(check(both, v1::CONTENT_IRI_AND_CC, name("", "vault")).good);
  EXPECT_TRUE(check(both, v1::CONTENT_IRI, name("", "vault")).good);
  EXPECT_TRUE(check(both, v1::CONTENT_IRI_AND_CC, name("hi2", "hi3")).good);
  EXPECT_FALSE(check(both, v1::CONTENT_IRI_AND_CC, name("hi2", "vault")).good);
  EXPECT_FALSE(check(both, v1::CONTENT_IRI_AND_CC, name("", "hi3")).good);
  EXPECT_FALSE(check(both, v1::CONTENT_IRI_AND_CC).good) << "which of the two?";
}

}  // namespace
}  // namespace lictor::control
