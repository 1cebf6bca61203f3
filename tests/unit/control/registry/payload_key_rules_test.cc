// What an agency's profile and a warrant may say of payload keys: each refusal names its field, none repeats the key.
#include "control/registry/payload_key_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/registry/agency_rules.h"
#include "control/registry/warrant_rules.h"
#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

using testing::HasSubstr;

v1::Agency agency_with(v1::PayloadEncryption method, const std::string& key, bool key_per_warrant) {
  v1::Agency agency = make_agency();
  v1::EncryptionProfile& encryption = *agency.mutable_profile()->mutable_encryption();
  encryption.set_method(method);
  encryption.set_key(key);
  encryption.set_key_per_warrant(key_per_warrant);
  return agency;
}

std::string message_of(const Status& status) { return std::string(status.message()); }

TEST(PayloadKeyRules, AProfileHasEitherAKeyOrOneForEachWarrant) {
  constexpr auto kAes = v1::PAYLOAD_ENCRYPTION_AES_256_CBC;
  EXPECT_TRUE(check_agency(agency_with(kAes, "north", false)).ok());
  EXPECT_TRUE(check_agency(agency_with(kAes, "", true)).ok());
  EXPECT_THAT(message_of(check_agency(agency_with(kAes, "north", true))),
              HasSubstr("agency.profile.encryption.key_per_warrant"));
  EXPECT_THAT(message_of(check_agency(agency_with(kAes, "", false))), HasSubstr("agency.profile.encryption.key:"));
}

TEST(PayloadKeyRules, AMethodWithoutAKeyHasNeither) {
  for (const auto method :
       {v1::PAYLOAD_ENCRYPTION_UNSPECIFIED, v1::PAYLOAD_ENCRYPTION_OFF, v1::PAYLOAD_ENCRYPTION_NONE}) {
    EXPECT_TRUE(check_agency(agency_with(method, "", false)).ok());
    EXPECT_THAT(message_of(check_agency(agency_with(method, "", true))),
                HasSubstr("agency.profile.encryption.key_per_warrant"));
    EXPECT_THAT(message_of(check_agency(agency_with(method, "north", false))),
                HasSubstr("agency.profile.encryption.key:"));
  }
}

Result<CheckedWarrant> checked(const v1::Agency& agency, const std::string& key) {
  v1::Warrant warrant = make_warrant();
  warrant.set_payload_key(key);
  return check_warrant(warrant, {.policy = {}, .now = kNow, .agency = &agency, .stored = nullptr});
}

TEST(PayloadKeyRules, AWarrantsKeyHasTheLengthOfItsAgencysMethod) {
  for (const auto& [method, right] :
       {std::pair{v1::PAYLOAD_ENCRYPTION_AES_192_CBC, size_t{24}}, {v1::PAYLOAD_ENCRYPTION_AES_256_CBC, size_t{32}}}) {
    const v1::Agency agency = agency_with(method, "", true);
    for (size_t bytes = 0; bytes <= 65; ++bytes) {
      const Result<CheckedWarrant> result = checked(agency, std::string(bytes, 'k'));
      ASSERT_EQ(result.ok(), bytes == 0 || bytes == right) << bytes;
      if (result.ok()) continue;
      EXPECT_THAT(message_of(result.status()), HasSubstr("warrant.payload_key"));
    }
  }
}

TEST(PayloadKeyRules, AKeyThatTheAgencyHasNoUseForIsRefused) {
  const std::string key(32, 'k');
  for (const v1::Agency& agency : {make_agency(), agency_with(v1::PAYLOAD_ENCRYPTION_AES_256_CBC, "north", false)}) {
    const Result<CheckedWarrant> result = checked(agency, key);
    ASSERT_FALSE(result.ok());
    EXPECT_THAT(message_of(result.status()), HasSubstr("warrant.payload_key"));
    EXPECT_THAT(message_of(result.status()), testing::Not(HasSubstr(key)));
  }
}

TEST(PayloadKeyRules, WhatWasCheckedHasNoKeyInItAnyMore) {
  const Result<CheckedWarrant> result =
      checked(agency_with(v1::PAYLOAD_ENCRYPTION_AES_256_CBC, "", true), std::string(32, 'k'));
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->warrant.payload_key().empty());
}

}  // namespace
}  // namespace lictor::control
