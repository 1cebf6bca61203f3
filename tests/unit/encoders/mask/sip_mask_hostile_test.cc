// A word that stands wherever something has to go, in every form that a phone might read: it never comes through,
// whole or cut off anywhere.

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "encoders/mask/sip_mask.h"

namespace lictor {
namespace {

const std::string kWord = "wxqzkjy";

std::string masked(Bytes message, const SipMaskPolicy& policy) {
  const std::vector<uint8_t> octets = mask_sip(message, policy);
  EXPECT_LE(octets.size(), message.size() + kMaskGrowth);
  return {octets.begin(), octets.end()};
}

// Forms of the word in a head, each with its line end.
std::vector<std::string> lines_of_content() {
  return {"Subject: " + kWord + "\r\n",
          "s:" + kWord + "\n",
          "sUbJeCt\t:\r\n " + kWord + "\r\n",
          "Subject\r\n : " + kWord + "\r\n",
          "Subject: a,\r\n b,\n\t" + kWord + "\r\n",
          "X: a\rSubject: " + kWord + "\r\n",
          "X: a\r\n Subject: " + kWord + "\r\n",
          "X: a\r\r s: " + kWord + "\r\n",
          "Sub ject: " + kWord + "\r\n",
          "Subject " + kWord + "\r\n",
          ": " + kWord + "\r\n",
          "User-to-User: " + kWord + "\r\n",
          "Refer-To: <sip:c@example.org?%62ody=" + kWord + ">\r\n",
          "Refer-To: <sip:c@example.org?from=x&BODY=" + kWord + ">\r\n",
          "Refer-To: <sip:c@example.org?body=a \"" + kWord + "\">\r\n",
          "Refer-To: \"<x <sip:c@example.org?body=" + kWord + ">\r\n",
          "Refer-To: sip:c@example.org?body=" + kWord + "\r\n",
          "Refer-To: <sip:c@example.org?body=a\r\n " + kWord + ">\r\n",
          "Refer-To: <sip:\"c?body=" + kWord + "\"@example.org>\r\n",
          "Contact: <tel:+1;postd=\r\n\t" + kWord + ">\r\n",
          "Contact: <tel:+1;%70ostd=" + kWord + ">\r\n",
          "Contact: <tel:+1; PostD = " + kWord + ">\r\n",
          "Content-Disposition: session;\r\n filename=\"a\\\"" + kWord + "\"\r\n",
          "Content-Disposition: session;filename*1*=" + kWord + "\r\n",
          "c: application/sdp; name=\"" + kWord + "\r\n",
          "Contact: *;description = \"<" + kWord + ">\"\r\n"};
}

std::vector<std::string> lines_of_location() {
  return {"P-Access-Network-Info: 3GPP-E-UTRAN;utran-cell-id-3gpp=" + kWord + "\r\n",
          "p-access-network-info :\r\n\t" + kWord + "\r\n",
          "P-Last-Access-Network-Info: " + kWord + "\r\n",
          "Geolocation: <cid:" + kWord + "@example.org>\r\n",
          "Cellular-Network-Info: " + kWord + "\r\n",
          "P-Visited-Network-ID: " + kWord + "\r\n",
          "x-location-hint: " + kWord + "\r\n",
          "X: a\rGeolocation: " + kWord + "\r\n",
          "Refer-To: <sip:c@example.org?P-Access-Network-Info=" + kWord + ">\r\n",
          "Refer-To: <sip:c@example.org?%47eolocation=" + kWord + ">\r\n"};
}

std::string part(const std::string& type, const std::string& body) {
  return "--b\r\nContent-Type: " + type + "\r\n\r\n" + body + "\r\n";
}

struct Body {
  std::string lines;
  std::string body;
};

std::vector<Body> bodies_of_content() {
  const std::string sdp = "Content-Type: application/sdp\r\n";
  const std::string mixed = "Content-Type: multipart/mixed;boundary=b\r\n";
  const std::string head = "v=0\r\ns=" + kWord + "\r\ni=" + kWord + "\r\n";
  return {{sdp, head + "k=base64:" + kWord + "\r\n"},
          {sdp, "v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + kWord + "\r\n"},
          {sdp, "v=0\ra=x\ra=crypto:" + kWord + "\r"},
          {sdp, "v=0\r\n\t k \t= clear:" + kWord + "\r\n"},
          {sdp, "v=0\r\n" + kWord + "\r\n"},
          {sdp, "v=0\r\nx=" + kWord + "\r\nY = " + kWord + "\r\n"},
          {sdp + "Content-Encoding: gzip\r\n", kWord},
          {sdp + sdp, kWord},
          {"", kWord},
          {"", head},
          {"Content-Type: text/plain\r\n", kWord},
          {"Content-Type: application/kpml-response+xml\r\n", kWord},
          {"Content-Type: message/sipfrag\r\n", "SIP/2.0 200 OK\r\nSubject: " + kWord + "\r\n"},
          {"Content-Type: message/sipfrag\r\n", "SIP/2.0 200 OK\r" + kWord + "\r\n " + kWord},
          {"Content-Type: message/sip\r\n", "MESSAGE sip:b SIP/2.0\r\n\r\n" + kWord},
          {mixed, kWord + "\r\n" + part("text/plain", kWord) + part("application/sdp", head) + "--b--" + kWord +
                      "\r\n" + kWord},
          {mixed, part("multipart/mixed;boundary=c", "--c\r\n\r\n" + kWord + "\r\n--c--")},
          {mixed, part("application/sdp\r\nContent-Transfer-Encoding: base64", kWord)},
          {mixed, part("application/sdp\r\nContent-Type: text/plain", "v=0\r\na=" + kWord)},
          {mixed, part("application/sdp\r\nSubject: " + kWord, "v=0\r\n")},
          {mixed, "--b\r\n" + kWord},
          {"Content-Type: multipart/mixed;boundary=b;boundary=c\r\n",
           "--b\r\nContent-Type: application/sdp\r\n\r\na=" + kWord},
          {"Content-Type: multipart/mixed\r\n", "--b\r\n" + kWord}};
}

std::vector<Body> bodies_of_location() {
  const std::string mixed = "Content-Type: multipart/mixed;boundary=b\r\n";
  return {{"Content-Type: application/pidf+xml\r\n", kWord},
          {"Content-Type: APPLICATION/PIDF-DIFF+XML;x=y\r\n", kWord},
          {"Content-Type: application/vnd.3gpp.mcptt-location-info+xml\r\n", kWord},
          {"Content-Type: application/EmergencyCallData.eCall.MSD\r\n", kWord},
          {"Content-Type: text/plain\r\n", "urn:ietf:params:xml:ns:pidf:geopriv10 " + kWord},
          {mixed, part("application/sdp", "v=0\r\n") + part("application/pidf+xml", kWord) + "--b--\r\n"},
          {mixed + "Content-Encoding: gzip\r\n", part("application/sdp", kWord)},
          {"Content-Type: message/sipfrag\r\n", "SIP/2.0 200 OK\r\nGeolocation: " + kWord + "\r\n"}};
}

// With lengths as they are, none, wrong ones and several.
std::vector<std::string> lengths_of(size_t octets) {
  const std::string right = "Content-Length: " + std::to_string(octets) + "\r\n";
  return {right, "", "l: " + std::to_string(octets / 2) + "\r\n", "l: 99999\r\n", right + "l: 3\r\n", "l: -1\r\n"};
}

void expect_silent(const std::string& message, const SipMaskPolicy& policy) {
  for (size_t octets = 0; octets <= message.size(); ++octets)
    ASSERT_EQ(masked(as_bytes(message).first(octets), policy).find(kWord), std::string::npos)
        << octets << " octets of\n"
        << message;
}

void expect_masked(const std::vector<std::string>& lines, const std::vector<Body>& bodies,
                   const SipMaskPolicy& policy) {
  for (const std::string start :
       {"INVITE sip:b@example.org SIP/2.0\r\n", "SIP/2.0 200 OK\n", "\r\n\r\nNOTIFY  sip:b  sip/2.0\r\n"}) {
    for (const std::string& line : lines) {
      expect_silent(start + line + "Call-ID: 1\r\n\r\n", policy);
      expect_silent(start + "Call-ID: 1\r\n" + line + line + "\r\n", policy);
    }
    for (const Body& body : bodies)
      for (const std::string& length : lengths_of(body.body.size()))
        expect_silent(start + "CSeq: 1 INVITE\r\n" + body.lines + length + "\r\n" + body.body, policy);
  }
}

// Keys and passwords, whatever is ordered.
TEST(SipMaskHostile, NoKeyComesThrough) {
  const std::vector<std::string> lines = {"WWW-Authenticate: Digest ik=\"" + kWord + "\"\r\n",
                                          "WWW-Authenticate: Digest a=b,\r\n Ck\t=\r\n " + kWord + "\r\n",
                                          "www-authenticate:ik=" + kWord + "\n",
                                          "Proxy-Authenticate: Digest ik=\"\\\"" + kWord + "\r\n",
                                          "Authorization: BASIC " + kWord + "\r\n",
                                          "Authorization:\r\n bearer\r\n " + kWord + "\r\n",
                                          "Proxy-Authorization: Digest a=b, Basic " + kWord + "\r\n",
                                          "X: a\r\n Authorization: Basic " + kWord + "\r\n",
                                          "X: a\rAuthorization: Basic " + kWord + "\r\n"};
  for (const bool content : {false, true})
    for (const bool location : {false, true}) expect_masked(lines, {}, {.content = content, .location = location});
}

TEST(SipMaskHostile, NothingComesThroughInAFirstLine) {
  for (const std::string& start :
       {"INVITE sip:b\rSubject: " + kWord + " SIP/2.0\r\n", "INVITE\r" + kWord + " sip:b SIP/2.0\r\n",
        "INVITE sip:b\r" + kWord + "SIP/2.0\r\n", "SIP/2.0 200 OK\rSubject: " + kWord + "\r\n",
        "SIP/2.0\r" + kWord + ": 200 OK\r\n", "SIP/2.0" + kWord + "\r200\r\n"})
    expect_silent(start + "Call-ID: 1\r\n\r\n", {.location = true});
}

TEST(SipMaskHostile, NoContentComesThrough) {
  expect_masked(lines_of_content(), bodies_of_content(), {.location = true});
  expect_masked(lines_of_content(), bodies_of_content(), {});
  for (const std::string start :
       {"MESSAGE sip:b SIP/2.0\r\n", "message sip:b SIP/2.0\r\n", "INVITE sip:b SIP/2.0\r\nCSeq: 1 INFO\r\n",
        "SIP/2.0 200 OK\r\nCSeq: 1\r\n MESSAGE\r\n", "INFO\tsip:b\tSIP/2.0\r\n"})
    for (const std::string type : {"application/sdp", "application/reginfo+xml", "multipart/mixed;boundary=b"})
      expect_silent(start + "Content-Type: " + type + "\r\n\r\n" + part("application/sdp", "v=0\r\na=" + kWord), {});
}

TEST(SipMaskHostile, NoLocationComesThrough) {
  expect_masked(lines_of_location(), bodies_of_location(), {.content = true});
  expect_masked(lines_of_location(), bodies_of_location(), {});
}

// Bodies within bodies, parts by the hundred, a head of blanks: it ends, and soon.
TEST(SipMaskHostile, CostsItsOctets) {
  std::string deep;
  for (int i = 0; i < 2000; ++i) deep += part("multipart/mixed;boundary=b", "");
  std::string heads = "INVITE sip:b SIP/2.0\r\nX: ";
  for (int i = 0; i < 30'000; ++i) heads += "\"?";
  for (const std::string& message :
       {"INVITE sip:b SIP/2.0\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n" + deep, heads + "\r\n\r\n",
        "INVITE sip:b SIP/2.0\r\nX: " + std::string(60'000, '?') + "\r\n\r\n",
        "INVITE sip:b SIP/2.0\r\nX: " + std::string(60'000, ';') + "\r\n\r\n",
        "INVITE sip:b SIP/2.0\r\nX:" + std::string(30'000, '\r') + "\n\r\n" + std::string(30'000, 'g')})
    for (const SipMaskPolicy& policy :
         {SipMaskPolicy{}, SipMaskPolicy{.content = true}, SipMaskPolicy{.location = true}})
      masked(as_bytes(message), policy);
}

TEST(SipMaskHostile, AnyOctetsAreReadWithinThemselves) {
  std::mt19937 random(1);
  constexpr std::string_view kOctets = "\r\n :;<>?&=\"%-bskav0Subject";
  for (int i = 0; i < 20'000; ++i) {
    std::string text = "INVITE sip:b SIP/2.0\r\nContent-Type: multipart/x;boundary=b\r\n";
    for (size_t rest = random() % 200; rest > 0; --rest) text += kOctets[random() % kOctets.size()];
    const std::vector<uint8_t> exact(text.begin(), text.end());
    for (const SipMaskPolicy& policy : {SipMaskPolicy{}, SipMaskPolicy{.content = true}}) masked(exact, policy);
  }
}

}  // namespace
}  // namespace lictor
