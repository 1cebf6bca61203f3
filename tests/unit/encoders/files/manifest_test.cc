// What manifests count and say, and that nothing else is taken for one.
#include "encoders/files/manifest.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

FileRecord packet(uint32_t number, int64_t ns = 0, uint32_t cin = 7) {
  return {.run = 5, .cin = cin, .stamp = {.number = number, .time = {ns}}};
}

Manifest valid() {
  Manifest manifest;
  manifest.chain = std::string(32, 'a');
  manifest.sequence = 3;
  manifest.file = "0000000003.pcapng.cms";
  manifest.bytes = 12;
  manifest.sha256 = std::string(64, '0');
  manifest.previous = std::string(64, 'f');
  manifest.add(packet(0, 100));
  manifest.add(packet(4, 50));
  return manifest;
}

TEST(Manifest, CountsGapsInsideAFileAndBetweenTwo) {
  const Manifest first = valid();
  EXPECT_EQ(first.packets, 2u);
  EXPECT_EQ(first.missing, 3u);
  EXPECT_EQ(first.first_packet->unix_ns, 50);
  EXPECT_EQ(first.last_packet->unix_ns, 100);
  Manifest second = first.following(std::string(64, '1'));
  EXPECT_EQ(second.sequence, 4u);
  EXPECT_EQ(second.packets, 0u);
  second.add(packet(5));
  EXPECT_EQ(second.missing, 0u);
  second.add(packet(8));
  EXPECT_EQ(second.missing, 2u);
  EXPECT_EQ(second.series.at(0).first, 5u);
  EXPECT_EQ(second.series.at(0).last, 8u);
  EXPECT_EQ(second.series.at(0).records, 2u);
}

TEST(Manifest, ASeriesThatBeginsAnewIsNoGapAndAnotherCinIsAnotherSeries) {
  Manifest manifest = valid();
  manifest.add(packet(0));
  EXPECT_EQ(manifest.missing, 3u);
  manifest.add(packet(0, 0, 8));
  EXPECT_EQ(manifest.missing, 3u);
  EXPECT_EQ(manifest.series.size(), 2u);
}

TEST(Manifest, HoldsWhatIsInItAndInThoseBefore) {
  const Manifest later = valid().following("");
  EXPECT_TRUE(later.holds(packet(0)));
  EXPECT_TRUE(later.holds(packet(4)));
  EXPECT_FALSE(later.holds(packet(5)));
  FileRecord other_run = packet(1);
  other_run.run = 6;
  EXPECT_FALSE(later.holds(other_run));
  FileRecord other_series = packet(1);
  other_series.stamp.series = RecordKind::kHi1;
  EXPECT_FALSE(later.holds(other_series));
}

TEST(Manifest, ForgetsTheSeriesAndRunsUsedLongestAgoAndNoOther) {
  Manifest manifest = valid();
  for (uint32_t cin = 100; cin < 100 + Manifest::kSeriesMax; ++cin) manifest.add(packet(0, 0, cin));
  EXPECT_EQ(manifest.next.size(), Manifest::kSeriesMax);
  EXPECT_EQ(manifest.next.front().cin, 100u);
  for (uint64_t run = 100; run < 100 + Manifest::kRunsMax; ++run) {
    FileRecord record = packet(0);
    record.run = run;
    manifest.add(record);
  }
  EXPECT_EQ(manifest.runs.size(), Manifest::kRunsMax);
  EXPECT_EQ(manifest.runs.front().run, 100u);
}

TEST(Manifest, IsReadAsItWasWritten) {
  const Result<Manifest> read = parse_manifest(to_json(valid()));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->sequence, 3u);
  EXPECT_EQ(read->sha256, std::string(64, '0'));
  ASSERT_EQ(read->next.size(), 1u);
  EXPECT_EQ(read->next[0].next, 5u);
  EXPECT_TRUE(read->holds(packet(4)));
  EXPECT_FALSE(read->holds(packet(5)));
}

TEST(Manifest, NoPrefixOfOneIsAManifest) {
  const std::string text = to_json(valid());
  for (size_t length = 0; length + 2 < text.size(); ++length)
    EXPECT_FALSE(parse_manifest(std::string_view(text).substr(0, length)).ok()) << length;
}

TEST(Manifest, WrongMembersAreRefused) {
  const std::string text = to_json(valid());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return changed.replace(at, from.size(), to);
  };
  EXPECT_FALSE(parse_manifest(with("manifest-1", "manifest-2")).ok());
  EXPECT_FALSE(parse_manifest(with("\"sequence\": 3", "\"sequence\": 0")).ok());
  EXPECT_FALSE(parse_manifest(with("\"sequence\": 3", "\"sequence\": -3")).ok());
  EXPECT_FALSE(parse_manifest(with("\"sequence\": 3", "\"sequence\": \"3\"")).ok());
  EXPECT_FALSE(parse_manifest(with("\"sequence\"", "\"sequences\"")).ok());
  EXPECT_FALSE(parse_manifest(with("\"chain\": \"aa", "\"chain\": \"../")).ok());
  EXPECT_FALSE(parse_manifest(with("\"ended\": false", "\"ended\": 0")).ok());
  EXPECT_FALSE(parse_manifest(with("\"run\": \"0", "\"run\": \"x")).ok());
  EXPECT_FALSE(parse_manifest(with("\"number\": 5", "\"number\": 4294967296")).ok());
  EXPECT_FALSE(parse_manifest("[]").ok());
  EXPECT_FALSE(parse_manifest("").ok());
}

}  // namespace
}  // namespace lictor
