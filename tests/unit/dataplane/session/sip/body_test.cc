// Session descriptions in bodies: alone, in parts, and behind what only looks like one.
#include "dataplane/session/sip/body.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/session/sip/sip_texts.h"

namespace lictor::sip {
namespace {

std::string with_type(std::string_view type, std::string_view body, std::string_view more = "") {
  return with_body(
      "INVITE sip:b@example.org SIP/2.0\r\nContent-Type: " + std::string(type) + "\r\n" + std::string(more), body);
}

BodyDescriptions found_in(std::string_view text) {
  BodyDescriptions found;
  find_descriptions(message_of(text), found);
  return found;
}

const std::string kMixed =
    "not a part\r\n--b 1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b 1\r\nContent-Type:\r\n application/SDP;x=y\r\n"
    "Content-Disposition: session\r\n\r\n" +
    std::string(kOffer) + "\r\n--b 1--\r\nv=0 behind";

TEST(SipBody, DescriptionAloneIsFound) {
  const std::string text = with_type("application/sdp", kOffer);
  const BodyDescriptions found = found_in(text);
  ASSERT_EQ(found.sdp.count, 1);
  EXPECT_EQ(text_of(found.sdp.items[0]), kOffer);
}

TEST(SipBody, PartOfAMultipartIsFoundWithoutTheLineEndOfItsDelimiter) {
  const std::string text = with_type("multipart/mixed;boundary=\"b 1\"", kMixed);
  const BodyDescriptions found = found_in(text);
  ASSERT_EQ(found.sdp.count, 1);
  EXPECT_EQ(text_of(found.sdp.items[0]), kOffer);
  EXPECT_EQ(found.parts, 2U);
}

TEST(SipBody, PartsOfPartsAreFound) {
  const std::string inner = "--in\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--in--\r\n";
  const std::string text =
      with_type("multipart/related;boundary=out", "--out\r\nContent-Type: multipart/alternative;boundary=in\r\n\r\n" +
                                                      inner + "\r\n--out\r\n\r\nplain\r\n--out--");
  const BodyDescriptions found = found_in(text);
  ASSERT_EQ(found.sdp.count, 1);
  EXPECT_EQ(text_of(found.sdp.items[0]), "v=0");
  EXPECT_EQ(found.parts, 3U);
}

TEST(SipBody, NestingAndPartsHaveBoundsThatAreCounted) {
  const auto nested = [](uint32_t levels) {
    std::string body(kOffer);
    std::string type = "application/sdp";
    for (uint32_t level = 0; level < levels; ++level) {
      const std::string boundary = "b" + std::to_string(level) + "b";
      body = "--" + boundary + "\r\nContent-Type: " + type + "\r\n\r\n" + body + "\r\n--" + boundary + "--\r\n";
      type = "multipart/mixed;boundary=" + boundary;
    }
    return with_type(type, body);
  };
  const std::string deepest = nested(kNestingMax);
  EXPECT_EQ(found_in(deepest).sdp.count, 1);
  const std::string deeper = nested(kNestingMax + 1);
  EXPECT_EQ(found_in(deeper).sdp.count, 0);
  EXPECT_EQ(found_in(deeper).parts_beyond, 1);
  std::string many;
  for (uint32_t i = 0; i < kPartsMax + 1; ++i) many += "--b\r\n\r\nx\r\n";
  const std::string wide = with_type("multipart/mixed;boundary=b", many + "--b--");
  EXPECT_EQ(found_in(wide).parts, kPartsMax);
  EXPECT_EQ(found_in(wide).parts_beyond, 1);
}

TEST(SipBody, MultipartWithoutItsEndGivesItsLastPart) {
  const std::string text =
      with_type("multipart/mixed;boundary=b", "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\ns=x");
  const BodyDescriptions found = found_in(text);
  ASSERT_EQ(found.sdp.count, 1);
  EXPECT_EQ(text_of(found.sdp.items[0]), "v=0\r\ns=x");
}

TEST(SipBody, EachPartMayBeADescription) {
  std::string parts;
  for (uint32_t i = 0; i < kPartsMax; ++i)
    parts += "--b\r\nContent-Type: application/sdp\r\nContent-Disposition: render;handling=optional\r\n\r\nv=0\r\n";
  const std::string text = with_type("multipart/mixed;boundary=b", parts + "--b--");
  EXPECT_EQ(found_in(text).sdp.count, kPartsMax);
}

TEST(SipBody, BoundariesThatPhonesTakeAreTaken) {
  const std::string boundary(70, 'b');
  std::string escaped;
  for (const char letter : boundary) escaped += std::string("\\") + letter;
  const std::string part = "\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--";
  for (const std::string& written : {boundary, '"' + boundary + '"', '"' + escaped + '"'}) {
    const std::string text =
        with_type("multipart/mixed;boundary=" + written, "--" + boundary + part + boundary + "--\r\n");
    EXPECT_EQ(found_in(text).sdp.count, 1) << written;
  }
  const std::string longer(kBoundaryBytesMax + 1, 'b');
  const std::string text = with_type("multipart/mixed;boundary=" + longer, "--" + longer + part + longer + "--\r\n");
  EXPECT_EQ(found_in(text).odd_parts, 1);
}

TEST(SipBody, MultipartWithoutBoundaryIsCounted) {
  for (const std::string_view type : {"multipart/mixed", "multipart/mixed;boundary=", "multipart/mixed;boundary=zz"}) {
    const std::string text = with_type(type, kMixed);
    EXPECT_EQ(found_in(text).odd_parts, 1) << type;
    EXPECT_EQ(found_in(text).sdp.count, 0) << type;
  }
}

TEST(SipBody, CompressedDescriptionsAreCountedAndNotRead) {
  const std::string text = with_type("application/sdp", "\x1f\x8b", "Content-Encoding: gzip\r\n");
  EXPECT_EQ(found_in(text).sdp.count, 0);
  EXPECT_EQ(found_in(text).encoded, 1);
}

TEST(SipBody, DescriptionWithoutTypeIsKnownByItsBeginning) {
  const std::string text = with_body("INVITE sip:b@example.org SIP/2.0\r\n", kOffer);
  EXPECT_EQ(found_in(text).sdp.count, 1);
  const std::string other = with_body("INVITE sip:b@example.org SIP/2.0\r\n", "hello");
  EXPECT_EQ(found_in(other).sdp.count, 0);
}

TEST(SipBody, OtherBodiesHoldNoDescription) {
  const std::string text = with_type("message/sipfrag", "SIP/2.0 200 OK\r\n");
  EXPECT_EQ(found_in(text).sdp.count, 0);
  EXPECT_EQ(body_kind(as_bytes("message/sipfrag;version=2.0"), as_bytes("x")), BodyKind::kSipFragment);
  EXPECT_EQ(body_kind(as_bytes("text/plain"), as_bytes("v=0")), BodyKind::kOther);
}

TEST(SipBody, EveryBeginningOfAMultipartIsReadWithinItself) {
  const std::string text = with_type("multipart/mixed;boundary=\"b 1\"", kMixed);
  for (size_t bytes = 0; bytes <= text.size(); ++bytes) {
    const Exactly prefix(std::string_view(text).substr(0, bytes));
    Message message;
    if (parse_message(prefix.bytes(), message) != MessageError::kNone) continue;
    BodyDescriptions found;
    find_descriptions(message, found);
    EXPECT_LE(found.sdp.count, 1) << bytes;
  }
}

}  // namespace
}  // namespace lictor::sip
