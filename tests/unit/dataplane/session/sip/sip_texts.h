// Messages for the tests of SIP, and their octets in memory of exactly their length, so that a read behind them is
// seen. Any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "dataplane/base/bytes.h"
#include "dataplane/session/sip/message.h"

namespace lictor::sip {

inline constexpr std::string_view kOffer =
    "v=0\r\n"
    "o=alice 2890844526 2890844526 IN IP4 192.0.2.10\r\n"
    "s=-\r\n"
    "c=IN IP4 192.0.2.10\r\n"
    "t=0 0\r\n"
    "m=audio 49170 RTP/AVP 0 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\n"
    "a=sendrecv\r\n";

inline std::string with_body(std::string_view head, std::string_view body) {
  return std::string(head) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

inline std::string invite(std::string_view body = kOffer) {
  return with_body(
      "INVITE sip:bob@example.org SIP/2.0\r\n"
      "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds;rport, SIP/2.0/TCP 192.0.2.11\r\n"
      "Max-Forwards: 70\r\n"
      "From: \"Alice, of \\\"Here\\\"\" <sip:alice@example.org>;tag=1928301774\r\n"
      "To: Bob <sip:bob@example.org>\r\n"
      "Call-ID: a84b4c76e66710@192.0.2.10\r\n"
      "CSeq: 314159 INVITE\r\n"
      "Contact: <sip:alice@192.0.2.10:5062;transport=udp>\r\n"
      "Content-Type: application/sdp\r\n",
      body);
}

// A copy on the heap, without an octet behind it.
class Exactly {
 public:
  explicit Exactly(std::string_view text) : octets_(new uint8_t[text.size()]), bytes_(text.size()) {
    text.copy(reinterpret_cast<char*>(octets_.get()), text.size());
  }
  [[nodiscard]] Bytes bytes() const { return {octets_.get(), bytes_}; }

 private:
  std::unique_ptr<uint8_t[]> octets_;
  size_t bytes_;
};

inline std::string text_of(Bytes bytes) { return std::string(as_text(bytes)); }

// The message of a text that must stay as long as it is used.
inline Message message_of(std::string_view text) {
  Message message;
  (void)parse_message(as_bytes(text), message);
  return message;
}

template <typename Text>
requires std::is_same_v<Text, std::string> Message message_of(Text&& text)
= delete;

}  // namespace lictor::sip
