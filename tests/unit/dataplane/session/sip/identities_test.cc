// Whom a message names, by fields that may be believed; what dialled numbers mean; the lookup of names.
#include "dataplane/session/sip/identities.h"

#include <gtest/gtest.h>

#include "dataplane/session/sip/name_index.h"
#include "tests/unit/dataplane/session/sip/sip_texts.h"

namespace lictor::sip {
namespace {

constexpr std::string_view kCall =
    "INVITE sip:called@example.org SIP/2.0\r\n"
    "From: <sip:from@example.org>;tag=1\r\n"
    "To: <sip:to@example.org>\r\n"
    "P-Called-Party-ID: <sip:pcpid@example.org>\r\n"
    "P-Asserted-Identity: <sip:pai@example.org>, <tel:+4930123>\r\n"
    "P-Preferred-Identity: <sip:ppi@example.org>\r\n"
    "Remote-Party-ID: <sip:rpid@example.org>;party=calling\r\n"
    "Diversion: <sip:div@example.org>;reason=busy\r\n"
    "History-Info: <sip:hist@example.org?Reason=SIP%3Bcause%3D302>;index=1\r\n"
    "Authorization: Digest username=\"impi@ims.example.org\", realm=\"example.org\", nonce=\"a,b\"\r\n"
    "Contact: <sip:contact@192.0.2.1>\r\n\r\n";

std::string users_of(std::string_view text, const IdentityTrust& trust) {
  FoundIdentities found;
  find_identities(message_of(text), trust, found);
  std::string users;
  for (const FoundIdentity& identity : found.all.all()) users += text_of(identity.uri.user) + " ";
  return users;
}

TEST(SipIdentities, OfAnUntrustedSenderOnlyWhoIsCalledIsBelieved) {
  EXPECT_EQ(users_of(kCall, {}), "called pcpid to ");
}

TEST(SipIdentities, TrustedSendersAnswerForWhatTheyAssert) {
  EXPECT_EQ(users_of(kCall, {.trusted_sender = true}), "called pcpid to pai +4930123 rpid div hist ");
}

TEST(SipIdentities, FromPreferredAndCredentialsAreBelievedEachByItself) {
  EXPECT_EQ(users_of(kCall, {.from = true}), "called pcpid to from ");
  EXPECT_EQ(users_of(kCall, {.preferred = true}), "called pcpid to ppi ");
  EXPECT_EQ(users_of(kCall, {.authenticated = true}), "called pcpid to \"impi@ims.example.org\" ");
}

TEST(SipIdentities, ResponsesHaveNoRequestUri) {
  EXPECT_EQ(users_of("SIP/2.0 200 OK\r\nTo: <sip:to@example.org>\r\n\r\n", {}), "to ");
}

TEST(SipIdentities, AddressesThatAreNoneAreCountedAndOtherUrisAreNot) {
  FoundIdentities found;
  find_identities(message_of("INVITE urn:service:sos SIP/2.0\r\nTo: <sip:>\r\n\r\n"), {}, found);
  EXPECT_EQ(found.all.count, 0);
  EXPECT_EQ(found.odd, 1);
}

TEST(SipIdentities, MoreThanThereIsRoomForAreCounted) {
  std::string text = "INVITE sip:b@example.org SIP/2.0\r\nTo: ";
  for (size_t i = 0; i < kFieldIdentitiesMax + 4; ++i) text += "<sip:x@example.org>,";
  text += "\r\n\r\n";
  FoundIdentities found;
  find_identities(message_of(text), {}, found);
  EXPECT_EQ(found.all.count, 1 + kFieldIdentitiesMax);
  EXPECT_EQ(found.all.beyond, 4);
}

// All that a phone may write, as often as it likes, before what its proxy says of it.
std::string filled_up() {
  std::string text = "INVITE sip:b@example.org SIP/2.0\r\n";
  for (const std::string name : {"To", "P-Called-Party-ID", "From", "Contact", "P-Preferred-Identity", "Referred-By",
                                 "Diversion", "History-Info", "Remote-Party-ID"}) {
    for (size_t line = 0; line < 60; ++line) text += name + ": <sip:x@example.org>, <sip:y@example.org>\r\n";
  }
  for (size_t line = 0; line < 60; ++line) text += "Authorization: Digest username=\"x\"\r\n";
  for (size_t line = 0; line < 10'000; ++line) text += "X:\r\n";
  return text;
}

TEST(SipIdentities, FillerBeforeTheAssertedIdentityPushesItNotOut) {
  const std::string text = filled_up() +
                           "P-Asserted-Identity: <sip:pai@example.org>\r\nP-Asserted-Identity: <tel:+4930123>\r\n"
                           "Proxy-Authorization: Digest username=\"impi\"\r\n\r\n";
  const std::string users =
      users_of(text, {.trusted_sender = true, .authenticated = true, .from = true, .preferred = true});
  for (const char* name : {" pai ", " +4930123 ", " \"impi\" "}) EXPECT_NE(users.find(name), std::string::npos) << name;
}

NumberPlan german() {
  return {.country_code = "49", .international_prefixes = {"00"}, .trunk_prefix = "0", .contexts = {"ims.example.org"}};
}

std::string number_of(const NumberPlan& plan, std::string_view text, std::optional<std::string_view> context = {}) {
  const std::optional<GlobalNumber> number =
      global_number(plan, as_bytes(text), context ? std::optional(as_bytes(*context)) : std::nullopt);
  return number ? text_of(number->all()) : "";
}

TEST(SipNumberPlan, PrefixesMeanCountryAndWorld) {
  EXPECT_EQ(number_of(german(), "+49-30-123"), "+4930123");
  EXPECT_EQ(number_of(german(), "030123"), "+4930123");
  EXPECT_EQ(number_of(german(), "004930123"), "+4930123");
  EXPECT_EQ(number_of(german(), "0043123"), "+43123");
  EXPECT_EQ(number_of(german(), "123"), "");
  EXPECT_EQ(number_of(german(), "0"), "");
  EXPECT_EQ(number_of({}, "030123"), "");
}

TEST(SipNumberPlan, BareNumbersAreWhatTheOperatorSays) {
  NumberPlan plan = german();
  plan.bare = BareNumber::kNational;
  EXPECT_EQ(number_of(plan, "30123"), "+4930123");
  plan.bare = BareNumber::kInternational;
  EXPECT_EQ(number_of(plan, "4930123"), "+4930123");
  EXPECT_EQ(number_of({.bare = BareNumber::kInternational}, "4930123"), "+4930123");
}

TEST(SipNumberPlan, CountriesWithoutTrunkPrefixKeepTheirZero) {
  const NumberPlan plan{.country_code = "39", .international_prefixes = {"00"}, .bare = BareNumber::kNational};
  EXPECT_EQ(number_of(plan, "0612345"), "+390612345");
}

TEST(SipNumberPlan, ContextSaysWhereANumberHolds) {
  EXPECT_EQ(number_of(german(), "30123", "+49"), "+4930123");
  EXPECT_EQ(number_of(german(), "030123", "+49"), "+4930123");
  EXPECT_EQ(number_of(german(), "123", "+43"), "+43123");
  EXPECT_EQ(number_of(german(), "030123", "IMS.example.org"), "+4930123");
  EXPECT_EQ(number_of(german(), "030123", "other.example.org"), "");
  EXPECT_EQ(number_of(german(), "863-1234", "+1-914-555"), "");
  EXPECT_EQ(number_of(german(), "+4930123", "other.example.org"), "+4930123");
}

TEST(SipNumberPlan, NumbersLongerThanE164AreNobodys) {
  EXPECT_EQ(number_of(german(), "+123456789012345"), "+123456789012345");
  EXPECT_EQ(number_of(german(), "+1234567890123456"), "");
  EXPECT_EQ(number_of(german(), "0123456789012345"), "");
  EXPECT_EQ(number_of(german(), std::string(40, '0')), "");
}

std::vector<TargetName> targets() {
  return {{IdentityKind::kSipUri, "sip:bob@example.org"},
          {IdentityKind::kSipUser, "carol"},
          {IdentityKind::kTelUri, "+4930123"},
          {IdentityKind::kImpu, "sip:dave@ims.example.org"},
          {IdentityKind::kImpu, "tel:+4930999"},
          {IdentityKind::kImpi, "eve@IMS.example.org"},
          {IdentityKind::kSipUri, "bob@EXAMPLE.org"}};
}

std::string matched(std::string_view head, const IdentityTrust& trust = {.trusted_sender = true}) {
  const auto index = *NameIndex::make(targets(), {.low = 1, .high = 2});
  const std::string text = std::string(head) + "\r\n";
  FoundIdentities found;
  find_identities(message_of(text), trust, found);
  NameMatches matches;
  match_names(found, german(), *index, matches);
  std::string shown;
  for (const NameMatch& match : matches.all()) shown += std::to_string(match.name) + " ";
  return shown;
}

TEST(SipNameIndex, NamesAreFoundInWhateverFormTheyAreShown) {
  EXPECT_EQ(matched("INVITE sip:b%6Fb@EXAMPLE.org:5060;lr SIP/2.0\r\n"), "0 ");
  EXPECT_EQ(matched("INVITE sip:carol@anywhere.example.com SIP/2.0\r\n"), "1 ");
  EXPECT_EQ(matched("INVITE tel:+49-30-123 SIP/2.0\r\n"), "2 ");
  EXPECT_EQ(matched("INVITE sip:030123@gw.example.org;user=phone SIP/2.0\r\n"), "2 ");
  EXPECT_EQ(matched("INVITE sip:+4930123@gw.example.org SIP/2.0\r\n"), "2 ");
  EXPECT_EQ(matched("INVITE sip:30123;phone-context=+49@gw.example.org;user=phone SIP/2.0\r\n"), "2 ");
  EXPECT_EQ(matched("INVITE sips:dave@ims.example.org SIP/2.0\r\n"), "3 ");
  EXPECT_EQ(matched("INVITE tel:004930999 SIP/2.0\r\n"), "4 ");
  EXPECT_EQ(matched("REGISTER sip:x SIP/2.0\r\nAuthorization: Digest username=\"eve@ims.example.org\"\r\n",
                    {.authenticated = true}),
            "5 ");
}

TEST(SipNameIndex, OthersAreNotFound) {
  EXPECT_EQ(matched("INVITE sip:Bob@example.org SIP/2.0\r\nTo: <sip:bob@example.com>\r\n"), "");
  EXPECT_EQ(matched("INVITE sip:carol%20@example.org SIP/2.0\r\n"), "");
  EXPECT_EQ(matched("INVITE sip:123@example.org SIP/2.0\r\nFrom: <sip:bob@example.org>\r\n"), "");
  EXPECT_EQ(matched("REGISTER sip:x SIP/2.0\r\nAuthorization: Digest username=\"eve@ims.example.org\"\r\n"), "");
}

TEST(SipNameIndex, OneNameCountsOnceForEachRole) {
  EXPECT_EQ(matched("INVITE sip:bob@example.org SIP/2.0\r\nTo: <sip:bob@example.org>, <sip:bob@example.org>\r\n"),
            "0 0 ");
}

TEST(SipNameIndex, FillerOfNamesThatAreAskedForTooPushesNoMatchOut) {
  std::vector<TargetName> names;
  std::string text = "INVITE sip:b@example.org SIP/2.0\r\n";
  for (const std::string field : {"To", "P-Called-Party-ID", "From", "P-Preferred-Identity"}) {
    for (size_t i = 0; i < kFieldIdentitiesMax; ++i) {
      const std::string digits = "+49" + std::to_string(1000 + names.size());
      text += field + ": <sip:" + digits + "@example.org>\r\n";
      names.push_back({IdentityKind::kSipUri, "sip:" + digits + "@example.org"});
      names.push_back({IdentityKind::kSipUser, digits});
      names.push_back({IdentityKind::kTelUri, digits});
    }
  }
  names.push_back({IdentityKind::kImpi, "eve@ims.example.org"});
  text += "Authorization: Digest username=\"eve@ims.example.org\"\r\n\r\n";
  const auto index = *NameIndex::make(names, {.low = 1, .high = 2});
  FoundIdentities found;
  find_identities(message_of(text), {.authenticated = true, .from = true, .preferred = true}, found);
  NameMatches matches;
  match_names(found, german(), *index, matches);
  EXPECT_EQ(matches.count, names.size());
  EXPECT_EQ(matches.all().back().name, names.size() - 1);
}

TEST(SipNameIndex, NamesThatAreNoneAreRefusedByTheirPlace) {
  const std::vector<TargetName> bad = {{IdentityKind::kSipUri, "bob@example.org"}, {IdentityKind::kTelUri, "030"}};
  const auto refused = NameIndex::make(bad, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.status().message().find("names[1]"), absl::string_view::npos);
  EXPECT_EQ(refused.status().message().find("030"), absl::string_view::npos);
  EXPECT_FALSE(NameIndex::make(std::vector<TargetName>{{IdentityKind::kImsi, "001010000000001"}}, {}).ok());
}

TEST(SipNameIndex, EachOfManyIsFoundAndNobodyElse) {
  std::vector<TargetName> names;
  for (int i = 0; i < 20'000; ++i) names.push_back({IdentityKind::kSipUser, "user" + std::to_string(i)});
  const auto index = *NameIndex::make(names, {.low = 3, .high = 4});
  for (uint32_t i = 0; i < 20'000; ++i) {
    const std::string name = "user" + std::to_string(i);
    ASSERT_EQ(index->find(IdentityKind::kSipUser, as_bytes(name)), i);
    ASSERT_FALSE(index->find(IdentityKind::kSipUri, as_bytes(name)));
    ASSERT_FALSE(index->find(IdentityKind::kSipUser, as_bytes("x" + name)));
  }
}

}  // namespace
}  // namespace lictor::sip
