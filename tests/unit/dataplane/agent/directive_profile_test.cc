// What a mediation's profile may say of confirmation and integrity, and what is refused by the name of its field.
#include <gmock/gmock.h>

#include <functional>

#include "dataplane/agent/directive.h"
#include "tests/unit/dataplane/agent/directives.h"

namespace lictor {
namespace {

void expect_mediation_refused(const std::function<void(v1::Mediation&)>& spoil, const std::string& field) {
  v1::Mediation mediation = mediation_message(1);
  spoil(mediation);
  const Result<Directive> directive = parsed(directive_message(1, mediation));
  ASSERT_FALSE(directive.ok()) << field;
  EXPECT_THAT(std::string(directive.status().message()), testing::HasSubstr(field));
}

TEST(DirectiveProfile, MediationSaysHowRecordsAreConfirmedAndProven) {
  v1::Mediation message = mediation_message(1);
  MediationDirective mediation = mediation_of(message);
  EXPECT_EQ(mediation.confirm.level, ConfirmLevel::kRead);
  EXPECT_FALSE(mediation.integrity);
  v1::ConfirmProfile& confirm = *message.mutable_profile()->mutable_confirm();
  confirm.set_level(v1::CONFIRM_LEVEL_WRITTEN);
  confirm.set_interval_kib(16);
  confirm.set_interval_ms(60'000);
  confirm.set_fallback_ms(100);
  confirm.set_resends_max(1000);
  confirm.set_negotiate_ms(60'000);
  v1::IntegrityProfile& integrity = *message.mutable_profile()->mutable_integrity();
  integrity.set_on(true);
  mediation = mediation_of(message);
  EXPECT_EQ(mediation.confirm.level, ConfirmLevel::kWritten);
  EXPECT_EQ(mediation.confirm.interval_bytes, 16U << 10);
  EXPECT_EQ(mediation.confirm.interval_ms, 60'000U);
  EXPECT_EQ(mediation.confirm.fallback_ms, 100U);
  EXPECT_EQ(mediation.confirm.resends_max, 1000U);
  EXPECT_EQ(mediation.confirm.negotiate_ms, 60'000U);
  confirm.set_level(v1::CONFIRM_LEVEL_ACKNOWLEDGED);
  EXPECT_EQ(mediation_of(message).confirm.level, ConfirmLevel::kAcknowledged);
  ASSERT_TRUE(mediation.integrity);
  EXPECT_EQ(mediation.integrity->hash, HashAlgorithm::kSha256);
  EXPECT_EQ(mediation.integrity->hash_records, 1000U);
  integrity.set_hash(v1::HASH_METHOD_SHA512);
  integrity.set_hash_records(7);
  integrity.set_signing_key("evidence");
  integrity.set_signature_covers(v1::SIGNATURE_COVERS_LIST);
  integrity.set_numbers_from_1(true);
  mediation = mediation_of(message);
  EXPECT_EQ(mediation.integrity->hash, HashAlgorithm::kSha512);
  EXPECT_EQ(mediation.integrity->hash_records, 7U);
  EXPECT_EQ(mediation.integrity->covers, SignatureCovers::kList);
  EXPECT_EQ(mediation.integrity->first_number, 1U);
  EXPECT_EQ(mediation.signing_key, "evidence");
}

TEST(DirectiveProfile, GeneralizedTimeMayBeLocal) {
  v1::Mediation message = mediation_message(1);
  v1::DeliveryProfile& profile = *message.mutable_profile();
  profile.set_timestamp_form(v1::TIMESTAMP_FORM_GENERALIZED);
  EXPECT_FALSE(mediation_of(message).parameters.local_time);
  profile.mutable_local_time()->set_offset_minutes(-210);
  EXPECT_EQ(mediation_of(message).parameters.local_time->span_at(0).offset_minutes, -210);
  profile.mutable_local_time()->set_zone("Europe/Vienna");
  EXPECT_EQ(mediation_of(message).parameters.local_time->span_at(1'789'000'000).offset_minutes, 120);
  expect_mediation_refused(
      [](v1::Mediation& m) {
        m.mutable_profile()->set_timestamp_form(v1::TIMESTAMP_FORM_GENERALIZED);
        m.mutable_profile()->mutable_local_time()->set_zone("Europe/Nowhere");
      },
      "profile.local_time");
  expect_mediation_refused([](v1::Mediation& m) { m.mutable_profile()->mutable_local_time()->set_offset_minutes(60); },
                           "profile.local_time");
}

// A mediation whose only destination is a directory.
v1::Mediation file_mediation() {
  v1::Mediation message = mediation_message(1);
  message.clear_hi2();
  message.mutable_hi3()->clear_endpoints();
  message.mutable_hi3()->set_kind(v1::DESTINATION_KIND_PCAPNG);
  message.mutable_profile()->mutable_pcapng()->set_certificates("PEM");
  return message;
}

TEST(DirectiveProfile, NumbersAreCountedByCinOrLiid) {
  v1::Mediation message = mediation_message(1);
  EXPECT_FALSE(mediation_of(message).numbers_by_liid);
  message.mutable_profile()->set_number_series(v1::NUMBER_SERIES_LIID);
  EXPECT_TRUE(mediation_of(message).numbers_by_liid);
  expect_mediation_refused(
      [](v1::Mediation& m) { m.mutable_profile()->set_number_series(static_cast<v1::NumberSeries>(3)); },
      "profile.number_series");
}

TEST(DirectiveProfile, LengthsAreOfDerOrWide) {
  v1::Mediation message = mediation_message(1);
  EXPECT_EQ(mediation_of(message).parameters.lengths, Lengths::kShortest);
  message.mutable_profile()->set_encoding(v1::RECORD_ENCODING_BER);
  EXPECT_EQ(mediation_of(message).parameters.lengths, Lengths::kWide);
  expect_mediation_refused(
      [](v1::Mediation& m) { m.mutable_profile()->set_encoding(static_cast<v1::RecordEncoding>(3)); },
      "profile.encoding");
}

TEST(DirectiveProfile, ADirectoryHasItsNamesFromTheAgencyAndTheMessage) {
  v1::Mediation message = file_mediation();
  MediationDirective mediation = mediation_of(message);
  ASSERT_TRUE(mediation.hi3 && mediation.hi3->is_files);
  EXPECT_EQ(mediation.hi3->agency, "lea");
  EXPECT_EQ(mediation.hi3->directory, "hi3");
  EXPECT_EQ(mediation.files.bytes, uint64_t{32} << 20);
  EXPECT_EQ(mediation.files.seconds, 60U);
  message.mutable_hi3()->set_directory("vault");
  message.mutable_profile()->mutable_pcapng()->set_file_kib(64);
  message.mutable_profile()->mutable_pcapng()->set_file_seconds(86'400);
  message.mutable_profile()->set_number_series(v1::NUMBER_SERIES_LIID);  // of other destinations of the agency
  message.mutable_profile()->mutable_integrity()->set_on(true);
  message.mutable_profile()->mutable_encryption()->set_method(v1::PAYLOAD_ENCRYPTION_AES_256_CBC);
  message.mutable_profile()->mutable_encryption()->set_key("key");
  mediation = mediation_of(message);
  EXPECT_EQ(mediation.hi3->directory, "vault");
  EXPECT_EQ(mediation.files.bytes, 64U << 10);
  EXPECT_EQ(mediation.files.seconds, 86'400U);
  EXPECT_FALSE(mediation.numbers_by_liid);
  EXPECT_FALSE(mediation.integrity);
  EXPECT_EQ(mediation.parameters.encryption, PayloadEncryption::kOff);
  EXPECT_TRUE(mediation.payload_key.empty());
}

TEST(DirectiveProfile, WhatADirectoryCannotHaveIsRefused) {
  const auto refused = [](const std::function<void(v1::Mediation&)>& spoil, const std::string& field) {
    expect_mediation_refused(
        [&](v1::Mediation& message) {
          message = file_mediation();
          spoil(message);
        },
        field);
  };
  using M = v1::Mediation;
  refused([](M& m) { *m.mutable_hi2() = mediation_message(1).hi2(); }, "mediation.hi2");
  refused([](M& m) { m.mutable_hi3()->add_endpoints()->set_port(1); }, "hi3.endpoints");
  refused([](M& m) { m.mutable_hi3()->set_kind(static_cast<v1::DestinationKind>(9)); }, "hi3.kind");
  refused([](M& m) { m.mutable_profile()->mutable_pcapng()->set_file_kib(63); }, "profile.pcapng.file_kib");
  refused([](M& m) { m.mutable_profile()->mutable_pcapng()->set_file_seconds(86'401); }, "profile.pcapng.file_seconds");
  refused([](M& m) { m.mutable_profile()->clear_pcapng(); }, "profile.pcapng.certificates");
  refused(
      [](M& m) {
        m = mediation_message(1);
        m.mutable_hi3()->set_directory("vault");
      },
      "hi3.directory");
  refused(
      [](M& m) {
        m = mediation_message(1);
        m.mutable_hi2()->set_kind(v1::DESTINATION_KIND_PCAPNG);
        m.mutable_hi2()->clear_endpoints();
      },
      "hi2.kind");
}

TEST(DirectiveProfile, MediationSaysHowFastAndInHowManyPieces) {
  v1::Mediation message = mediation_message(1);
  MediationDirective mediation = mediation_of(message);
  EXPECT_EQ(mediation.pacing.line_bps(), 0U);
  EXPECT_EQ(mediation.pacing.rate_seconds, 5U);
  EXPECT_FALSE(mediation.connection_per_liid);
  EXPECT_EQ(mediation.connections_max, 64U);
  EXPECT_FALSE(mediation.aggregation.on());
  v1::PacingProfile& pacing = *message.mutable_profile()->mutable_pacing();
  pacing.set_rate_bps(10'000'000);
  EXPECT_EQ(mediation_of(message).pacing.line_bps(), 10'000'000U);
  pacing.set_line_rate_bps(20'000'000);
  EXPECT_EQ(mediation_of(message).pacing.line_bps(), 20'000'000U);
  message.set_rate_bps(1'000'000);
  mediation = mediation_of(message);
  EXPECT_EQ(mediation.pacing.line_bps(), 1'000'000U);
  EXPECT_EQ(mediation.pacing.destination_bps, 10'000'000U);
  message.mutable_profile()->mutable_connections()->set_per_liid(true);
  v1::AggregationProfile& aggregation = *message.mutable_profile()->mutable_aggregation();
  aggregation.set_payloads(256);
  aggregation.set_bytes(65'536);
  aggregation.set_ms(1);
  mediation = mediation_of(message);
  EXPECT_TRUE(mediation.connection_per_liid);
  EXPECT_EQ(mediation.aggregation.payloads, 256U);
  EXPECT_EQ(mediation.aggregation.bytes, 65'536U);
  EXPECT_EQ(mediation.aggregation.ms, 1U);
}

TEST(DirectiveProfile, RatesConnectionsAndAggregationHaveBounds) {
  using P = v1::DeliveryProfile;
  const std::pair<std::function<void(P&)>, const char*> kBad[] = {
      {[](P& p) { p.mutable_pacing()->set_rate_bps(63'999); }, "profile.pacing.rate_bps"},
      {[](P& p) { p.mutable_pacing()->set_line_rate_bps(400'000'000'001); }, "profile.pacing.line_rate_bps"},
      {[](P& p) { p.mutable_pacing()->set_rate_seconds(601); }, "profile.pacing.rate_seconds"},
      {[](P& p) { p.mutable_connections()->set_connections_max(1025); }, "profile.connections.connections_max"},
      {[](P& p) { p.mutable_aggregation()->set_payloads(257); }, "profile.aggregation.payloads"},
      {[](P& p) { p.mutable_aggregation()->set_bytes(1023); }, "profile.aggregation.bytes"},
      {[](P& p) { p.mutable_aggregation()->set_ms(10'001); }, "profile.aggregation.ms"}};
  for (const auto& [spoil, field] : kBad)
    expect_mediation_refused([&, &spoil = spoil](v1::Mediation& m) { spoil(*m.mutable_profile()); }, field);
  expect_mediation_refused([](v1::Mediation& m) { m.set_rate_bps(1); }, "mediation.rate_bps");
}

TEST(DirectiveProfile, ConfirmationAndIntegrityHaveBounds) {
  using C = v1::ConfirmProfile;
  using I = v1::IntegrityProfile;
  const auto confirm = [](const std::function<void(C&)>& spoil, const char* field) {
    expect_mediation_refused([&](v1::Mediation& m) { spoil(*m.mutable_profile()->mutable_confirm()); }, field);
  };
  const auto integrity = [](const std::function<void(I&)>& spoil, const char* field) {
    expect_mediation_refused([&](v1::Mediation& m) { spoil(*m.mutable_profile()->mutable_integrity()); }, field);
  };
  confirm([](C& c) { c.set_level(static_cast<v1::ConfirmLevel>(9)); }, "profile.confirm.level");
  for (const uint32_t kib : {15U, (1U << 20) + 1}) {
    confirm([kib](C& c) { c.set_interval_kib(kib); }, "profile.confirm.interval_kib");
  }
  for (const uint32_t ms : {9U, 60'001U}) {
    confirm([ms](C& c) { c.set_interval_ms(ms); }, "profile.confirm.interval_ms");
  }
  for (const uint32_t ms : {99U, 600'001U}) {
    confirm([ms](C& c) { c.set_fallback_ms(ms); }, "profile.confirm.fallback_ms");
  }
  confirm([](C& c) { c.set_resends_max(1001); }, "profile.confirm.resends_max");
  for (const uint32_t ms : {99U, 60'001U}) {
    confirm([ms](C& c) { c.set_negotiate_ms(ms); }, "profile.confirm.negotiate_ms");
  }
  integrity([](I& i) { i.set_hash(static_cast<v1::HashMethod>(9)); }, "profile.integrity.hash");
  integrity([](I& i) { i.set_hash_records(4097); }, "profile.integrity.hash_records");
  for (const uint32_t ms : {9U, 600'001U}) integrity([ms](I& i) { i.set_hash_ms(ms); }, "profile.integrity.hash_ms");
  integrity([](I& i) { i.set_signature_hashes(1025); }, "profile.integrity.signature_hashes");
  for (const uint32_t ms : {9U, 3'600'001U}) {
    integrity([ms](I& i) { i.set_signature_ms(ms); }, "profile.integrity.signature_ms");
  }
  integrity([](I& i) { i.set_signature_covers(static_cast<v1::SignatureCovers>(9)); },
            "profile.integrity.signature_covers");
  integrity([](I& i) { i.set_signing_key("evidence"); }, "profile.integrity.signing_key");
  integrity([](I& i) { i.set_signing_key(std::string(256, 'k')); }, "profile.integrity.signing_key");
}

TEST(DirectiveProfile, EncryptionNeedsItsKeyAndNothingElseDoes) {
  using E = v1::EncryptionProfile;
  const auto refused = [](const std::function<void(E&)>& spoil, const char* field) {
    expect_mediation_refused([&](v1::Mediation& m) { spoil(*m.mutable_profile()->mutable_encryption()); }, field);
  };
  refused([](E& e) { e.set_method(static_cast<v1::PayloadEncryption>(9)); }, "profile.encryption.method");
  refused([](E& e) { e.set_method(v1::PAYLOAD_ENCRYPTION_AES_192_CBC); }, "profile.encryption.key");
  refused([](E& e) { e.set_key("agency"); }, "profile.encryption.key");
  v1::Mediation message = mediation_message(1);
  EXPECT_EQ(mediation_of(message).parameters.encryption, PayloadEncryption::kOff);
  E& encryption = *message.mutable_profile()->mutable_encryption();
  encryption.set_method(v1::PAYLOAD_ENCRYPTION_NONE);
  EXPECT_EQ(mediation_of(message).parameters.encryption, PayloadEncryption::kContainer);
  encryption.set_method(v1::PAYLOAD_ENCRYPTION_AES_256_CBC);
  encryption.set_key("agency");
  EXPECT_EQ(mediation_of(message).parameters.encryption, PayloadEncryption::kAes256Cbc);
  EXPECT_EQ(mediation_of(message).payload_key, "agency");
}

TEST(DirectiveProfile, ConnectionsAndKeepalivesAreTheProfiles) {
  v1::Mediation message = mediation_message(1);
  MediationDirective mediation = mediation_of(message);
  EXPECT_EQ(mediation.tcp, TcpPlan{});
  EXPECT_EQ(mediation.keepalive_liid, "-");
  v1::TransportProfile& transport = *message.mutable_profile()->mutable_transport();
  transport.set_source_address("2001:db8::1");
  transport.set_keepalive_idle_s(1);
  transport.set_keepalive_interval_s(2);
  transport.set_keepalive_probes(3);
  transport.set_send_buffer_kib(16);
  transport.set_receive_buffer_kib(32);
  message.mutable_profile()->mutable_keepalive_style()->set_liid("probe");
  message.mutable_profile()->mutable_keepalive_style()->set_countries(true);
  mediation = mediation_of(message);
  EXPECT_EQ(mediation.tcp, (TcpPlan{.source_address = "2001:db8::1",
                                    .keepalive_idle_s = 1,
                                    .keepalive_interval_s = 2,
                                    .keepalive_probes = 3,
                                    .send_buffer_bytes = 16 << 10,
                                    .receive_buffer_bytes = 32 << 10}));
  EXPECT_EQ(mediation.keepalive_liid, "probe");
  EXPECT_TRUE(mediation.keepalive_countries);
}

TEST(DirectiveProfile, ConnectionsAndKeepalivesHaveBounds) {
  using T = v1::TransportProfile;
  const auto refused = [](const std::function<void(T&)>& spoil, const char* field) {
    expect_mediation_refused([&](v1::Mediation& m) { spoil(*m.mutable_profile()->mutable_transport()); }, field);
  };
  refused([](T& t) { t.set_source_address("lea.example.org"); }, "profile.transport.source_address");
  refused([](T& t) { t.set_keepalive_idle_s(7201); }, "profile.transport.keepalive_idle_s");
  refused([](T& t) { t.set_keepalive_interval_s(7201); }, "profile.transport.keepalive_interval_s");
  refused([](T& t) { t.set_keepalive_probes(101); }, "profile.transport.keepalive_probes");
  refused([](T& t) { t.set_send_buffer_kib(15); }, "profile.transport.send_buffer_kib");
  refused([](T& t) { t.set_send_buffer_kib(262'145); }, "profile.transport.send_buffer_kib");
  refused([](T& t) { t.set_receive_buffer_kib(15); }, "profile.transport.receive_buffer_kib");
  refused([](T& t) { t.set_receive_buffer_kib(262'145); }, "profile.transport.receive_buffer_kib");
  expect_mediation_refused(
      [](v1::Mediation& m) { m.mutable_profile()->mutable_keepalive_style()->set_liid(std::string(26, 'k')); },
      "profile.keepalive_style.liid");
}

}  // namespace
}  // namespace lictor
