// Any octets as one direction of a TCP connection: in pieces of any size it gives the messages that it gives as a
// whole, no octet is in two of them, and every octet has a fate.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/session/sip/stream_framer.h"

namespace {

using namespace lictor;
using namespace lictor::sip;

struct Heard {
  std::vector<std::string> messages;
  StreamCounters counters;
  bool lost_place = false;
  bool guesses = false;  // where a body ends
};

// `sizes` says how long the pieces are, again and again.
Heard hear(Bytes stream, Bytes sizes) {
  std::vector<uint8_t> room(4096);
  Heard heard;
  StreamFramer framer(room, heard.counters);
  Message message;
  uint64_t given = 0;
  const size_t stream_bytes = stream.size();
  for (size_t piece = 0; !stream.empty(); ++piece) {
    const size_t bytes = sizes.empty() ? stream.size() : size_t{sizes[piece % sizes.size()]} + 1;
    framer.put(stream.first(std::min(bytes, stream.size())));
    stream = stream.subspan(std::min(bytes, stream.size()));
    while (framer.next(message)) {
      heard.messages.emplace_back(as_text(message.octets));
      given += message.octets.size();
      heard.guesses = heard.guesses || message.length_contradicts;
      LICTOR_CHECK(message.octets.size() <= room.size());
    }
  }
  heard.lost_place = heard.counters.searches > 0;
  framer.lose_place();
  const StreamCounters& sums = heard.counters;
  LICTOR_CHECK(given + sums.bytes_between + sums.bytes_skipped + sums.bytes_passed_over == stream_bytes);
  LICTOR_CHECK(heard.counters.messages == heard.messages.size());
  LICTOR_CHECK(heard.counters.found_again + heard.counters.given_up <= heard.counters.searches);
  return heard;
}

}  // namespace

// How many sizes of pieces there are, they, and the stream.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader in({data, size});
  const Bytes sizes = in.take(std::min<size_t>(in.u8() % 16, in.remaining()));
  const Bytes stream = in.rest();
  const Heard whole = hear(stream, {});
  const Heard pieces = hear(stream, sizes);
  // Where a search begins, and what it finds, depends on the pieces: a head that is too long ends where the room does.
  if (whole.lost_place || pieces.lost_place || whole.guesses || pieces.guesses) return 0;
  LICTOR_CHECK(whole.messages == pieces.messages);
  return 0;
}
