// Whom a certificate names, and which ones name nobody.
#include "control/access/certificate_identity.h"

#include <gtest/gtest.h>

#include "tests/unit/control/access/certificates.h"

namespace lictor::control {
namespace {

const std::string kOperator = "URI:urn:lictor:role:operator";

TEST(CertificateIdentity, HasANameAndRoles) {
  const std::string pem =
      client_certificate({"anna"}, {"DNS:desk.example.org", kOperator, "URI:urn:lictor:role:approver"});
  const Result<Identity> identity = identity_of_certificate(pem);
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->name, "anna");
  EXPECT_EQ(identity->roles, RoleSet(Role::kOperator, Role::kApprover));
}

TEST(CertificateIdentity, OfAnAgencyOrADataplaneSaysWhich) {
  const Result<Identity> agency =
      identity_of_certificate(client_certificate({"lea"}, {"URI:urn:lictor:role:agency", "URI:urn:lictor:agency:lea"}));
  ASSERT_TRUE(agency.ok()) << agency.status();
  EXPECT_EQ(agency->agency_id, "lea");
  const Result<Identity> element = identity_of_certificate(
      client_certificate({"rack 7"}, {"URI:urn:lictor:element:NE-1", "URI:urn:lictor:role:dataplane"}));
  ASSERT_TRUE(element.ok()) << element.status();
  EXPECT_EQ(element->network_element_id, "NE-1");
}

TEST(CertificateIdentity, SaysOfWhichDesksOneIs) {
  const auto desks_of = [](const std::vector<std::string>& more) {
    std::vector<std::string> names = {kOperator};
    names.insert(names.end(), more.begin(), more.end());
    return identity_of_certificate(client_certificate({"anna"}, names))->desks;
  };
  EXPECT_TRUE(desks_of({}).sees(""));
  EXPECT_FALSE(desks_of({}).sees("north"));
  const DeskSet two = desks_of({"URI:urn:lictor:desk:north", "URI:urn:lictor:desk:south"});
  EXPECT_TRUE(two.sees("") && two.sees("north") && two.sees("south"));
  EXPECT_FALSE(two.sees("west") || two.sees_all());
  EXPECT_TRUE(desks_of({"URI:urn:lictor:desk:*"}).sees_all());
}

TEST(CertificateIdentity, NobodyIsNamedWhereAnythingIsMissingOrTwice) {
  const std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>> bad = {
      {{}, {kOperator}},
      {{"anna", "berta"}, {kOperator}},
      {{"an/na"}, {kOperator}},
      {{std::string(63, 'a') + "ß"}, {kOperator}},
      {{"anna"}, {}},
      {{"rack 7"}, {"URI:urn:lictor:role:dataplane"}},
      {{"anna"}, {"DNS:example.org"}},
      {{"anna"}, {"URI:urn:lictor:role:emperor"}},
      {{"anna"}, {kOperator, "URI:urn:lictor:role:"}},
      {{"anna"}, {kOperator, "URI:urn:lictor:floor:north"}},
      {{"anna"}, {kOperator, "URI:urn:lictor:desk:"}},
      {{"anna"}, {kOperator, "URI:urn:lictor:desk:North"}},
      {{"anna"}, {kOperator, "URI:urn:lictor:desk:north", "URI:urn:lictor:desk:north"}},
      {{"dora"}, {"URI:urn:lictor:role:platform", "URI:urn:lictor:desk:north"}},
      {{"anna"}, {kOperator, "URI:urn:lictor:role:platform"}},
      {{"anna"}, {kOperator, "URI:urn:lictor:agency:lea"}},
      {{"anna"}, {kOperator, "URI:urn:lictor:element:NE-1"}},
      {{"lea"}, {"URI:urn:lictor:role:agency"}},
      {{"lea"}, {"URI:urn:lictor:role:agency", "URI:urn:lictor:agency:"}},
      {{"lea"}, {"URI:urn:lictor:role:agency", "URI:urn:lictor:agency:lea", "URI:urn:lictor:agency:other"}},
      {{"lea"}, {"URI:urn:lictor:role:agency", "URI:urn:lictor:agency:" + std::string(65, 'a')}},
  };
  for (const auto& [names, alternatives] : bad) {
    const Result<Identity> identity = identity_of_certificate(client_certificate(names, alternatives));
    EXPECT_EQ(identity.status().code(), absl::StatusCode::kUnauthenticated)
        << testing::PrintToString(names) << testing::PrintToString(alternatives);
  }
}

TEST(CertificateIdentity, ManyNamesAreTooMany) {
  const std::vector<std::string> most(kCertificateNamesMax, kOperator);
  EXPECT_TRUE(identity_of_certificate(client_certificate({"anna"}, most)).ok());
  std::vector<std::string> more = most;
  more.push_back(kOperator);
  EXPECT_FALSE(identity_of_certificate(client_certificate({"anna"}, more)).ok());
}

TEST(CertificateIdentity, APieceOfACertificateNamesNobody) {
  const std::string pem = client_certificate({"anna"}, {kOperator});
  const size_t whole = pem.find_last_of('-');
  for (size_t length = 0; length < whole; ++length)
    EXPECT_FALSE(identity_of_certificate(pem.substr(0, length)).ok()) << length;
  EXPECT_FALSE(identity_of_certificate(std::string(kCertificateBytesMax + 1, '\n') + pem).ok());
}

}  // namespace
}  // namespace lictor::control
