// Addresses in header fields: quotes, brackets, commas and parameters, closed and not.
#include "dataplane/session/sip/address_list.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tests/unit/dataplane/session/sip/sip_texts.h"

namespace lictor::sip {
namespace {

std::vector<std::string> uris_of(std::string_view value) {
  AddressList list(as_bytes(value));
  Address address;
  std::vector<std::string> uris;
  while (list.next(address)) uris.push_back(text_of(address.uri));
  return uris;
}

using Texts = std::vector<std::string>;

TEST(SipAddressList, AddressesAreSeparatedByCommasThatStandInNoQuotes) {
  EXPECT_EQ(uris_of("\"Cullen, J\" <sip:a@example.org>, <tel:+4930123>;x=\"1,2\" ,Bob<sip:b@example.org>"),
            (Texts{"sip:a@example.org", "tel:+4930123", "sip:b@example.org"}));
}

TEST(SipAddressList, QuotesHideBracketsAndEscapesHideQuotes) {
  EXPECT_EQ(uris_of(R"("x\"<sip:evil@example.org>" <sip:a@example.org>)"), Texts{"sip:a@example.org"});
}

TEST(SipAddressList, CommasAndQuotesInBracketsAreTheUris) {
  EXPECT_EQ(uris_of("<sip:a,b@example.org>,<sip:c@example.org>"), (Texts{"sip:a,b@example.org", "sip:c@example.org"}));
}

TEST(SipAddressList, WithoutBracketsParametersAreTheFieldsAndTheUrisAlike) {
  AddressList list(as_bytes("tel:030123;phone-context=+49;tag=7"));
  Address address;
  ASSERT_TRUE(list.next(address));
  EXPECT_EQ(text_of(address.uri), "tel:030123;phone-context=+49;tag=7");
  EXPECT_EQ(text_of(find_param(address.params, "tag").value()), "7");
  EXPECT_FALSE(list.next(address));
}

TEST(SipAddressList, QuotesThatNobodyClosesHideNothing) {
  AddressList list(as_bytes(R"(\"arik\" <sip:a@example.org>;tag=1)"));
  Address address;
  ASSERT_TRUE(list.next(address));
  EXPECT_EQ(text_of(address.uri), "sip:a@example.org");
  EXPECT_EQ(list.odd(), 1);
}

TEST(SipAddressList, BracketsThatNobodyClosesAreCounted) {
  AddressList list(as_bytes("<sip:a@example.org"));
  Address address;
  ASSERT_TRUE(list.next(address));
  EXPECT_EQ(text_of(address.uri), "sip:a@example.org");
  EXPECT_EQ(list.odd(), 1);
}

TEST(SipAddressList, EmptyElementsAreNone) {
  EXPECT_EQ(uris_of(""), Texts{});
  EXPECT_EQ(uris_of(" ,\r\n ,"), Texts{});
  EXPECT_EQ(uris_of(",<sip:a@example.org>,,"), Texts{"sip:a@example.org"});
}

TEST(SipAddressList, EveryBeginningIsReadWithinItself) {
  const std::string value = R"("A \"B\"" <sip:a@example.org;x=y>;tag="1,\"2" , <tel:+49>;q=0.5, sip:c@example.org;t)";
  for (size_t bytes = 0; bytes <= value.size(); ++bytes) {
    const Exactly prefix(std::string_view(value).substr(0, bytes));
    AddressList list(prefix.bytes());
    Address address;
    int addresses = 0;
    for (; list.next(address); ++addresses) (void)find_param(address.params, "tag");
    EXPECT_LE(addresses, 3) << bytes;
  }
}

TEST(SipParams, NamesAreComparedWithoutCaseAndValuesKeepTheirQuotes) {
  const Bytes params = as_bytes(" ; a ; B = \"x;b=1\" ;tag=T;tag=U");
  EXPECT_EQ(text_of(find_param(params, "b").value()), "\"x;b=1\"");
  EXPECT_EQ(text_of(find_param(params, "a").value()), "");
  EXPECT_EQ(text_of(find_param(params, "tag").value()), "T");
  EXPECT_FALSE(find_param(params, "c"));
}

TEST(SipParams, QuotedTextsMeanTheirInside) {
  std::array<uint8_t, 32> room{};
  EXPECT_EQ(text_of(Bytes(room).first(write_unquoted(as_bytes(R"("a\"b\\")"), room))), "a\"b\\");
  EXPECT_EQ(text_of(Bytes(room).first(write_unquoted(as_bytes(R"(a\b)"), room))), "a\\b");
  EXPECT_EQ(write_unquoted(as_bytes("\"\""), room), 0U);
}

}  // namespace
}  // namespace lictor::sip
