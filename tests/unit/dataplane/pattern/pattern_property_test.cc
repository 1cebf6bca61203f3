// Random texts cut into random segments, repeated and overlapping, against a search in the whole text.
#include <random>

#include "tests/unit/dataplane/pattern/pattern_bench.h"

namespace lictor {
namespace {

// Whether an occurrence of `word` ends in text[from, to).
bool ends_in(const std::string& text, const std::string& word, size_t from, size_t to) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    if (at + word.size() > from && at + word.size() <= to) return true;
  }
  return false;
}

TEST(PatternProperty, SegmentsSelectWhatTheWholeTextHolds) {
  const std::string word = "abcab";
  const SetOwner set = compiled({literal(word)});
  for (uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    std::string text(400, 'a');
    for (char& each : text) each = static_cast<char>('a' + random() % 3);
    const auto first_sequence = static_cast<uint32_t>(random());
    MatcherBench bench;
    size_t known = 0;  // what has arrived in order
    for (int step = 0; known < text.size(); ++step) {
      // Begins at what is known or before, so that there is no gap: fresh, a repetition, or both.
      const size_t from = random() % 3 == 0 ? random() % (known + 1) : known;
      const size_t to = std::min(text.size(), from + 1 + random() % 9);
      const std::string payload = text.substr(from, to - from);
      const bool wanted =
          ends_in(text, word, std::max(from, known), to) || (from < known && payload.find(word) != std::string::npos);
      const auto sequence = static_cast<uint32_t>(first_sequence + from);
      ASSERT_EQ(bench.selects(*set, tcp_packet(sequence, payload)), wanted) << "seed " << seed << ", step " << step;
      known = std::max(known, to);
    }
    ASSERT_EQ(bench.account().streams_restarted.get(), 0U);
  }
}

// Whatever the order: a packet that holds the pattern is selected, and one that cannot be part of a match is not.
TEST(PatternProperty, InAnyOrderNoPacketThatHoldsThePatternIsMissed) {
  const std::string word = "needle";
  const SetOwner set = compiled({literal(word)});
  for (uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    MatcherBench bench;
    for (int i = 0; i < 60; ++i) {
      const bool holds = random() % 4 == 0;
      const std::string payload = holds ? "xx" + word + "yy" : "zzzz";
      const SegmentFields fields{.flags = static_cast<uint8_t>(random() % 32)};
      const auto sequence = static_cast<uint32_t>(random() % 5 == 0 ? random() : random() % 100);
      ASSERT_EQ(bench.selects(*set, tcp_packet(sequence, payload, fields)), holds) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace lictor
