// Records that other implementations sent: all of them are read, and what they have wrong is what is known of them.
// LICTOR_SAMPLES names the folder; without it the tests skip.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "encoders/der/der_walker.h"
#include "encoders/der/framer.h"
#include "encoders/der/series.h"

namespace lictor::der {
namespace {

using Counts = std::map<std::string, size_t>;

struct Sample {
  const char* file;
  size_t records;
  Counts kinds;
  Counts deviations;  // records that have it
};

std::filesystem::path samples_folder() {
  const char* const named = std::getenv("LICTOR_SAMPLES");
  return named != nullptr ? named : LICTOR_SAMPLES_DEFAULT;
}

std::string contents_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

const std::vector<Sample>& samples() {
  static const std::vector<Sample> all = {
      {"openli/emailcc-smtp.bin", 12, {{"cc", 12}}, {{"long_length", 3}}},
      {"openli/emailiri-smtp.bin", 3, {{"iri", 3}}, {{"long_length", 3}}},
      {"openli/encrypted-aes192cbc-cc.bin", 5, {{"encrypted", 5}}, {{"long_length", 5}}},
      {"openli/encrypted-aes192cbc-iri.bin", 1, {{"encrypted", 1}}, {{"long_length", 1}}},
      {"openli/epscc.bin", 5, {{"cc", 5}}, {{"long_length", 5}}},
      {"openli/epsiri-gtpv2.bin", 2, {{"iri", 2}}, {{"long_length", 1}}},
      {"openli/hi1-operation.bin", 3, {{"hi1", 3}}, {}},
      {"openli/integrity-hash-iri.bin", 1, {{"integrityCheck", 1}}, {{"long_length", 1}}},
      {"openli/integrity-sign-iri.bin", 1, {{"integrityCheck", 1}}, {{"long_length", 1}}},
      {"openli/ipcc-generalizedtime.bin", 25, {{"cc", 25}}, {{"long_length", 25}}},
      {"openli/ipcc.bin", 25, {{"cc", 25}}, {{"long_length", 19}}},
      // The Access-Request has no iPVersion.
      {"openli/ipiri-radius.bin", 5, {{"iri", 5}}, {{"long_length", 5}, {"missing_member", 1}}},
      {"openli/ipiri-static.bin", 4, {{"iri", 4}}, {{"long_length", 4}}},
      {"openli/ipmmcc-rtp.bin", 21, {{"cc", 21}}, {{"long_length", 21}}},
      {"openli/ipmmiri-sip.bin", 11, {{"iri", 11}}, {}},
      {"openli/keepalive-NL-generalizedtime.bin", 13, {{"keep-alive", 13}}, {}},
      {"openli/keepalive-NZ-microsec.bin", 13, {{"keep-alive", 13}}, {}},
      // Old OpenLI: a zero arc behind the domain's version.
      {"libtrace/etsi_10_pings_HI2.raw_tcp",
       10,
       {{"iri", 1}, {"keep-alive", 9}},
       {{"long_length", 1}, {"foreign_domain", 10}}},
      {"libtrace/etsi_10_pings_HI3.raw_tcp",
       25,
       {{"cc", 20}, {"keep-alive", 5}},
       {{"long_length", 20}, {"foreign_domain", 25}}},
      {"libtrace/etsi_file.test", 100, {{"cc", 100}}, {{"long_length", 100}}},
      {"libtrace/etsi_file_iri.test", 22, {{"iri", 22}}, {{"long_length", 1}}},
      {"libtrace/own_integ.der", 1, {{"integrityCheck", 1}}, {}},
      {"libtrace/own_ipcc.der", 1, {{"cc", 1}}, {}},
      {"libtrace/own_ipiri.der", 1, {{"iri", 1}}, {}},
      {"libtrace/own_ipmmcc.der", 1, {{"cc", 1}}, {}},
      {"libtrace/own_ipmmiri.der", 1, {{"iri", 1}}, {}},
      {"libtrace/own_ka.der", 1, {{"keep-alive", 1}}, {}},
      {"libtrace/own_karesp.der", 1, {{"keep-aliveResponse", 1}}, {}},
  };
  return all;
}

class Samples : public testing::TestWithParam<Sample> {
 protected:
  void SetUp() override {
    path_ = samples_folder() / GetParam().file;
    if (!std::filesystem::exists(path_)) GTEST_SKIP() << "no sample " << path_ << ": set LICTOR_SAMPLES";
  }

