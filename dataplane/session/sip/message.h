// One SIP message as a plain view (RFC 3261 section 7): its start line, the header fields that are read here, its body.
// Spans lie in the octets that were read and end with them. Values are as they stand, folds included, which the readers
// of values take for blanks. Pure functions, any thread, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/base/bytes.h"
#include "dataplane/session/sip/header_name.h"
#include "dataplane/session/up_to.h"

namespace lictor::sip {

enum class Method : uint8_t {
  kInvite,
  kAck,
  kBye,
  kCancel,
  kRegister,
  kOptions,
  kPrack,
  kUpdate,
  kRefer,
  kMessage,
  kSubscribe,
  kNotify,
  kInfo,
  kPublish,
  kOther,
};

// Why octets are no message.
enum class MessageError : uint8_t {
  kNone,
  kEmpty,       // line ends and zero octets alone: what keeps a way through a NAT open (RFC 5626 section 4.4)
  kNotSip,      // the first line is neither a request's nor a response's, or is longer than kLineBytesMax
  kHeadersCut,  // the octets end before the empty line; the header lines that are whole may be used
  kCount,
};

// A line of a header with its folds that is longer is passed over, and counted.
constexpr size_t kLineBytesMax = 16 << 10;
// Lines of headers that are read; what is behind is passed over, and counted. More than a datagram has: proxies write
// what they assert behind all that a phone wrote.
constexpr uint32_t kHeaderLinesMax = 1 << 15;
// Further lines of each header field that may repeat, so that those of one take no room of another.
constexpr uint8_t kFieldLinesMax = 8;
constexpr size_t kRepeatedLinesMax = kRepeatableHeaders * kFieldLinesMax;

struct HeaderLine {
  Header header = Header::kOther;
  Bytes value;
};

struct Message {
  bool is_request = false;
  Method method = Method::kOther;  // of a request
  uint16_t status = 0;             // of a response, 100 to 699
  Bytes method_name;               // of a request
  Bytes request_uri;               // of a request
  Bytes octets;                    // from the start line to the end of the body
  Bytes body;

  // What its header says of the body: nullopt where it is absent, or says no number.
  std::optional<uint32_t> content_length;
  bool length_contradicts = false;  // no number, or two that differ
  uint32_t least_length = 0;        // of what contradicts itself: as long it is at least, whichever somebody believes
  bool body_cut = false;            // there is less of it than its header says

  // What is odd in it, for counters.
  uint32_t header_lines = 0;
  uint16_t odd_lines = 0;       // without a name or a colon, or too long
  uint16_t lines_beyond = 0;    // behind kHeaderLinesMax
  uint16_t repeated_lines = 0;  // of a field that comes once only; the first counts

  std::array<Bytes, kHeaders> first;
  uint64_t present = 0;                          // a bit for each Header
  UpTo<HeaderLine, kRepeatedLinesMax> repeated;  // in their order; `beyond` counts what had no room
  std::array<uint8_t, kHeaders> further;         // how many of each are in it

  [[nodiscard]] bool has(Header header) const { return (present >> static_cast<size_t>(header) & 1) != 0; }
  // Of its first line, without blanks at its ends; empty where it is not there.
  [[nodiscard]] Bytes field(Header header) const { return first[static_cast<size_t>(header)]; }
  // Calls `each` with the value of every line of that name that is kept.
  template <typename Each>
  void for_each(Header header, const Each& each) const {
    if (!has(header)) return;
    each(field(header));
    for (const HeaderLine& line : repeated.all())
      if (line.header == header) each(line.value);
  }
};
static_assert(kHeaders <= 64);

// Reads a UDP payload into `message`, which is overwritten. Empty lines before it are passed over (RFC 3261 section
// 7.5). The body is what the length says, or what there is where that is less (`body_cut`), where it is absent, or
// where it contradicts itself. Lines may end without their CR.
[[nodiscard]] MessageError parse_message(Bytes datagram, Message& message) noexcept;

// The same of what stands at the beginning of a stream: the body is left to who knows how much there is. Answers in
// `head_bytes` how many octets stand before the body, the empty lines before the message included.
[[nodiscard]] MessageError parse_head(Bytes octets, Message& message, size_t& head_bytes) noexcept;

// Whether a line, without its end, begins a message.
[[nodiscard]] bool is_start_line(Bytes line) noexcept;

// In its case, as methods are (RFC 3261 section 7.1); kOther for any that is not above.
[[nodiscard]] Method method_named(Bytes name) noexcept;

// RFC 3261 section 20.16.
struct CSeq {
  uint32_t number = 0;
  Method method = Method::kOther;
  Bytes method_name;
};
// nullopt where `value` does not begin with a number of 32 bits and a word.
[[nodiscard]] std::optional<CSeq> read_cseq(Bytes value) noexcept;

}  // namespace lictor::sip
