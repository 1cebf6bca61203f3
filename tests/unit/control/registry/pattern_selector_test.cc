// Patterns: literals and expressions with their options.
#include "control/registry/pattern_selector.h"

#include <gtest/gtest.h>

#include "control/registry/selector.h"

namespace lictor::control {
namespace {

v1::Pattern pattern(const std::string& text) {
  const Result<v1::Pattern> parsed = parse_pattern(text);
  EXPECT_TRUE(parsed.ok()) << text << ": " << parsed.status();
  return parsed.ok() ? *parsed : v1::Pattern();
}

TEST(PatternSelector, GoodOnesAreReadAndWrittenInOneSpelling) {
  const std::pair<const char*, const char*> cases[] = {
      {"text:user@example.org", "text:user@example.org"},
      {"text:a:b,c,flow: ", "text:a:b,c,flow: "},
      {"text,flow,nocase:Secret", "text,nocase,flow:Secret"},
      {"hex:53454352", "text:SECR"},
      {"hex:0D0a", "hex:0d0a"},
      {"hex,nocase,flow:ff41", "hex,nocase,flow:ff41"},
      {"regex:^GET /[a-z]{3,7}\\x00", "regex:^GET /[a-z]{3,7}\\x00"},
      {"regex,flow:a|b", "regex,flow:a|b"},
      {"text:stra\xc3\x9f"
       "e",
       "text:stra\xc3\x9f"
       "e"},
  };
  for (const auto& [given, written] : cases) {
    EXPECT_EQ(format_pattern(pattern(given)), written) << given;
    EXPECT_EQ(pattern(written).SerializeAsString(), pattern(given).SerializeAsString()) << given;
  }
}

TEST(PatternSelector, OptionsAndValuesAreTakenApart) {
  const v1::Pattern literal = pattern("hex,flow:000142");
  EXPECT_EQ(literal.literal(), std::string("\0\1B", 3));
  EXPECT_TRUE(literal.flow() && !literal.any_case() && !literal.has_expression());
  const v1::Pattern expression = pattern("regex,nocase:a,flow:b");
  EXPECT_EQ(expression.expression(), "a,flow:b");
  EXPECT_TRUE(expression.any_case() && !expression.flow() && !expression.has_literal());
}

TEST(PatternSelector, BadOnesAreRefusedWithoutBeingRepeated) {
  const std::string long_text(kPatternBytesMax + 1, 'x');
  for (const std::string& text : {std::string(),
                                  std::string("text"),
                                  std::string("text:"),
                                  std::string("hex:"),
                                  std::string("regex:"),
                                  std::string("SECRET:x"),
                                  std::string("Text:SECRET"),
                                  std::string("text,:SECRET"),
                                  std::string("text,case:SECRET"),
                                  std::string("text,flow,flow:SECRET"),
                                  std::string("text,nocase,nocase:SECRET"),
                                  std::string("text, flow:SECRET"),
                                  std::string("textflow:SECRET"),
                                  std::string("hex:0"),
                                  std::string("hex:0g"),
                                  std::string("hex:0x00"),
                                  std::string("hex:00 01"),
                                  std::string("text:SECRET\n"),
                                  std::string("text:SECRET\xff"),
                                  std::string("regex:SECRET\t"),
                                  std::string("text:SECRET\0", 12),
                                  "text:" + long_text,
                                  "regex:" + long_text,
                                  "hex:" + std::string(2 * kPatternBytesMax + 2, '0')}) {
    const Result<v1::Pattern> parsed = parse_pattern(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(std::string(parsed.status().message()).find("SECRET"), std::string::npos) << text;
  }
}

TEST(PatternSelector, TheLongestOneFitsASelectorInEverySpelling) {
  const std::string selector = "pattern:hex,nocase,flow:" + [] {
    std::string digits;
    for (size_t i = 0; i < kPatternBytesMax; ++i) digits += "ff";
    return digits;
  }();
  const Result<Selector> parsed = parse_selector(selector);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(format_selector(*parsed), selector);
}

}  // namespace
}  // namespace lictor::control