  std::filesystem::path path_;
};

TEST_P(Samples, AreReadAndHaveTheKnownDeviations) {
  const std::string stream = contents_of(path_);
  Bytes rest = as_bytes(stream);
  Counts kinds;
  Counts deviations;
  size_t records = 0;
  RecordView view;
  for (; !rest.empty(); ++records) {
    const Frame frame = frame_at_front(rest);
    ASSERT_EQ(frame.status, FrameStatus::kRecord) << "record " << records;
    rest = rest.subspan(frame.record.size());
    walk_record(frame.record, view);
    EXPECT_TRUE(view.deviations.all_tolerable()) << "record " << records << ": " << view.complaint();
    EXPECT_TRUE(view.number.has_value());
    EXPECT_TRUE(view.time_us.has_value() || view.kind == Kind::kFirstSegment || view.kind == Kind::kLastSegment);
    ++kinds[std::string(name_of(view.kind))];
    for (size_t index = 0; index < kDeviations; ++index)
      if (view.deviations.has(static_cast<Deviation>(index))) ++deviations[std::string(kDeviationNames[index])];
  }
  EXPECT_EQ(records, GetParam().records);
  EXPECT_EQ(kinds, GetParam().kinds);
  EXPECT_EQ(deviations, GetParam().deviations);
}

std::string test_name(const testing::TestParamInfo<Sample>& info) {
  std::string name = info.param.file;
  for (char& character : name)
    if (std::isalnum(static_cast<unsigned char>(character)) == 0) character = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Public, Samples, testing::ValuesIn(samples()), test_name);

std::string sample_or_skip(const char* file) {
  const std::filesystem::path path = samples_folder() / file;
  return std::filesystem::exists(path) ? contents_of(path) : "";
}

TEST(SamplesOfOthers, BodiesWithoutAHeaderAreNoRecords) {
  for (const char* file : {"libtrace/schramp_encpayload_1_etsi671.ber", "libtrace/schramp_encpayload_2_pstnisdn.ber"}) {
    const std::string body = sample_or_skip(file);
    if (body.empty()) GTEST_SKIP() << "no sample " << samples_folder() / file << ": set LICTOR_SAMPLES";
    RecordView view;
    walk_record(as_bytes(body), view);
    EXPECT_FALSE(view.deviations.all_tolerable()) << file;
    EXPECT_EQ(view.number, std::nullopt) << file;
  }
}

TEST(SamplesOfOthers, ThePingsArePacketsInBothDirections) {
  const std::string stream = sample_or_skip("libtrace/etsi_10_pings_HI3.raw_tcp");
  if (stream.empty()) GTEST_SKIP() << "no samples in " << samples_folder() << ": set LICTOR_SAMPLES";
  SeriesBook book(Interface::kHi3);
  std::map<uint32_t, size_t> directions;
  RecordView view;
  for (Bytes rest = as_bytes(stream); !rest.empty();) {
    const Frame frame = frame_at_front(rest);
    ASSERT_EQ(frame.status, FrameStatus::kRecord);
    rest = rest.subspan(frame.record.size());
    walk_record(frame.record, view);
    book.arrived(view);
    for (const PayloadView& payload : view.payloads) {
      EXPECT_EQ(payload.packet.size(), 84U);
      EXPECT_EQ(payload.packet[0], 0x45);
      ++directions[payload.direction.value()];
    }
  }
  EXPECT_EQ(directions, (std::map<uint32_t, size_t>{{0, 10}, {1, 10}}));
  EXPECT_EQ(book.totals().gaps + book.totals().repeats, 0U);
  EXPECT_EQ(book.all().front().count, 20U);
}

}  // namespace
}  // namespace lictor::der
