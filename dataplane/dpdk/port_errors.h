// What a card says of frames that it received damaged: drivers spell their extended statistics as they like, so names
// are sorted into the three things that an operator can act upon. Looked up once, read by the control thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace lictor {

enum class FrameError : uint8_t {
  kChecksum,  // FCS, alignment, symbols: a bad cable, transceiver or tap
  kTooShort,  // runts and fragments of frames
  kTooLong,   // longer than the device takes
  kCount,
};
constexpr size_t kFrameErrors = static_cast<size_t>(FrameError::kCount);

// Totals since the port was started, by FrameError.
using FrameErrorCounts = std::array<uint64_t, kFrameErrors>;

// Which of them an extended statistic counts; nothing for all others. Statistics of a queue are none: their sum is the
// port's.
std::optional<FrameError> frame_error_of(std::string_view statistic);

class PortErrors {
 public:
  // Of the started port `id`.
  explicit PortErrors(uint16_t id);
  [[nodiscard]] FrameErrorCounts read() const;

 private:
  const uint16_t id_;
  std::vector<uint64_t> statistics_;  // DPDK's numbers of them
  std::vector<FrameError> errors_;    // what each counts
};

}  // namespace lictor
