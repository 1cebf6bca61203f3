// What goes out of a SIP message, what stays, and that what is left is a message.

#include "encoders/mask/sip_mask.h"

#include <gtest/gtest.h>

#include <string>

namespace lictor {
namespace {

constexpr SipMaskPolicy kNothing{};
constexpr SipMaskPolicy kLocation{.location = true};
constexpr SipMaskPolicy kContent{.content = true};
constexpr SipMaskPolicy kAll{.content = true, .location = true};

const std::string kHead =
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@example.org>;tag=1\r\nTo: <sip:b@example.org>\r\n"
    "Call-ID: 1\r\n";

std::string masked(const std::string& message, const SipMaskPolicy& policy = kNothing) {
  const std::vector<uint8_t> octets = mask_sip(as_bytes(message), policy);
  return {octets.begin(), octets.end()};
}

std::string message_of(const std::string& start, const std::string& lines, const std::string& body) {
  return start + "\r\n" + kHead + lines + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string invite(const std::string& lines, const std::string& body = "") {
  return message_of("INVITE sip:b@example.org SIP/2.0", "CSeq: 1 INVITE\r\n" + lines, body);
}

constexpr const char* kSdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";

TEST(SipMask, AMessageWithoutWhatHasToGoStaysAsItIs) {
  const std::string sdp = std::string(kSdp) + "m=audio 49170 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";
  for (const std::string& message :
       {invite("Content-Type: application/sdp\r\n", sdp), invite("User-Agent: \"Who?\" <x> ? y\r\n"),
        message_of("SIP/2.0 200 OK", "CSeq: 1 BYE\r\n", ""),
        message_of("NOTIFY sip:b@example.org SIP/2.0", "Event: reg\r\nContent-Type: application/reginfo+xml\r\n",
                   "<reginfo/>")})
    EXPECT_EQ(masked(message), message);
  const std::string bare = "BYE sip:b@example.org SIP/2.0\nCall-ID: 1\n\n";
  EXPECT_EQ(masked(bare), bare) << "without a length, and with line feeds alone";
}

TEST(SipMask, OfMessageAndInfoTheBodiesGo) {
  for (const std::string method : {"MESSAGE", "INFO"}) {
    const std::string lines = "CSeq: 2 " + method + "\r\nContent-Type: text/plain\r\n";
    for (const std::string& start : {method + " sip:b@example.org SIP/2.0", std::string("SIP/2.0 200 OK")})
      EXPECT_EQ(masked(message_of(start, lines, "see you at noon")), message_of(start, lines, ""));
    const std::string sdp = "CSeq: 2 " + method + "\r\nc: application/sdp\r\n";
    EXPECT_EQ(masked(message_of(method + " sip:b@example.org SIP/2.0", sdp, kSdp)),
              message_of(method + " sip:b@example.org SIP/2.0", sdp, ""));
  }
}

TEST(SipMask, BodiesThatNobodyReadsGoWithThem) {
  for (const std::string type : {"application/kpml-response+xml", "application/dtmf-relay", "text/plain",
                                 "application/vnd.3gpp.sms", "application/simple-message-summary"}) {
    const std::string lines = "Event: kpml\r\nContent-Type: " + type + "\r\n";
    const std::string start = "NOTIFY sip:b@example.org SIP/2.0";
    EXPECT_EQ(masked(message_of(start, lines, "digits=\"1234\"")), message_of(start, lines, "")) << type;
    EXPECT_EQ(masked(message_of(start, lines, "digits=\"1234\""), kContent),
              message_of(start, lines, "digits=\"1234\""));
  }
}

TEST(SipMask, LinesOfContentGo) {
  const std::string said =
      "Subject: lunch\r\ns:lunch,\r\n more\r\nSUBJECT : lunch\r\nUser-to-User: 6c756e6368;encoding=hex\r\n"
      "Call-Info: <http://example.org/>;call-reason=\"lunch\"\r\n";
  EXPECT_EQ(masked(invite("Max-Forwards: 70\r\n" + said + "Supported: 100rel\r\n")),
            invite("Max-Forwards: 70\r\nSupported: 100rel\r\n"));
  EXPECT_EQ(masked(invite(said), kContent), invite(said));
}

TEST(SipMask, LinesOfLocationGoWhereItIsNotOrdered) {
  const std::string where =
      "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010001101\r\nGeolocation: "
      "<cid:1@example.org>\r\n"
      "Cellular-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=1\r\nGeolocation-Routing: yes\r\n"
      "P-Visited-Network-ID: \"net of Graz\"\r\nX-Location: Graz\r\n";
  EXPECT_EQ(masked(invite(where + "Subject: lunch\r\n"), kContent), invite("Subject: lunch\r\n"));
  EXPECT_EQ(masked(invite(where)), invite(""));
  EXPECT_EQ(masked(invite(where), kLocation), invite(where));
}

TEST(SipMask, KeysAndNamesOfDescriptionsGo) {
  const std::string before = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n";
  const std::string sdp = before +
                          "s=our lunch\r\ni=at noon\r\nk=clear:key\r\nm=audio 49170 RTP/SAVP 0\r\n"
                          "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^20|1:32\r\na=key-mgmt:mikey KEY\r\n"
                          "a=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY\r\nK = clear:key\r\nA=Crypto:2 KEY\r\n"
                          "a=file-selector:name:\"lunch.jpg\"\r\nour lunch\r\nx=lunch\r\na=sendrecv\r\n";
  const std::string left = before + "s=-\r\nm=audio 49170 RTP/SAVP 0\r\na=sendrecv\r\n";
  const std::string type = "Content-Type: application/sdp\r\n";
  EXPECT_EQ(masked(invite(type, sdp)), invite(type, left));
  EXPECT_EQ(masked(invite("", sdp)), invite("", left)) << "as phones in the field have it";
  EXPECT_EQ(masked(invite(type, sdp), kContent), invite(type, sdp));
  EXPECT_EQ(masked(invite(type + "Content-Encoding: gzip\r\n", "v=?")), invite(type + "Content-Encoding: gzip\r\n"));
}

TEST(SipMask, OfManyPartsThoseThatMayStay) {
  const std::string type = "Content-Type: multipart/mixed; boundary=\"x y\"\r\n";
  const std::string sdp = "--x y\r\nContent-Type: application/sdp\r\n\r\n" + std::string(kSdp) + "\r\n";
  const std::string text = "--x y\r\nContent-Type: text/plain\r\nContent-Description: lunch\r\n\r\nlunch\r\n";
  const std::string pidf =
      "--x y\r\nContent-Type: application/pidf+xml\r\nContent-ID: <1@example.org>\r\n\r\n<gml:pos>48.2 "
      "16.3</gml:pos>\r\n";
  const std::string end = "--x y--\r\n";
  EXPECT_EQ(masked(invite(type, sdp + end)), invite(type, sdp + end));
  EXPECT_EQ(masked(invite(type, "lunch\r\n" + text + sdp + pidf + end + "lunch")), invite(type, sdp + end));
  EXPECT_EQ(masked(invite(type, text + sdp + pidf + end), kLocation), invite(type, sdp + pidf + end));
  EXPECT_EQ(masked(invite(type, text + pidf + sdp + end), kContent), invite(type, text + sdp + end));
  EXPECT_EQ(masked(invite(type, text + end)), invite(type));
  const std::string cut = sdp.substr(0, sdp.size() - 2);
  EXPECT_EQ(masked(invite(type, cut)), invite(type, cut + "\r\n--x y--"));
}

TEST(SipMask, LocationBodiesStayWhereTheyAreOrdered) {
  const std::string type = "Content-Type: application/pidf+xml\r\n";
  const std::string body = "<presence xmlns:gp=\"urn:ietf:params:xml:ns:pidf:geopriv10\"/>";
  EXPECT_EQ(masked(invite(type, body)), invite(type));
  EXPECT_EQ(masked(invite(type, body), kContent), invite(type));
  EXPECT_EQ(masked(invite(type, body), kLocation), invite(type, body));
  const std::string other = "Content-Type: application/xml\r\n";
  EXPECT_EQ(masked(invite(other, body), kContent), invite(other)) << "whatever its type says";
}

TEST(SipMask, OfAFragmentItsStatusLine) {
  const std::string type = "Content-Type: message/sipfrag;version=2.0\r\n";
  const std::string line = "SIP/2.0 200 OK\r\n";
  EXPECT_EQ(masked(invite(type, line)), invite(type, line));
  EXPECT_EQ(masked(invite(type, line + "Subject: lunch\r\n")), invite(type, line));
  EXPECT_EQ(masked(invite(type, "Subject: lunch\r\n")), invite(type));
  EXPECT_EQ(masked(invite(type, line + "Geolocation: <x>\r\nSubject: lunch\r\n"), kContent),
            invite(type, line + "Subject: lunch\r\n"));
}

TEST(SipMask, UrisBringNoContentAlong) {
  const std::string refer = "Refer-To: <sip:c@example.org?Replaces=1%3Bto-tag%3D2";
  EXPECT_EQ(masked(invite(refer + "&body=our%20lunch&Subject=lunch>;x=y\r\n")), invite(refer + ">;x=y\r\n"));
  EXPECT_EQ(masked(invite(refer + "&Geolocation=x&Subject=lunch>\r\n"), kContent),
            invite(refer + "&Subject=lunch>\r\n"));
  EXPECT_EQ(masked(message_of("INVITE sip:b@example.org?body=our lunch SIP/2.0", "", "")),
            message_of("INVITE sip:b@example.org SIP/2.0", "", ""));
  EXPECT_EQ(masked(invite("Contact: \"a <? b\" <sip:+1;postd=pp22@example.org;user=phone>;postd=1;q=1\r\n")),
            invite("Contact: \"a <? b\" <sip:+1@example.org;user=phone>;q=1\r\n"));
}

TEST(SipMask, NamesOfFilesAndDescriptionsGo) {
  const std::string lines =
      "Content-Type: application/sdp;name=\"our lunch; \\\" a\";charset=utf-8\r\nContent-Disposition: "
      "session;filename*0=our;FileName = lunch.jpg;handling=optional;filename*1*=utf-8''lunch\r\n"
      "Contact: <sip:c;name=x@example.org>;description=\"<our lunch>\";q=1\r\n";
  const std::string left =
      "Content-Type: application/sdp;charset=utf-8\r\nContent-Disposition: session;handling=optional\r\n"
      "Contact: <sip:c;name=x@example.org>;q=1\r\n";
  EXPECT_EQ(masked(invite(lines, kSdp)), invite(left, kSdp));
  EXPECT_EQ(masked(invite(lines, kSdp), kContent), invite(lines, kSdp));
  const std::string type = "Content-Type: multipart/mixed;boundary=b\r\n";
  const auto part = [](const std::string& name) {
    return "--b\r\nContent-Type: application/sdp" + name + "\r\n\r\n" + std::string(kSdp) + "\r\n--b--\r\n";
  };
  EXPECT_EQ(masked(invite(type, part(";name=lunch"))), invite(type, part("")));
}

TEST(SipMask, KeysAndPasswordsGoWhateverIsOrdered) {
  const std::string challenge =
      "WWW-Authenticate: Digest realm=\"a\",nonce=\"x/ik=\", IK=\"00112233\",ck = 44 , opaque=\"y\"\r\n";
  const std::string keyless =
      "WWW-Authenticate: Digest realm=\"a\",nonce=\"x/ik=\", IK=\"\",ck =\"\", opaque=\"y\"\r\n";
  const std::string credentials =
      "Proxy-Authorization: Digest username=\"ck=1\",response=\"00\"\r\nAuthorization:basic\r\n YTpi\r\n"
      "Authorization: Bearer YTpi, x\r\n";
  const std::string bare =
      "Proxy-Authorization: Digest username=\"ck=1\",response=\"00\"\r\nAuthorization:basic\r\nAuthorization: "
      "Bearer\r\n";
  const std::string others = "User-Agent: basic YTpi, ik=1\r\n";
  for (const SipMaskPolicy& policy : {kNothing, kContent, kLocation, kAll})
    EXPECT_EQ(masked(invite(challenge + credentials + others), policy), invite(keyless + bare + others));
  EXPECT_EQ(masked(invite("X: a\rAuthorization: Basic YTpi\r\n"), kAll), invite("X: a\rAuthorization: Basic\r\n"));
}

TEST(SipMask, ABareReturnInTheFirstLineHidesNoMessage) {
  EXPECT_EQ(masked(message_of("BYE \r sip:b@example.org?body=x\rSIP/2.0", "", "")),
            message_of("BYE sip:b@example.org SIP/2.0", "", ""));
  EXPECT_EQ(masked(message_of("BYE ?body=x SIP/2.0", "", "")), message_of("BYE - SIP/2.0", "", ""));
  EXPECT_EQ(masked(message_of("SIP/2.0 200 OK\rSubject: lunch", "", "")), message_of("SIP/2.0 200", "", ""));
  EXPECT_EQ(masked(message_of("BYE sip:b\rSubject: lunch SIP/2.0", "", "")), "")
      << "the tracker does not read it either";
}

TEST(SipMask, LengthsAreThoseOfWhatIsLeft) {
  const std::string start = "MESSAGE sip:b@example.org SIP/2.0\r\nCall-ID: 1\r\n";
  EXPECT_EQ(masked(start + "l: 5\r\n\r\nlunch"), start + "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(masked(start + "\r\nlunch"), start + "Content-Length: 0\r\n\r\n") << "a datagram has none";
  EXPECT_EQ(masked(start + "l: 5\r\nContent-Length: 7\r\n\r\nlunch"), start + "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(masked(start + "l: x\r\n\r\nlunch"), start + "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(masked(start + "l: 0\r\n\r\nlunch"), start + "l: 0\r\n\r\n") << "what follows is no part of it";
  EXPECT_EQ(masked("BYE sip:b SIP/2.0\r\nl: 9\r\nCall-"), "BYE sip:b SIP/2.0\r\nContent-Length: 0\r\n\r\n");
}

TEST(SipMask, WhatIsNoMessageIsNothingUnlessAllIsOrdered) {
  for (const std::string text : {"", "\r\n\r\n", "lunch", "lunch\r\nSubject: x\r\n\r\n"}) {
    EXPECT_EQ(masked(text), "");
    EXPECT_EQ(masked(text, kAll), text);
  }
  EXPECT_EQ(masked("\r\n\r\nBYE sip:b SIP/2.0\r\n\r\n"), "BYE sip:b SIP/2.0\r\n\r\n");
}

}  // namespace
}  // namespace lictor
