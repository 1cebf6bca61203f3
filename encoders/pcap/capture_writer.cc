#include "encoders/pcap/capture_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 20;  // few, large writes: generated captures have gigabytes
constexpr uint32_t kMagicMicroseconds = 0xa1b2c3d4;
constexpr uint32_t kLinkTypeEthernet = 1;

// pcap files are in the byte order of their writer; this one writes little-endian everywhere, so that the same seed
// gives the same octets on every machine.
template <size_t kWords>
std::array<uint8_t, kWords * 4> little_endian(const std::array<uint32_t, kWords>& words) {
  std::array<uint8_t, kWords * 4> octets;
  for (size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<uint8_t>(words[i / 4] >> 8 * (i % 4));
  return octets;
}

}  // namespace

Result<std::unique_ptr<CaptureWriter>> CaptureWriter::open(const std::string& path) {
  FileHandle file(std::fopen(path.c_str(), "wbe"));
  if (file == nullptr) return absl::UnavailableError(fmt::format("{}: {}", path, std::strerror(errno)));
  auto buffer = std::make_unique_for_overwrite<char[]>(kBufferBytes);
  std::setvbuf(file.get(), buffer.get(), _IOFBF, kBufferBytes);
  auto writer = std::make_unique<CaptureWriter>(std::move(file));
  writer->buffer_ = std::move(buffer);
  return writer;
}

CaptureWriter::CaptureWriter(FileHandle file) : file_(std::move(file)) {
  // Version 2.4 (major in the lower half), no time zone, no accuracy, snap length, link type.
  put(little_endian<6>({kMagicMicroseconds, 4U << 16 | 2U, 0, 0, kCapturedBytesMax, kLinkTypeEthernet}));
}

void CaptureWriter::write(CaptureStamp stamp, Bytes head, Bytes tail, uint64_t original_bytes) {
  const size_t captured = head.size() + tail.size();
  LICTOR_CHECK(captured <= kCapturedBytesMax);
  const auto captured_bytes = static_cast<uint32_t>(captured);
  const auto whole = static_cast<uint32_t>(std::clamp<uint64_t>(original_bytes, captured, UINT32_MAX));
  put(little_endian<4>({stamp.seconds, stamp.microseconds, captured_bytes, whole}));
  put(head);
  put(tail);
}

Status CaptureWriter::finish() {
  failed_ |= std::fclose(file_.release()) != 0;
  if (failed_) return absl::UnavailableError(fmt::format("writing the capture: {}", std::strerror(errno)));
  return absl::OkStatus();
}

void CaptureWriter::put(Bytes octets) {
  if (octets.empty() || failed_) return;
  failed_ = std::fwrite(octets.data(), 1, octets.size(), file_.get()) != octets.size();
}

}  // namespace lictor
