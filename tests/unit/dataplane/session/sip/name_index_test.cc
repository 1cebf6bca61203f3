// Ranges of numbers in the index of names: what they match, beside what, and what they cost.
#include "dataplane/session/sip/name_index.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/session/sip/sip_texts.h"

namespace lictor::sip {
namespace {

using Names = std::vector<std::string>;

std::vector<TargetName> numbers(const Names& forms) {
  std::vector<TargetName> names;
  for (const std::string& form : forms) names.push_back({IdentityKind::kTelUri, form});
  return names;
}

std::unique_ptr<const NameIndex> index_of(const Names& forms, const Names& shared = {}) {
  return *NameIndex::make(numbers(forms), {.low = 5, .high = 6}, numbers(shared));
}

std::string found(const NameIndex& index, std::string_view number) {
  NumberNames names;
  index.find_number(as_bytes(number), names);
  std::string shown;
  for (const NameNumber name : names.all()) shown += std::to_string(name) + " ";
  return shown;
}

std::string matched(const std::vector<TargetName>& names, std::string_view request_uri) {
  const auto index = *NameIndex::make(names, {.low = 1, .high = 2});
  const std::string text = "INVITE " + std::string(request_uri) + " SIP/2.0\r\n\r\n";
  FoundIdentities identities;
  find_identities(message_of(text), {}, identities);
  const NumberPlan austrian{.country_code = "43", .international_prefixes = {"00"}, .trunk_prefix = "0"};
  NameMatches matches;
  match_names(identities, austrian, *index, matches);
  std::string shown;
  for (const NameMatch& match : matches.all()) shown += std::to_string(match.name) + " ";
  return shown;
}

// As a dataplane is told of it: in its form, which is read again.
TargetName told(IdentityKind kind, std::string_view shown) {
  std::array<uint8_t, kIdentityBytesMax> room{};
  return {kind, std::string(as_text(Bytes(room).first(normal_form(kind, as_bytes(shown), {}, room))))};
}

TEST(SipNames, WhatAnEscapeHidesIsFoundAsItIsAndAsNobodyElse) {
  const std::vector<TargetName> names = {
      told(IdentityKind::kSipUri, "bob%3Bx=1@b.org"), told(IdentityKind::kSipUri, "d%256Fb@b.org"),
      told(IdentityKind::kSipUri, "sip%3agina@b.org"), told(IdentityKind::kSipUser, "eve%40home")};
  EXPECT_EQ(matched(names, "sip:b%6fb%3bx%3D1:pw@B.org;user=phone"), "0 ");
  EXPECT_EQ(matched(names, "sip:d%25%36Fb@b.org"), "1 ");
  EXPECT_EQ(matched(names, "sip:sip%3Agina@b.org"), "2 ");
  EXPECT_EQ(matched(names, "sip:eve%40home@c.org"), "3 ");
  for (const char* const other : {"sip:bob@b.org", "sip:bob;x=1@b.org", "sip:d%6Fb@b.org", "sip:dob@b.org",
                                  "sip:gina@b.org", "sip:sip:gina@b.org", "sip:eve@home", "sip:eve@b.org"}) {
    EXPECT_EQ(matched(names, other), "") << other;
  }
}

TEST(SipNames, ANumberIsFoundBehindEscapes) {
  EXPECT_EQ(matched({{IdentityKind::kTelUri, "+43123456"}}, "sip:%2B43%20123%20456@b.org"), "0 ");
  EXPECT_EQ(matched({{IdentityKind::kTelUri, "+43123456"}}, "tel:%2B43123456"), "0 ");
}

TEST(SipNumberRanges, ARangeIsFoundByItsBeginningAndByWhatFollowsIt) {
  const auto index = index_of({"+4312345*"});
  for (const char* const number : {"+4312345", "+43123450", "+431234567", "+431234567890123"}) {
    EXPECT_EQ(found(*index, number), "0 ") << number;
  }
  for (const char* const number : {"+431234", "+43123460", "+4312344", "+4412345678", "+", ""}) {
    EXPECT_EQ(found(*index, number), "") << number;
  }
}

TEST(SipNumberRanges, ANumberAndEachRangeThatItIsInAreFoundTheNarrowestFirst) {
  const auto index = index_of({"+431234*", "+43123456", "+4312345*", "+431234567*", "+123456789012345*"});
  EXPECT_EQ(found(*index, "+43123456"), "1 2 0 ");
  EXPECT_EQ(found(*index, "+4312345678"), "3 2 0 ");
  EXPECT_EQ(found(*index, "+431234"), "0 ");
  EXPECT_EQ(found(*index, "+123456789012345"), "4 ");
  EXPECT_EQ(found(*index, "+12345678901234"), "");
  EXPECT_EQ(found(*index, "+1234567890123456"), "") << "no number";
}

TEST(SipNumberRanges, EachLengthThatThereCanBeHasRoom) {
  Names forms;
  const std::string longest = "+123456789012345";
  for (size_t digits = kRangeDigitsMin; digits <= kNumberDigitsMax; ++digits)
    forms.push_back(longest.substr(0, 1 + digits) + "*");
  forms.push_back(longest);
  const auto index = index_of(forms);
  NumberNames names;
  index->find_number(as_bytes(longest), names);
  EXPECT_EQ(names.count, kNumberNamesMax);
  EXPECT_EQ(names.beyond, 0);
}

TEST(SipNumberRanges, SchemesAndPrefixesOfTheCountryAreNoMatter) {
  const std::vector<TargetName> names = {{IdentityKind::kTelUri, "tel:+43-12-345*"}};
  for (const char* const uri :
       {"tel:+4312345678", "tel:012345678", "sip:+4312345678@gw.example.org;user=phone", "sip:012345678@gw.example.org",
        "sip:004312345678@192.0.2.1", "sip:12345678;phone-context=+43@gw.example.org;user=phone"}) {
    EXPECT_EQ(matched(names, uri), "0 ") << uri;
  }
  for (const char* const uri : {"tel:+4312346678", "sip:012346678@gw.example.org", "sip:12345678@gw.example.org",
                                "tel:+4312345*", "sip:+4312345*@gw.example.org", "sip:%2B4312345%2A@gw.example.org"}) {
    EXPECT_EQ(matched(names, uri), "") << uri;
  }
}

TEST(SipNumberRanges, TheMarkIsALetterOfOtherNames) {
  EXPECT_EQ(matched({{IdentityKind::kSipUser, "+4312345*"}}, "sip:+43123456@gw.example.org"), "");
  EXPECT_EQ(matched({{IdentityKind::kSipUser, "+4312345*"}}, "sip:+4312345*@gw.example.org"), "0 ");
  EXPECT_EQ(matched({{IdentityKind::kImpu, "tel:+4312345*"}}, "sip:+43123456@gw.example.org"), "0 ");
}

TEST(SipNumberRanges, ASharedNumberIsNobodysInARange) {
  const auto index = index_of({"+4312345*", "+43123456789"}, {"+431234500", "+4312345678*", "030"});
  EXPECT_EQ(found(*index, "+431234500"), "");
  EXPECT_EQ(found(*index, "+43123456789"), "") << "in a range that many share";
  EXPECT_EQ(found(*index, "+4312345001"), "0 ");
  EXPECT_EQ(index->size(), 2U);
  EXPECT_FALSE(index->find(IdentityKind::kTelUri, as_bytes("+431234500")));
}

TEST(SipNumberRanges, SharedNumbersAloneAreNobodyToBeLookedFor) {
  const auto index = index_of({}, {"+431234500", "+4312345*"});
  EXPECT_EQ(index->size(), 0U);
  EXPECT_FALSE(index->has(IdentityKind::kTelUri));
}

TEST(SipNumberRanges, OfManyEachFindsItsOwnAlone) {
  constexpr uint32_t kMany = 100'000;
  constexpr size_t kLengths = 4;  // 8 to 11 digits
  const auto form = [](uint32_t i) { return "+43" + std::to_string(100'000 + i) + std::string(i % kLengths, '7'); };
  Names forms;
  for (uint32_t i = 0; i < kMany; ++i) forms.push_back(form(i) + "*");
  const auto index = index_of(forms);
  for (uint32_t i = 0; i < kMany; ++i) {
    ASSERT_EQ(found(*index, form(i) + "12"), std::to_string(i) + " ");
    ASSERT_EQ(found(*index, form(i).replace(1, 2, "44") + "12"), "");
  }
}

TEST(SipNumberRanges, FillerOfNumbersInManyRangesPushesNoMatchOut) {
  std::vector<TargetName> names;
  std::string text = "INVITE sip:b@example.org SIP/2.0\r\n";
  for (const std::string field : {"To", "P-Called-Party-ID", "From", "P-Preferred-Identity"}) {
    for (size_t i = 0; i < kFieldIdentitiesMax; ++i) {
      const std::string number = "+" + std::to_string(100'000 + names.size()) + "123456789";
      text += field + ": <sip:" + number + "@example.org>\r\n";
      names.push_back({IdentityKind::kSipUser, number});
      names.push_back({IdentityKind::kTelUri, number});
      for (size_t digits = kRangeDigitsMin; digits <= kNumberDigitsMax; ++digits)
        names.push_back({IdentityKind::kTelUri, number.substr(0, 1 + digits) + "*"});
    }
  }
  names.push_back({IdentityKind::kImpi, "eve@ims.example.org"});
  text += "Authorization: Digest username=\"eve@ims.example.org\"\r\n\r\n";
  const auto index = *NameIndex::make(names, {.low = 1, .high = 2});
  FoundIdentities identities;
  find_identities(message_of(text), {.authenticated = true, .from = true, .preferred = true}, identities);
  NameMatches matches;
  match_names(identities, {}, *index, matches);
  EXPECT_EQ(matches.count, names.size());
  EXPECT_EQ(matches.all().back().name, names.size() - 1);
}

}  // namespace
}  // namespace lictor::sip
