// Over every SIP message of public captures: what has to go is not there any more, what has to stay is, and what is
// left is a message. The captures are read in place; where they are absent this skips.

#include <random>

#include "dataplane/packet/parse_frame.h"
#include "dataplane/session/sip/message.h"
#include "encoders/mask/sip_mask.h"
#include "tests/unit/dataplane/session/captured_frames.h"

namespace lictor {
namespace {

const std::vector<std::string> kTopics = {"sip-signalling", "sip-rtp"};
const std::string kWord = "wxqzkjy";

// What a UDP datagram or a TCP segment carries, where a SIP message begins with it.
std::vector<std::string> captured_messages() {
  const CapturedFrames captured(kTopics, CookedFrames::kAsEthernet);
  std::vector<std::string> messages;
  for (const Octets& octets : captured.frames()) {
    const Bytes frame = octets;
    const ParsedFrame parsed = parse_frame(frame, static_cast<uint32_t>(frame.size()), EncapsulationTrust::all());
    if (parsed.result != ParseResult::kIp) continue;
    const IpLevel& level = parsed.levels().back();
    const size_t end = std::min<size_t>(size_t{level.offset} + level.bytes, frame.size());
    if (level.transport_offset == 0 || end < size_t{level.transport_offset} + 20) continue;
    const Bytes segment = frame.subspan(level.transport_offset, end - level.transport_offset);
    const size_t header = level.protocol == 17  ? 8
                          : level.protocol == 6 ? segment[12] / 16 * size_t{4}
                                                : segment.size();
    sip::Message message;
    if (header >= segment.size() || sip::parse_message(segment.subspan(header), message) != sip::MessageError::kNone)
      continue;
    messages.emplace_back(as_text(segment.subspan(header)));
  }
  return messages;
}

std::string masked(const std::string& message, const SipMaskPolicy& policy = {}) {
  const std::vector<uint8_t> octets = mask_sip(as_bytes(message), policy);
  return {octets.begin(), octets.end()};
}

size_t occurrences(const std::string& text, const std::string& of) {
  size_t count = 0;
  for (size_t at = text.find(of); at != std::string::npos; at = text.find(of, at + 1)) ++count;
  return count;
}

bool is_talk(const sip::Message& message) {
  const std::optional<sip::CSeq> cseq = sip::read_cseq(message.field(sip::Header::kCSeq));
  const auto is = [&](sip::Method method) { return message.method == method || (cseq && cseq->method == method); };
  return is(sip::Method::kMessage) || is(sip::Method::kInfo);
}

// By the tracker's reader, and by looking for the letters.
std::vector<std::string> what_has_to_go(const sip::Message& message) {
  using enum sip::Header;
  std::vector<std::string> texts;
  for (const sip::Header header : {kSubject, kAccessNetworkInfo, kGeolocation, kCellularNetworkInfo})
    if (!message.field(header).empty()) texts.emplace_back(as_text(message.field(header)));
  const std::string body(as_text(message.body));
  if (is_talk(message) && body.size() > 3) texts.push_back(body);
  for (const std::string start : {"\nk=", "\na=crypto:", "\na=key-mgmt:"})
    for (size_t at = body.find(start); at != std::string::npos; at = body.find(start, at + 1))
      texts.push_back(body.substr(at, body.find_first_of("\r\n", at + 1) - at));
  return texts;
}

TEST(SipMaskCaptures, WhatHasToGoIsGoneAndTheRestIsAMessage) {
  if (!std::filesystem::is_directory(captures_folder() / kTopics[0]))
    GTEST_SKIP() << "no captures in " << captures_folder();
  const std::vector<std::string> messages = captured_messages();
  ASSERT_GT(messages.size(), 100U);
  size_t changed = 0;
  size_t removed = 0;
  for (const std::string& text : messages) {
    sip::Message before;
    sip::Message after;
    ASSERT_EQ(sip::parse_message(as_bytes(text), before), sip::MessageError::kNone);
    const std::string left = masked(text);
    ASSERT_EQ(sip::parse_message(as_bytes(left), after), sip::MessageError::kNone) << text;
    using enum sip::Header;
    for (const sip::Header header : {kCallId, kCSeq, kFrom, kTo, kVia, kContact, kAsserted})
      EXPECT_EQ(as_text(after.field(header)), as_text(before.field(header))) << text;
    EXPECT_EQ(after.octets.size(), left.size());
    EXPECT_FALSE(after.body_cut || after.length_contradicts) << text;
    EXPECT_EQ(masked(left), left);
    for (const std::string& gone : what_has_to_go(before)) {
      EXPECT_LT(occurrences(left, gone), occurrences(text, gone)) << text;
      ++removed;
    }
    changed += left != as_text(before.octets) ? 1 : 0;
    EXPECT_EQ(masked(text, {.content = true, .location = true}), text);
  }
  std::printf("%zu messages, %zu of them changed, %zu texts gone\n", messages.size(), changed, removed);
}

// Puts `line` behind the start line.
std::string with_line(const std::string& text, const std::string& line) {
  const size_t start = text.find_first_not_of("\r\n");
  const size_t at = text.find('\n', start) + 1;
  return text.substr(0, at) + line + text.substr(at);
}

TEST(SipMaskCaptures, AWordPutIntoThemDoesNotComeThrough) {
  if (!std::filesystem::is_directory(captures_folder() / kTopics[0]))
    GTEST_SKIP() << "no captures in " << captures_folder();
  std::mt19937 random(1);
  for (const std::string& text : captured_messages()) {
    for (const std::string& line : {"Subject: " + kWord + "\r\n", "s :\r\n " + kWord + "\r\n",
                                    "P-Access-Network-Info: x;cgi-3gpp=" + kWord + "\r\n"})
      EXPECT_EQ(masked(with_line(text, line)), masked(text)) << text;
    EXPECT_EQ(masked(with_line(text, "Geolocation: " + kWord + "\r\n"), {.content = true}),
              masked(text, {.content = true}));
    // As a body of any type, and in front of the one that is there; cut off anywhere.
    const size_t body = text.find("\r\n\r\n");
    if (body == std::string::npos) continue;
    const std::string head = text.substr(0, body + 4);
    for (const std::string& more : {kWord, "v=0\r\nk=" + kWord + "\r\n" + text.substr(body + 4),
                                    "v=0\r\na=crypto:1 x inline:" + kWord + "\r\n" + text.substr(body + 4)}) {
      const std::string whole = with_line(head, "X: y\r\n") + more;
      for (int i = 0; i < 20; ++i)
        EXPECT_EQ(masked(whole.substr(0, random() % (whole.size() + 1))).find(kWord), std::string::npos) << whole;
      EXPECT_EQ(masked(whole).find(kWord), std::string::npos) << whole;
    }
  }
}

}  // namespace
}  // namespace lictor
