// What the parsers and tshark read of SIP and SDP in public captures is the same.

#include <arpa/inet.h>

#include <algorithm>

#include "dataplane/base/call_uri.h"
#include "dataplane/packet/parse_frame.h"
#include "dataplane/session/sip/address_list.h"
#include "dataplane/session/sip/body.h"
#include "dataplane/session/sip/media_endpoints.h"
#include "dataplane/session/sip/message.h"
#include "dataplane/session/sip/sdp.h"
#include "dataplane/session/sip/stream_framer.h"
#include "tests/unit/dataplane/session/captured_frames.h"

namespace lictor::sip {
namespace {

constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;

const std::vector<std::string> kTopics = {"sip-signalling", "sip-rtp", "captured-here", "gtp", "gre-erspan"};
const std::vector<std::string> kHostile = {"malformed", "mixed-real", "dns", "http", "radius"};

bool skips() { return !std::filesystem::is_directory(captures_folder() / kTopics[0]); }

// The payload of the innermost level, of which the transport header is there.
template <typename Read>
void for_payload(Bytes frame, uint8_t protocol, const Read& read) {
  const ParsedFrame parsed = parse_frame(frame, static_cast<uint32_t>(frame.size()), EncapsulationTrust::all());
  if (parsed.result != ParseResult::kIp) return;
  const IpLevel& level = parsed.levels().back();
  if (level.protocol != protocol || level.fragment != FragmentKind::kWhole || level.transport_offset == 0) return;
  const size_t end = size_t{level.offset} + level.bytes;
  if (end > frame.size() || end < level.transport_offset) return;
  read(level, frame.subspan(level.transport_offset, end - level.transport_offset));
}

// tshark takes the parameters of a SIP URI's user for a part of it, and has no field for a tel URI.
std::string uri_words(Bytes value) {
  AddressList list(value);
  Address address;
  CallUri uri;
  if (!list.next(address) || parse_call_uri(address.uri, uri) != UriError::kNone) return "|";
  if (uri.scheme == UriScheme::kTel) return "|";
  const std::string params = uri.user_params.empty() ? "" : ";" + std::string(as_text(uri.user_params));
  return std::string(as_text(uri.user)) + params + "|" + std::string(as_text(uri.host));
}

std::string words_of(const Message& message) {
  const auto field = [&message](Header header) { return std::string(as_text(message.field(header))); };
  std::string words = std::string(as_text(message.method_name)) + "|";
  words += (message.status == 0 ? "" : std::to_string(message.status)) + "|" + field(Header::kCallId) + "|";
  words += field(Header::kCSeq) + "|" + uri_words(message.field(Header::kFrom)) + "|";
  words += uri_words(message.field(Header::kTo)) + "|";
  words += std::string(as_text(tag_of(message.field(Header::kFrom)))) + "|";
  words += std::string(as_text(tag_of(message.field(Header::kTo)))) + "|";
  return words + std::string(as_text(branch_of(message.field(Header::kVia))));
}

constexpr const char* kFields =
    "-e sip.Method -e sip.Status-Code -e sip.Call-ID -e sip.CSeq -e sip.from.user -e sip.from.host -e sip.to.user "
    "-e sip.to.host -e sip.from.tag -e sip.to.tag -e sip.Via.branch";

// Fragments are nobody's here; tshark calls a message malformed whose length is no number, or more than there is.
const std::string kDatagrams =
    "sip && udp && !tcp && !icmp && !_ws.malformed && !_ws.short && !(ip.flags.mf == 1) && !(ip.frag_offset > 0)";

bool reads(Bytes datagram, Message& message) {
  constexpr size_t kUdpHeaderBytes = 8;
  return datagram.size() >= kUdpHeaderBytes &&
         parse_message(datagram.subspan(kUdpHeaderBytes), message) == MessageError::kNone && !message.body_cut &&
         !message.length_contradicts;
}

TEST(SipCaptures, MessagesAreWhatAnotherDissectorReads) {
  if (skips() || !has_tshark()) GTEST_SKIP() << "needs tshark and captures in " << captures_folder();
  const CapturedFrames captured(kTopics, CookedFrames::kAsEthernet);
  std::map<size_t, std::string> ours;
  for (size_t i = 0; i < captured.frames().size(); ++i) {
    for_payload(captured.frames()[i], kUdp, [&](const IpLevel& /*level*/, Bytes datagram) {
      Message message;
      if (reads(datagram, message)) ours[i + 1] = words_of(message);
    });
  }
  expect_same(ours, captured.tshark(kDatagrams, kFields));
}

std::string address_text(const MediaAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(address.ipv6 ? AF_INET6 : AF_INET, address.octets.data(), text.data(), text.size());
  return text.data();
}

TEST(SipCaptures, DescriptionsAreWhatAnotherDissectorReads) {
  if (skips() || !has_tshark()) GTEST_SKIP() << "needs tshark and captures in " << captures_folder();
  const CapturedFrames captured(kTopics, CookedFrames::kAsEthernet);
  std::map<size_t, std::string> ours;
  for (size_t i = 0; i < captured.frames().size(); ++i) {
    for_payload(captured.frames()[i], kUdp, [&](const IpLevel& /*level*/, Bytes datagram) {
      Message message;
      if (!reads(datagram, message)) return;
      BodyDescriptions found;
      find_descriptions(message, found);
      SessionDescription description;
      if (found.sdp.count == 0 || parse_sdp(found.sdp.items[0], description) != SdpError::kNone) return;
      if (description.streams.count == 0) return;
      const MediaStream& stream = description.streams.items[0];
      ours[i + 1] = std::to_string(stream.port) + "|" + std::string(as_text(stream.protocol_text)) + "|" +
                    (stream.address ? address_text(*stream.address) : "");
    });
  }
  // tshark names the session's address first, ours is the stream's: only where they are one are they compared.
  expect_same(ours, captured.tshark("sdp.media.port && " + kDatagrams,
                                    "-e sdp.media.port -e sdp.media.proto -e sdp.connection_info.address"));
}

// Directions of TCP connections, their segments in order and none twice.
std::map<std::string, std::map<uint32_t, std::pair<size_t, Bytes>>> streams_of(const CapturedFrames& captured) {
  std::map<std::string, std::map<uint32_t, std::pair<size_t, Bytes>>> streams;
  for (size_t i = 0; i < captured.frames().size(); ++i) {
    const Bytes frame = captured.frames()[i];
    for_payload(frame, kTcp, [&](const IpLevel& level, Bytes segment) {
      ByteReader in(segment);
      in.take(4);
      const uint32_t sequence = in.u32();
      in.take(4);
      const size_t header_bytes = in.u8() / 16 * size_t{4};
      if (!in.ok() || header_bytes < 20 || segment.size() <= header_bytes) return;
      const size_t addresses = level.offset + (level.ipv6 ? 8 : 12);
      const std::string connection =
          hex(frame.subspan(addresses, level.ipv6 ? 32 : 8)) + hex(segment.first(4)) + std::to_string(level.teid);
      streams[connection].try_emplace(sequence, i + 1, segment.subspan(header_bytes));
    });
  }
  return streams;
}

TEST(SipCaptures, MessagesOfStreamsAreWhatAnotherDissectorReads) {
  if (skips() || !has_tshark()) GTEST_SKIP() << "needs tshark and captures in " << captures_folder();
  const CapturedFrames captured(kTopics, CookedFrames::kAsEthernet);
  std::map<size_t, std::string> ours;
  StreamCounters counters;
  std::vector<uint8_t> room(65536);
  for (const auto& [connection, segments] : streams_of(captured)) {
    StreamFramer framer(room, counters);
    Message message;
    uint32_t expected = segments.begin()->first;
    for (const auto& [sequence, segment] : segments) {
      if (sequence != expected) framer.lose_place();
      expected = sequence + static_cast<uint32_t>(segment.second.size());
      framer.put(segment.second);
      while (framer.next(message)) ours.try_emplace(segment.first, words_of(message));
    }
  }
  const auto theirs = captured.tshark("sip && tcp && !icmp && !_ws.malformed && !_ws.short", kFields);
  // What passes again outside of a tunnel, or in its next part, is a connection of its own here, a repetition there.
  std::erase_if(ours, [&theirs](const auto& one) {
    const auto same = [&one](const auto& other) { return other.second == one.second; };
    return !theirs.contains(one.first) && std::any_of(theirs.begin(), theirs.end(), same);
  });
  expect_same(ours, theirs);
}

TEST(SipCaptures, PayloadsOfOtherProtocolsAndOfAttacksAreReadWithinThemselves) {
  if (skips()) GTEST_SKIP() << "needs captures in " << captures_folder();
  const CapturedFrames captured(kHostile, CookedFrames::kAsEthernet);
  ASSERT_FALSE(captured.frames().empty());
  size_t payloads = 0;
  StreamCounters counters;
  std::vector<uint8_t> room(8192);
  StreamFramer framer(room, counters);
  const auto read = [&](const IpLevel& /*level*/, Bytes payload) {
    const Octets exact(payload.begin(), payload.end());
    Message message;
    for (size_t at : {size_t{0}, std::min<size_t>(8, exact.size()), std::min<size_t>(20, exact.size())}) {
      (void)parse_message(Bytes(exact).subspan(at), message);
      SessionDescription description;
      (void)parse_sdp(Bytes(exact).subspan(at), description);
    }
    framer.put(exact);
    while (framer.next(message)) {
    }
    framer.lose_place();
    ++payloads;
  };
  for (const Octets& frame : captured.frames()) {
    for_payload(frame, kUdp, read);
    for_payload(frame, kTcp, read);
  }
  EXPECT_GT(payloads, 100U);
}

}  // namespace
}  // namespace lictor::sip
