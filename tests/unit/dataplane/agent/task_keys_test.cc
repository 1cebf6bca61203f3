// The payload key of a warrant: what of it is refused, that another one is a change, and that a task which is revoked
// or delivered leaves none behind.
#include <gmock/gmock.h>

#include "tests/unit/dataplane/agent/registry_bench.h"

namespace lictor {
namespace {

const std::string kKey192(PayloadKey::kAes192Bytes, 'k');
const std::string kKey256(PayloadKey::kAes256Bytes, 'k');

v1::Mediation keyed_message(const std::string& key, uint16_t port = 9,
                            v1::PayloadEncryption method = v1::PAYLOAD_ENCRYPTION_AES_256_CBC) {
  v1::Mediation message = mediation_message(1, port);
  message.mutable_profile()->mutable_encryption()->set_method(method);
  message.mutable_profile()->mutable_encryption()->set_key_per_warrant(true);
  message.set_payload_key(key);
  return message;
}

std::string refusal_of(const v1::Mediation& message) {
  const Result<Directive> directive = parsed(directive_message(1, message));
  return directive.ok() ? "" : std::string(directive.status().message());
}

TEST(TaskKeys, AKeyThatIsMissingOrOfAnotherLengthIsRefusedByItsField) {
  EXPECT_EQ(refusal_of(keyed_message(kKey256)), "");
  EXPECT_EQ(refusal_of(keyed_message(kKey192, 9, v1::PAYLOAD_ENCRYPTION_AES_192_CBC)), "");
  EXPECT_EQ(refusal_of(keyed_message("")), "mediation.payload_key: is missing");
  EXPECT_EQ(refusal_of(keyed_message(kKey192)), "mediation.payload_key: must be 32 octets");
  EXPECT_EQ(refusal_of(keyed_message(kKey256, 9, v1::PAYLOAD_ENCRYPTION_AES_192_CBC)),
            "mediation.payload_key: must be 24 octets");
  for (const size_t bytes : {1, 16, 23, 25, 31, 33, 64})
    EXPECT_EQ(refusal_of(keyed_message(std::string(bytes, 'k'))), "mediation.payload_key: must be 24 or 32 octets");
}

TEST(TaskKeys, AKeyThatTheProfileHasNoUseForIsRefused) {
  v1::Mediation message = mediation_message(1);
  message.set_payload_key(kKey256);
  EXPECT_EQ(refusal_of(message), "mediation.payload_key: the profile has none");
  for (const auto method : {v1::PAYLOAD_ENCRYPTION_OFF, v1::PAYLOAD_ENCRYPTION_NONE})
    EXPECT_THAT(refusal_of(keyed_message(kKey256, 9, method)), testing::HasSubstr("encryption.key_per_warrant"));
  message = keyed_message(kKey256);
  message.mutable_profile()->mutable_encryption()->set_key("agency");
  EXPECT_THAT(refusal_of(message), testing::HasSubstr("profile.encryption.key"));
}

TEST(TaskKeys, WhoOnlyDrainsNeedsNone) {
  v1::Mediation message = keyed_message("");
  message.set_draining(true);
  EXPECT_EQ(refusal_of(message), "");
}

TEST(TaskKeys, TheMessageThatIsKeptHasNoKeyInIt) {
  v1::Mediation message = keyed_message(kKey256);
  message.set_spool_key(std::string(SecretKey::kBytes, 's'));
  const MediationDirective mediation = mediation_of(message);
  ASSERT_NE(mediation.parameters.payload_key, nullptr);
  EXPECT_TRUE(std::ranges::equal(mediation.parameters.payload_key->octets(), as_bytes(kKey256)));
  EXPECT_EQ(mediation.octets.find(kKey256), std::string::npos);
  EXPECT_EQ(mediation.octets.find(std::string(SecretKey::kBytes, 's')), std::string::npos);
}

TEST(TaskKeys, ADirectoryIsEncryptedAsSuchAndTakesNone) {
  v1::Mediation message = keyed_message(kKey256);
  message.clear_hi2();
  message.mutable_hi3()->clear_endpoints();
  message.mutable_hi3()->set_kind(v1::DESTINATION_KIND_PCAPNG);
  message.mutable_profile()->mutable_pcapng()->set_certificates("PEM");
  EXPECT_EQ(mediation_of(message).parameters.payload_key, nullptr);
}

TEST(TaskKeys, OnlyAnotherKeyIsAChange) {
  RegistryBench bench;
  ASSERT_TRUE(bench.tap(tap_message(1)).ok());
  ASSERT_TRUE(bench.mediation(keyed_message(kKey256, bench.port())).ok());
  bench->commit(bench.now());
  bench.run_until_reported(1, TaskReport::kActive);
  bench.run_until([&] { return bench->commands_done(xid_of(1)); });
  ASSERT_TRUE(bench.mediation(keyed_message(kKey256, bench.port())).ok());
  EXPECT_TRUE(bench->commands_done(xid_of(1))) << "nothing was ordered";
  ASSERT_TRUE(bench.mediation(keyed_message(std::string(PayloadKey::kAes256Bytes, 'o'), bench.port())).ok());
  EXPECT_FALSE(bench->commands_done(xid_of(1))) << "a task with the other key takes its place";
  bench.run_until([&] { return bench->commands_done(xid_of(1)); });
  EXPECT_EQ(bench.report(1), TaskReport::kActive);
}

// That nobody holds the key any more after this withdrawal.
void expect_forgotten(bool revoked) {
  RegistryBench bench;
  ASSERT_TRUE(bench.tap(tap_message(1)).ok());
  std::weak_ptr<const PayloadKey> key;
  {
    const MediationDirective mediation = mediation_of(keyed_message(kKey256, bench.port()));
    key = mediation.parameters.payload_key;
    ASSERT_TRUE(bench->apply(mediation, bench.now()).ok());
  }
  bench->commit(bench.now());
  bench.run_until_reported(1, TaskReport::kActive);
  EXPECT_FALSE(key.expired());
  bench.withdraw(1, revoked);
  bench->commit(bench.now());
  bench.run_until_reported(1, TaskReport::kEnded);
  EXPECT_TRUE(key.expired());
}

TEST(TaskKeys, ATaskThatWasDeliveredLeavesNoneBehind) { expect_forgotten(false); }
TEST(TaskKeys, ATaskThatWasRevokedLeavesNoneBehind) { expect_forgotten(true); }

}  // namespace
}  // namespace lictor
