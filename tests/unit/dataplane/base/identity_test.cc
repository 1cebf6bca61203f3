// Whether names are compared in one form, and what is no name has none.
#include "dataplane/base/identity.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace lictor {
namespace {

std::string form_of(IdentityKind kind, std::string_view shown, const IdentityForm& form = {}) {
  std::array<uint8_t, kIdentityBytesMax> room{};
  const size_t bytes = normal_form(kind, as_bytes(shown), form, room);
  return std::string(as_text(Bytes(room).first(bytes)));
}

TEST(Identity, ARealmIsADomainAndAUserIsNot) {
  EXPECT_EQ(form_of(IdentityKind::kRadiusUser, "Alice@Example.ORG"), "Alice@example.org");
  EXPECT_EQ(form_of(IdentityKind::kRadiusUser, "Alice"), "Alice");
  EXPECT_EQ(form_of(IdentityKind::kRadiusUser, "A@B@Example.ORG"), "A@B@example.org");
}

TEST(Identity, AUsersCaseAndRealmGoWhereTheNetworkSaysSo) {
  EXPECT_EQ(form_of(IdentityKind::kRadiusUser, "Alice@Example.ORG", {.fold_user_case = true}), "alice@example.org");
  EXPECT_EQ(form_of(IdentityKind::kRadiusUser, "Alice@Example.ORG", {.strip_realm = true}), "Alice");
  EXPECT_EQ(form_of(IdentityKind::kRadiusUser, "@Example.ORG", {.strip_realm = true}), "@example.org")
      << "a name that is nothing but a realm would be everybody's";
}

TEST(Identity, AStationsMacHasOneFormInAllItsGroupings) {
  for (const char* const shown : {"00-53-00-AA-bb-01", "00:53:00:aa:BB:01", "0053.00aa.bb01", "005300-aabb01",
                                  "005300AABB01", "00 53 00 aa bb 01"}) {
    EXPECT_EQ(form_of(IdentityKind::kCallingStation, shown), "005300aabb01") << shown;
  }
}

TEST(Identity, AStationThatIsNoMacKeepsWhatItIs) {
  for (const char* const shown : {"00-53:00-AA-bb-01", "00-53-00-AA-bb-0", "00-53-00-AA-bb-01-02", "005-300-aabb01",
                                  "atm 1/0/2:1.32", "00-53-00-AA-bb-01:SSID"}) {
    EXPECT_EQ(form_of(IdentityKind::kCallingStation, shown), shown);
  }
}

TEST(Identity, AStationsNumberIsItsDigits) {
  EXPECT_EQ(form_of(IdentityKind::kCallingStation, "+49 (30) 1234-567"), "49301234567");
  EXPECT_EQ(form_of(IdentityKind::kCallingStation, "49.30.1234567"), "49301234567");
  EXPECT_EQ(form_of(IdentityKind::kCallingStation, "49+301234567"), "49+301234567") << "a plus inside is no number's";
  EXPECT_EQ(form_of(IdentityKind::kCallingStation, "()"), "()") << "no digit is no number";
}

TEST(Identity, ALineLosesItsPadding) {
  EXPECT_EQ(form_of(IdentityKind::kCircuitId, std::string_view("ge-0/0/1:100\0 \0", 15)), "ge-0/0/1:100");
  EXPECT_EQ(form_of(IdentityKind::kRemoteId, std::string_view("\0\0", 2)), "") << "nothing but padding is nobody";
  EXPECT_EQ(form_of(IdentityKind::kCircuitId, std::string_view("\0\4\0\1", 4)), std::string("\0\4\0\1", 4));
}

TEST(Identity, WhatIsNoNameOfItsKindHasNoForm) {
  EXPECT_EQ(form_of(IdentityKind::kRadiusUser, ""), "");
  EXPECT_EQ(form_of(IdentityKind::kRadiusUser, std::string(kIdentityBytesMax + 1, 'a')), "");
  EXPECT_EQ(form_of(IdentityKind::kMac, "12345"), "");
  EXPECT_EQ(form_of(IdentityKind::kMac, std::string(6, '\0')), "");
  EXPECT_EQ(form_of(IdentityKind::kImsi, "00101000000000a"), "");
  EXPECT_EQ(form_of(IdentityKind::kImsi, "0010100000000001"), "") << "16 digits";
  EXPECT_EQ(form_of(IdentityKind::kImsi, "001010000000001"), "001010000000001");
}

TEST(Identity, RoomThatIsTooSmallIsNotOverrun) {
  std::array<uint8_t, 3> room{};
  EXPECT_EQ(normal_form(IdentityKind::kRadiusUser, as_bytes("alice"), {}, room), 0U);
}

}  // namespace
}  // namespace lictor
