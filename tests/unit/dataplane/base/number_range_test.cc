// What a range of numbers is, in its one form, and which names lie in it.
#include "dataplane/base/number_range.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace lictor {
namespace {

std::string form_of(std::string_view shown, IdentityKind kind = IdentityKind::kTelUri) {
  std::array<uint8_t, kIdentityBytesMax> room{};
  return std::string(as_text(Bytes(room).first(normal_form(kind, as_bytes(shown), {}, room))));
}

size_t digits_of(std::string_view form, IdentityKind kind = IdentityKind::kTelUri) {
  return range_digits(kind, as_bytes(form));
}

bool lies_in(std::string_view narrow, std::string_view wide, IdentityKind kind = IdentityKind::kTelUri) {
  return name_lies_in(kind, as_bytes(narrow), as_bytes(wide));
}

TEST(NumberRange, HasOneForm) {
  for (const std::string_view shown :
       {"+4312345*", "tel:+4312345*", "tel:+43-1-(23)45*", "+43 12345 *", "TEL:+43.12345*;npdi"}) {
    EXPECT_EQ(form_of(shown), "+4312345*") << shown;
  }
  EXPECT_EQ(form_of("tel:+4312345*", IdentityKind::kImpu), "+4312345*");
  EXPECT_EQ(form_of("+431234*"), "+431234*");
  EXPECT_EQ(form_of("+123456789012345*"), "+123456789012345*");
}

TEST(NumberRange, OfFewerThanSixDigitsOrMoreThanFifteenIsNone) {
  for (const std::string_view shown : {"*", "+*", "+43123*", "+43-1-2-3*", "+1234567890123456*"}) {
    EXPECT_EQ(form_of(shown), "") << shown;
  }
}

TEST(NumberRange, HasOneMarkAtItsEnd) {
  for (const std::string_view shown :
       {"+4312345**", "+4312345*6", "+43*12345", "*+4312345", "4312345*", "tel:04312345*", "+4312345?", "+4312345#"}) {
    EXPECT_EQ(form_of(shown), "") << shown;
  }
}

TEST(NumberRange, EveryBeginningOfOneIsANumberOrNothing) {
  const std::string whole = "tel:+4312345*";
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const std::string form = form_of(whole.substr(0, bytes));
    EXPECT_TRUE(form.empty() || (form[0] == '+' && form.find('*') == std::string::npos)) << form;
  }
}

TEST(NumberRange, InOtherNamesTheMarkIsALetter) {
  EXPECT_EQ(form_of("+4312345*", IdentityKind::kSipUser), "+4312345*");
  EXPECT_EQ(digits_of("+4312345*", IdentityKind::kSipUser), 0U);
  EXPECT_FALSE(lies_in("+43123456", "+4312345*", IdentityKind::kSipUser));
}

TEST(NumberRange, ItsDigitsAreCountedWithoutThePlus) {
  EXPECT_EQ(digits_of("+431234*"), 6U);
  EXPECT_EQ(digits_of("+123456789012345*"), 15U);
  EXPECT_EQ(digits_of("+4312345"), 0U);
  EXPECT_EQ(digits_of("+43123*"), 0U);
  EXPECT_EQ(digits_of("*"), 0U);
  EXPECT_EQ(digits_of(""), 0U);
}

TEST(NumberRange, MeansItsBeginningAndWhatFollowsIt) {
  EXPECT_TRUE(lies_in("+4312345", "+4312345*"));
  EXPECT_TRUE(lies_in("+431234567", "+4312345*"));
  EXPECT_TRUE(lies_in("+43123456*", "+4312345*"));
  EXPECT_TRUE(lies_in("+4312345*", "+4312345*"));
  EXPECT_FALSE(lies_in("+431234", "+4312345*"));
  EXPECT_FALSE(lies_in("+43123467", "+4312345*"));
  EXPECT_FALSE(lies_in("+431234*", "+4312345*"));
}

TEST(NumberRange, ANumberMeansItselfAlone) {
  EXPECT_TRUE(lies_in("+4312345", "+4312345"));
  EXPECT_FALSE(lies_in("+43123456", "+4312345"));
  EXPECT_FALSE(lies_in("+4312345*", "+4312345"));
}

}  // namespace
}  // namespace lictor
