// URIs of calls, and the one form of the names in them.
#include "dataplane/base/call_uri.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "dataplane/base/identity.h"

namespace lictor {
namespace {

std::string text_of(Bytes bytes) { return std::string(as_text(bytes)); }

std::string form_of(IdentityKind kind, std::string_view shown) {
  std::array<uint8_t, kIdentityBytesMax> room{};
  return text_of(Bytes(room).first(normal_form(kind, as_bytes(shown), {}, room)));
}

CallUri uri_of(std::string_view text, UriError expected = UriError::kNone) {
  CallUri uri;
  EXPECT_EQ(parse_call_uri(as_bytes(text), uri), expected) << text;
  return uri;
}

TEST(CallUri, SipUriIsTakenApart) {
  const CallUri uri = uri_of(" SIP:al%69ce;x=1:secret@Example.ORG:5070;transport=tcp;lr?subject=x@y ");
  EXPECT_EQ(uri.scheme, UriScheme::kSip);
  EXPECT_EQ(text_of(uri.user), "al%69ce");
  EXPECT_EQ(text_of(uri.user_params), "x=1");
  EXPECT_EQ(text_of(uri.host), "Example.ORG");
  EXPECT_EQ(uri.port, 5070);
  EXPECT_EQ(text_of(uri_param(uri.params, "transport").value()), "tcp");
  EXPECT_EQ(text_of(uri_param(uri.params, "lr").value()), "");
  EXPECT_FALSE(uri_param(uri.params, "ttl"));
  EXPECT_EQ(text_of(uri.headers), "subject=x@y");
}

TEST(CallUri, HostAloneIsAUriWithoutUser) {
  const CallUri uri = uri_of("sips:[2001:db8::1]:5061");
  EXPECT_FALSE(uri.has_user);
  EXPECT_EQ(text_of(uri.host), "[2001:db8::1]");
  EXPECT_EQ(uri.port, 5061);
}

TEST(CallUri, TelUriIsItsNumberAndParameters) {
  const CallUri uri = uri_of("tel:863-1234;phone-context=+1-914-555");
  EXPECT_EQ(text_of(uri.user), "863-1234");
  EXPECT_EQ(text_of(uri_param(uri.user_params, "phone-context").value()), "+1-914-555");
}

TEST(CallUri, WhatIsNoneIsSaidWhy) {
  uri_of("", UriError::kNoScheme);
  uri_of("alice", UriError::kNoScheme);
  uri_of("1sip:a@b", UriError::kNoScheme);
  uri_of("urn:service:sos", UriError::kOtherScheme);
  uri_of("sip:alice@", UriError::kNoHost);
  uri_of("sip:", UriError::kNoHost);
  uri_of("sip:a@b@c", UriError::kBadHost);
  uri_of("sip:a@[2001:db8::1", UriError::kBadHost);
  uri_of("tel:;x=y", UriError::kNoNumber);
}

TEST(CallUri, EveryBeginningIsReadWithinItself) {
  const std::string whole = "sip:a%4;p=q:pw@[2001:db8::1]:5060;a=b?h=v";
  for (size_t bytes = 0; bytes <= whole.size(); ++bytes) {
    const std::unique_ptr<uint8_t[]> exact(new uint8_t[bytes]);
    whole.copy(reinterpret_cast<char*>(exact.get()), bytes);
    CallUri uri;
    (void)parse_call_uri({exact.get(), bytes}, uri);
    std::array<uint8_t, 64> room{};
    EXPECT_LE(write_unescaped(uri.user, room), bytes);
    (void)write_host_form(uri.host, room);
  }
}

TEST(CallUri, EscapesMeanTheirOctetAndOthersStay) {
  std::array<uint8_t, 32> room{};
  const auto unescaped = [&room](std::string_view text) {
    return text_of(Bytes(room).first(write_unescaped(as_bytes(text), room)));
  };
  EXPECT_EQ(unescaped("%61%6C%6cice"), "allice");
  EXPECT_EQ(unescaped("100%"), "100%");
  EXPECT_EQ(unescaped("%4"), "%4");
  EXPECT_EQ(unescaped("%zz%41"), "%zzA");
}

TEST(CallNames, OneUserAtOneHostHasOneForm) {
  for (const std::string_view shown :
       {"sip:alice@example.org", "SIPS:alice@EXAMPLE.org:5061;transport=tls", "alice@Example.Org.",
        "sip:%61lice:pw@example.org;user=phone?x=y", "sip:alice;par=1@example.org"})
    EXPECT_EQ(form_of(IdentityKind::kSipUri, shown), "alice@example.org") << shown;
  EXPECT_EQ(form_of(IdentityKind::kSipUri, "Alice@example.org"), "Alice@example.org");
  EXPECT_EQ(form_of(IdentityKind::kSipUri, "sip:a@[2001:DB8:0:0::1]"), "a@[2001:db8::1]");
}

TEST(CallNames, WhatAnEscapeHidesStaysHidden) {
  const std::pair<std::string_view, std::string_view> forms[] = {
      {"bob%3Bx=1@192.0.2.2", "bob%3Bx=1@192.0.2.2"},
      {"carol%3asecret@example.org", "carol%3Asecret@example.org"},
      {"d%256Fb@example.org", "d%256Fb@example.org"},
      {"sip%3Agina@example.org", "sip%3Agina@example.org"},
      {"sip:eve%40home@b.org", "eve%40home@b.org"},
      {"sip:%20eve@b.org", "%20eve@b.org"},
      {"sip:100%@b.org", "100%25@b.org"},
      {"sip:a%3Fb@b.org", "a%3Fb@b.org"},
      {"sip:a?b@b.org", "a%3Fb@b.org"},
      {"%61%2B%2f@b.org..", "a+/@b.org"}};
  for (const auto& [shown, form] : forms) EXPECT_EQ(form_of(IdentityKind::kSipUri, shown), form) << shown;
  EXPECT_EQ(form_of(IdentityKind::kSipUser, "eve%40home"), "eve%40home");
  EXPECT_EQ(form_of(IdentityKind::kSipUser, "eve;x"), "eve%3Bx");
  EXPECT_EQ(form_of(IdentityKind::kSipUser, "%41%%34%31"), "A%2541");
}

// Every text of pieces that mean something to some reader of names.
TEST(CallNames, AFormIsItsOwnFormWhateverTheName) {
  const std::string_view pieces[] = {"a",   "B",    "%",    "3",     "%3B", "%3a",  "%40",  "%25", "%2541",
                                     "%20", "%00",  "@",    ":",     ";",   "?",    ".",    "*",   "+4",
                                     " ",   "sip:", "tel:", "[::1]", "%5B", "hex:", "\xC3", "=any"};
  size_t names = 0;
  const auto expect_same = [&names](IdentityKind kind, const std::string& shown) {
    const std::string form = form_of(kind, shown);
    if (form.empty()) return;
    ++names;
    ASSERT_EQ(form_of(kind, form), form) << shown;
  };
  for (const std::string_view one : pieces)
    for (const std::string_view two : pieces)
      for (const std::string_view three : pieces)
        for (const std::string_view four : pieces) {
          const std::string text = std::string(one).append(two).append(three).append(four);
          expect_same(IdentityKind::kSipUri, text + "@x");
          expect_same(IdentityKind::kSipUser, text);
          if (one != "a") continue;  // of the others three pieces do
          for (int kind = 0; kind < static_cast<int>(IdentityKind::kCount); ++kind)
            if (kind != static_cast<int>(IdentityKind::kImpu))  // its form has no scheme
              expect_same(static_cast<IdentityKind>(kind), text.substr(1));
        }
  EXPECT_GT(names, 100'000U);
}

TEST(CallNames, WhatNamesNobodyHasNoForm) {
  for (const std::string_view shown : {"sip:example.org", "alice", "tel:+4930123", "sip:@example.org", "a@b@c", "a@",
                                       "tel:bob@x", "bob:pw@example.org", "a@."})
    EXPECT_EQ(form_of(IdentityKind::kSipUri, shown), "") << shown;
  EXPECT_EQ(form_of(IdentityKind::kSipUser, "alice@example.org"), "");
  EXPECT_EQ(form_of(IdentityKind::kImpu, "alice@example.org"), "");
  EXPECT_EQ(form_of(IdentityKind::kImpi, "alice"), "");
  EXPECT_EQ(form_of(IdentityKind::kImpi, "alice@"), "");
}

TEST(CallNames, NumbersAreGlobalWithoutSeparators) {
  EXPECT_EQ(form_of(IdentityKind::kTelUri, "tel:+49-(30)-123.45"), "+493012345");
  EXPECT_EQ(form_of(IdentityKind::kTelUri, "+49 30 12345"), "+493012345");
  EXPECT_EQ(form_of(IdentityKind::kTelUri, "tel:+4930;npdi"), "+4930");
  EXPECT_EQ(form_of(IdentityKind::kTelUri, "tel:030123"), "");
  EXPECT_EQ(form_of(IdentityKind::kTelUri, "+1234567890123456"), "");
  EXPECT_EQ(form_of(IdentityKind::kTelUri, "+49x"), "");
  EXPECT_EQ(form_of(IdentityKind::kTelUri, "+"), "");
}

TEST(CallNames, PublicIdentitiesAreUrisAndPrivateOnesHaveARealm) {
  EXPECT_EQ(form_of(IdentityKind::kImpu, "sip:alice@IMS.example.org"), "alice@ims.example.org");
  EXPECT_EQ(form_of(IdentityKind::kImpu, "tel:+49-30-1"), "+49301");
  EXPECT_EQ(form_of(IdentityKind::kImpi, "001010000000001@IMS.example.org"), "001010000000001@ims.example.org");
  EXPECT_EQ(form_of(IdentityKind::kSipUser, "%2B4930"), "+4930");
}

TEST(CallNames, FormsStayWithinTheirRoom) {
  const std::string longest = "sip:a@" + std::string(kIdentityBytesMax - 6, 'h');
  EXPECT_EQ(form_of(IdentityKind::kSipUri, longest).size(), kIdentityBytesMax - 4);
  EXPECT_EQ(form_of(IdentityKind::kSipUri, longest + "h"), "");
  std::array<uint8_t, 16> room{};
  EXPECT_EQ(normal_form(IdentityKind::kSipUri, as_bytes("a@b"), {}, MutableBytes(room).first(2)), 0U);
}

}  // namespace
}  // namespace lictor
