// Any bytes as a capture file for adapt_capture: whatever it accepts has to come out as a pcap file that agrees with
// the summary, frame by frame.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "dataplane/base/check.h"
#include "encoders/pcap/capture_adapt.h"

namespace {

uint32_t little(lictor::ByteReader& in) { return __builtin_bswap32(in.u32()); }

void check_output(lictor::Bytes octets, const lictor::CaptureSummary& summary) {
  lictor::ByteReader in(octets);
  LICTOR_CHECK(little(in) == 0xa1b2c3d4);
  in.take(20);
  uint64_t packets = 0;
  uint64_t bytes = 0;
  uint32_t longest = 0;
  while (in.ok() && in.remaining() > 0) {
    in.take(8);
    const uint32_t captured = little(in);
    const uint32_t original = little(in);
    LICTOR_CHECK(captured <= lictor::kCapturedBytesMax && captured <= original);
    in.take(captured);
    ++packets;
    bytes += captured;
    longest = captured > longest ? captured : longest;
  }
  LICTOR_CHECK(in.ok());
  LICTOR_CHECK(packets == summary.packets && bytes == summary.bytes && longest == summary.longest);
  LICTOR_CHECK(summary.first_unix_ns <= summary.last_unix_ns);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;  // fmemopen takes none
  std::vector<uint8_t> input(data, data + size);
  char* output = nullptr;
  size_t output_bytes = 0;
  const auto summary =
      lictor::adapt_capture(lictor::FileHandle(fmemopen(input.data(), input.size(), "rb")), [&output, &output_bytes] {
        lictor::FileHandle stream(open_memstream(&output, &output_bytes));
        return lictor::Result<std::unique_ptr<lictor::CaptureWriter>>(
            std::make_unique<lictor::CaptureWriter>(std::move(stream)));
      });
  if (summary.ok()) {
    check_output({reinterpret_cast<const uint8_t*>(output), output_bytes}, *summary);
    static_cast<void>(lictor::to_json(*summary));
  }
  std::free(output);
  return 0;
}
