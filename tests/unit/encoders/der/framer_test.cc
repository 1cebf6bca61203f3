// Framing: the same records whatever the pieces are in which a stream comes.
#include "encoders/der/framer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/encoders/der/record_octets.h"

namespace lictor::der {
namespace {

struct Framed {
  std::vector<std::string> records;
  FrameStatus last = FrameStatus::kIncomplete;
  size_t pending = 0;

  friend bool operator==(const Framed&, const Framed&) = default;
};

// Feeds `stream` in pieces of `piece` octets.
Framed framed(const std::string& stream, size_t piece) {
  Framer framer(piece);
  Framed result;
  for (size_t at = 0; at < stream.size() && result.last != FrameStatus::kBroken; at += piece) {
    const std::string part = stream.substr(at, piece);
    std::copy(part.begin(), part.end(), framer.room().begin());
    framer.filled(part.size());
    Frame frame = framer.next();
    for (; frame.status == FrameStatus::kRecord; frame = framer.next())
      result.records.emplace_back(as_text(frame.record));
    result.last = frame.status;
  }
  result.pending = framer.pending();
  return result;
}

TEST(Framer, RecordsBackToBackAreCutApart) {
  const Framed result = framed(cc() + hi1() + iri(), 4096);
  EXPECT_EQ(result.records, (std::vector<std::string>{cc(), hi1(), iri()}));
  EXPECT_EQ(result.pending, 0U);
}

TEST(Framer, OctetByOctetGivesWhatTheWholeGives) {
  const std::string stream = cc() + hi1() + iri() + cc().substr(0, 50);
  const Framed whole = framed(stream, stream.size());
  for (const size_t piece : {1, 2, 3, 7, 64, 1000}) EXPECT_EQ(framed(stream, piece), whole) << piece;
  EXPECT_EQ(whole.pending, 50U);
}

TEST(Framer, EveryPrefixOfARecordIsIncomplete) {
  const std::string record = cc();
  for (size_t length = 0; length < record.size(); ++length)
    EXPECT_EQ(frame_at_front(as_bytes(record).first(length)).status, FrameStatus::kIncomplete) << length;
  EXPECT_EQ(frame_at_front(as_bytes(record)).status, FrameStatus::kRecord);
}

TEST(Framer, LengthsThatAreLongerThanNeededFrameAllTheSame) {
  const std::string record = octets({0x30, 0x82, 0, 2, 0xa1, 0});
  EXPECT_EQ(as_text(frame_at_front(as_bytes(record + "0")).record), record);
}

TEST(Framer, WhatBeginsNoRecordIsBroken) {
  for (const std::string& stream : {std::string("GET / HTTP/1.1"), octets({0x31, 0}), octets({0x30, 0x80, 0, 0}),
                                    octets({0x30, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 0}), octets({0})})
    EXPECT_EQ(framed(stream, stream.size()).last, FrameStatus::kBroken);
}

TEST(Framer, TheLongestRecordIsTakenAndALongerOneIsNot) {
  const std::string longest = tlv(0x30, std::string(kRecordBytesMax - 5, 'x'));
  ASSERT_EQ(longest.size(), kRecordBytesMax);
  EXPECT_EQ(framed(longest, 8192).records.size(), 1U);
  EXPECT_EQ(framed(tlv(0x30, std::string(kRecordBytesMax - 4, 'x')), 8192).last, FrameStatus::kBroken);
  // The length alone decides: nothing is gathered for a record that will not be taken.
  EXPECT_EQ(frame_at_front(as_bytes(octets({0x30, 0x84, 0xff, 0xff, 0xff, 0xff}))).status, FrameStatus::kBroken);
}

}  // namespace
}  // namespace lictor::der
