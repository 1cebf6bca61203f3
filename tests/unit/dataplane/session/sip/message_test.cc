// SIP messages: lines, folds, compact names, lengths, bounds, and what is none.
#include "dataplane/session/sip/message.h"

#include <gtest/gtest.h>

#include "dataplane/session/sip/address_list.h"
#include "tests/unit/dataplane/session/sip/sip_texts.h"

namespace lictor::sip {
namespace {

TEST(SipMessage, RequestGivesItsStartLineFieldsAndBody) {
  const std::string text = invite();
  Message message;
  ASSERT_EQ(parse_message(as_bytes(text), message), MessageError::kNone);
  EXPECT_TRUE(message.is_request);
  EXPECT_EQ(message.method, Method::kInvite);
  EXPECT_EQ(text_of(message.request_uri), "sip:bob@example.org");
  EXPECT_EQ(text_of(message.field(Header::kCallId)), "a84b4c76e66710@192.0.2.10");
  EXPECT_EQ(text_of(tag_of(message.field(Header::kFrom))), "1928301774");
  EXPECT_EQ(text_of(tag_of(message.field(Header::kTo))), "");
  EXPECT_EQ(text_of(branch_of(message.field(Header::kVia))), "z9hG4bK776asdhds");
  const std::optional<CSeq> cseq = read_cseq(message.field(Header::kCSeq));
  ASSERT_TRUE(cseq);
  EXPECT_EQ(cseq->number, 314159U);
  EXPECT_EQ(cseq->method, Method::kInvite);
  EXPECT_EQ(text_of(message.body), kOffer);
  EXPECT_EQ(message.octets.size(), text.size());
  EXPECT_FALSE(message.body_cut);
}

TEST(SipMessage, ResponseGivesItsStatus) {
  const Message message = message_of("SIP/2.0 486 Busy Here\r\nCSeq: 1 INVITE\r\n\r\n");
  EXPECT_FALSE(message.is_request);
  EXPECT_EQ(message.status, 486);
  EXPECT_EQ(text_of(message.field(Header::kCSeq)), "1 INVITE");
}

TEST(SipMessage, NamesAreReadInTheirCompactFormsAndInAnyCase) {
  const Message message = message_of(
      "BYE sip:b@example.org SIP/2.0\r\nf: <sip:a@example.org>;tag=1\r\nT: <sip:b@example.org>;tag=2\r\n"
      "i : 77\r\nv: SIP/2.0/UDP 192.0.2.1;branch=x\r\nM: <sip:a@192.0.2.1>\r\nCSEQ: 2 BYE\r\nc: text/plain\r\nl: 2\r\n"
      "\r\nhi");
  EXPECT_EQ(text_of(message.field(Header::kFrom)), "<sip:a@example.org>;tag=1");
  EXPECT_EQ(text_of(message.field(Header::kTo)), "<sip:b@example.org>;tag=2");
  EXPECT_EQ(text_of(message.field(Header::kCallId)), "77");
  EXPECT_EQ(text_of(message.field(Header::kContact)), "<sip:a@192.0.2.1>");
  EXPECT_EQ(text_of(message.field(Header::kContentType)), "text/plain");
  EXPECT_EQ(text_of(message.body), "hi");
}

TEST(SipMessage, FoldedLinesAreOneValue) {
  const Message message = message_of(
      "OPTIONS sip:b@example.org SIP/2.0\r\nFrom: \"A\"\r\n  <sip:a@example.org>\r\n\t;tag=9\r\nTo:\r\n "
      "<sip:b@example.org>\r\n\r\n");
  EXPECT_EQ(text_of(tag_of(message.field(Header::kFrom))), "9");
  EXPECT_EQ(text_of(message.field(Header::kTo)), "<sip:b@example.org>");
}

TEST(SipMessage, LinesMayEndWithoutTheirReturn) {
  const Message message = message_of("ACK sip:b@example.org SIP/2.0\nCall-ID: 1\nl: 1\n\nx");
  EXPECT_EQ(message.method, Method::kAck);
  EXPECT_EQ(text_of(message.body), "x");
}

TEST(SipMessage, EveryLineOfAnIdentityIsKept) {
  const Message message = message_of(
      "INVITE sip:b@example.org SIP/2.0\r\nP-Asserted-Identity: <sip:a@example.org>\r\n"
      "P-Asserted-Identity: <tel:+4930123>\r\nFrom: <sip:x@example.org>\r\nFrom: <sip:y@example.org>\r\n\r\n");
  std::string seen;
  message.for_each(Header::kAsserted, [&](Bytes value) { seen += text_of(value); });
  message.for_each(Header::kFrom, [&](Bytes value) { seen += text_of(value); });
  EXPECT_EQ(seen, "<sip:a@example.org><tel:+4930123><sip:x@example.org><sip:y@example.org>");
}

TEST(SipMessage, UnknownFieldsInFrontHideNothing) {
  std::string text = "INVITE sip:b@example.org SIP/2.0\r\n";
  for (int i = 0; i < 400; ++i) text += "X-Filler: 1\r\n";
  text += "From: <sip:a@example.org>\r\n\r\n";
  const Message message = message_of(text);
  EXPECT_TRUE(message.has(Header::kFrom));
}

TEST(SipMessage, LinesBehindTheBoundAreCounted) {
  std::string text = "INVITE sip:b@example.org SIP/2.0\r\n";
  for (uint32_t i = 0; i < kHeaderLinesMax + 3; ++i) text += "X: 1\r\n";
  text += "\r\n";
  const Message message = message_of(text);
  EXPECT_EQ(message.header_lines, kHeaderLinesMax);
  EXPECT_EQ(message.lines_beyond, 3);
}

TEST(SipMessage, RepeatedLinesWithoutRoomAreCounted) {
  std::string text = "INVITE sip:b@example.org SIP/2.0\r\n";
  for (size_t i = 0; i < kFieldLinesMax + 3; ++i) text += "Contact: <sip:a@192.0.2.1>\r\n";
  text += "Call-ID: 1\r\nCall-ID: 2\r\n\r\n";
  const Message message = message_of(text);
  EXPECT_EQ(message.repeated.count, kFieldLinesMax);
  EXPECT_EQ(message.repeated.beyond, 2);
  EXPECT_EQ(message.repeated_lines, 1);
  EXPECT_EQ(text_of(message.field(Header::kCallId)), "1");
}

TEST(SipMessage, LinesWithoutNameAndLinesTooLongArePassedOverAndCounted) {
  const std::string text =
      "INVITE sip:b@example.org SIP/2.0\r\nno colon\r\n: no name\r\nTo: " + std::string(kLineBytesMax, 'a') +
      "\r\nCall-ID: 1\r\n\r\n";
  const Message message = message_of(text);
  EXPECT_EQ(message.odd_lines, 3);
  EXPECT_FALSE(message.has(Header::kTo));
  EXPECT_TRUE(message.has(Header::kCallId));
}

TEST(SipMessage, BodyEndsWhereItsLengthSays) {
  const Message cut = message_of("INFO sip:b@example.org SIP/2.0\r\nl: 5\r\n\r\nabc");
  EXPECT_EQ(text_of(cut.body), "abc");
  EXPECT_TRUE(cut.body_cut);
  const Message longer = message_of("INFO sip:b@example.org SIP/2.0\r\nl: 2\r\n\r\nabc");
  EXPECT_EQ(text_of(longer.body), "ab");
  EXPECT_TRUE(text_of(longer.octets).ends_with("\r\nab"));
  const Message none = message_of("INFO sip:b@example.org SIP/2.0\r\n\r\nabc");
  EXPECT_EQ(text_of(none.body), "abc");
}

TEST(SipMessage, BehindABareReturnInTheFirstLineIsNoOtherOne) {
  EXPECT_TRUE(is_start_line(as_bytes("BYE \r sip:b@example.org\rSIP/2.0")));
  EXPECT_TRUE(is_start_line(as_bytes("SIP/2.0 200 OK\rx")));
  EXPECT_FALSE(is_start_line(as_bytes("BYE sip:b\rSubject: x SIP/2.0")));
}

TEST(SipMessage, LengthsThatContradictCountAsNone) {
  for (const std::string_view lengths :
       {"l: 1\r\nContent-Length: 2\r\n", "l: -1\r\n", "l: 99999999999\r\n", "l:\r\n"}) {
    const std::string text = "INFO sip:b@example.org SIP/2.0\r\n" + std::string(lengths) + "\r\nabc";
    const Message message = message_of(text);
    EXPECT_TRUE(message.length_contradicts) << lengths;
    EXPECT_EQ(text_of(message.body), "abc") << lengths;
  }
}

TEST(SipMessage, KeepAlivesAndOtherProtocolsAreToldApart) {
  Message message;
  EXPECT_EQ(parse_message(as_bytes("\r\n\r\n"), message), MessageError::kEmpty);
  EXPECT_EQ(parse_message({}, message), MessageError::kEmpty);
  EXPECT_EQ(parse_message(as_bytes({"\0\0\0\0", 4}), message), MessageError::kEmpty);
  for (const std::string_view text : {"GET / HTTP/1.1\r\n\r\n", "SIP/2.0 20 OK\r\n\r\n", "SIP/2.0 700 x\r\n\r\n",
                                      "SIP/2.0\r\n\r\n", "INVITE SIP/2.0\r\n\r\n", "INVITE  SIP/2.0\r\n\r\n",
                                      "(INVITE) sip:a SIP/2.0\r\n\r\n", "Via: SIP/2.0/UDP a SIP/2.0\r\n\r\n", "x"})
    EXPECT_EQ(parse_message(as_bytes(text), message), MessageError::kNotSip) << text;
}

TEST(SipMessage, EmptyLinesBeforeItArePassedOver) {
  const Message message = message_of("\r\n\r\nBYE sip:b@example.org SIP/2.0\r\nCall-ID: 1\r\n\r\n");
  EXPECT_EQ(message.method, Method::kBye);
  EXPECT_TRUE(text_of(message.octets).starts_with("BYE"));
}

TEST(SipMessage, BlanksThatAreTooManyDoNotHideWhoIsCalled) {
  const Message message = message_of("INVITE   sip:bob@example.org  SIP/2.0 \r\nCall-ID: 1\r\n\r\n");
  EXPECT_EQ(text_of(message.request_uri), "sip:bob@example.org");
}

TEST(SipMessage, EveryBeginningGivesTheFieldsThatAreWhole) {
  const std::string text = invite();
  const size_t head = text.find("\r\n\r\n") + 4;
  const Message whole = message_of(text);
  for (size_t bytes = 0; bytes < text.size(); ++bytes) {
    const Exactly prefix(std::string_view(text).substr(0, bytes));
    Message message;
    const MessageError error = parse_message(prefix.bytes(), message);
    EXPECT_EQ(error == MessageError::kNone, bytes >= head) << bytes;
    if (error == MessageError::kNone) {
      EXPECT_EQ(message.body_cut, bytes < text.size());
    }
    for (size_t i = 0; i < kHeaders; ++i) {
      const auto header = static_cast<Header>(i);
      if (!message.has(header)) continue;
      EXPECT_EQ(text_of(message.field(header)), text_of(whole.field(header))) << bytes;
    }
  }
}

TEST(SipMessage, NothingOfTheMessageBeforeStays) {
  Message message;
  const std::string text = invite();
  ASSERT_EQ(parse_message(as_bytes(text), message), MessageError::kNone);
  ASSERT_EQ(parse_message(as_bytes("SIP/2.0 100 Trying\r\n\r\n"), message), MessageError::kNone);
  EXPECT_EQ(message.present, 0U);
  EXPECT_TRUE(message.request_uri.empty() && message.body.empty() && message.field(Header::kFrom).empty());
  ASSERT_EQ(parse_message(as_bytes(text), message), MessageError::kNone);
  ASSERT_EQ(parse_message(as_bytes("x"), message), MessageError::kNotSip);
  EXPECT_TRUE(!message.is_request && message.octets.empty() && message.present == 0);
}

}  // namespace
}  // namespace lictor::sip
