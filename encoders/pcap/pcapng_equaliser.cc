#include "encoders/pcap/pcapng_equaliser.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "dataplane/base/bytes.h"

namespace lictor {
namespace {

constexpr uint32_t kSectionHeader = 0x0a0d0d0a;  // the same in both byte orders
constexpr uint32_t kInterface = 1;
constexpr uint32_t kSimplePacket = 3;
constexpr uint32_t kByteOrder = 0x1a2b3c4d;
constexpr size_t kBlockHeadBytes = 8;       // type, total length
constexpr size_t kSectionHeadBytes = 12;    // and the byte-order magic
constexpr size_t kInterfaceHeadBytes = 16;  // and link type, reserved, snapshot length
constexpr size_t kSnapLengthAt = 12;
constexpr size_t kSimplePacketHeadBytes = 12;  // and the frame's original length
constexpr size_t kOriginalLengthAt = 8;
constexpr size_t kTotalLengthAgain = 4;  // at the end of every block

// The file, and how far into which block it was read.
class Equaliser {
 public:
  explicit Equaliser(FileHandle in) : in_(std::move(in)) {}

  // At most `size` octets; 0 at the end.
  size_t read(char* out, size_t size) {
    if (head_at_ == head_bytes_ && body_bytes_ == 0 && !verbatim_) start_block();
    if (head_at_ < head_bytes_) return take_head(out, size);
    const size_t wanted = verbatim_ ? size : static_cast<size_t>(std::min<uint64_t>(size, body_bytes_));
    const size_t got = std::fread(out, 1, wanted, in_.get());
    if (!verbatim_) body_bytes_ -= got;
    if (got < wanted) verbatim_ = true;  // the end
    return got;
  }

 private:
  size_t take_head(char* out, size_t size) {
    const size_t taken = std::min(size, head_bytes_ - head_at_);
    std::memcpy(out, head_.data() + head_at_, taken);
    head_at_ += taken;
    return taken;
  }

  // Whether `head_` holds `bytes` octets of the block now.
  bool grow_head(size_t bytes) {
    head_bytes_ += std::fread(head_.data() + head_bytes_, 1, bytes - head_bytes_, in_.get());
    return head_bytes_ == bytes;
  }

  // The integer at `at`, in the section's byte order.
  [[nodiscard]] uint32_t word(size_t at) const {
    const uint32_t value = ByteReader(Bytes(head_).subspan(at)).u32();
    return big_endian_ ? value : __builtin_bswap32(value);
  }

  void set_word(size_t at, uint32_t value) {
    for (size_t i = 0; i < 4; ++i) head_[big_endian_ ? at + 3 - i : at + i] = static_cast<uint8_t>(value >> (8 * i));
  }

  // Reads a block's head and changes it where it is an interface's.
  void start_block() {
    head_at_ = 0;
    head_bytes_ = 0;
    verbatim_ = true;  // until the head turns out to be one
    if (!grow_head(kBlockHeadBytes)) return;
    size_t head_bytes = kBlockHeadBytes;
    if (word(0) == kSectionHeader) {
      head_bytes = kSectionHeadBytes;
      if (!grow_head(head_bytes)) return;
      big_endian_ = ByteReader(Bytes(head_).subspan(kBlockHeadBytes)).u32() == kByteOrder;
      in_section_ = word(kBlockHeadBytes) == kByteOrder;
      snap_bytes_.reset();
    } else if (in_section_ && word(0) == kInterface) {
      head_bytes = kInterfaceHeadBytes;
      if (!grow_head(head_bytes)) return;
      if (!snap_bytes_) snap_bytes_ = word(kSnapLengthAt);
      set_word(kSnapLengthAt, kCapturedBytesMax);
    } else if (in_section_ && word(0) == kSimplePacket) {
      head_bytes = kSimplePacketHeadBytes;
      if (!grow_head(head_bytes)) return;
      // Such a block does not say how much of the frame it holds: the first interface's snapshot length does. 0: no
      // bound.
      if (snap_bytes_.value_or(0) != 0) set_word(kOriginalLengthAt, std::min(word(kOriginalLengthAt), *snap_bytes_));
    }
    const uint32_t total_bytes = word(4);
    if (!in_section_ || total_bytes < head_bytes + kTotalLengthAgain) return;
    body_bytes_ = total_bytes - head_bytes;
    verbatim_ = false;
  }

  FileHandle in_;
  std::array<uint8_t, kInterfaceHeadBytes> head_{};
  size_t head_bytes_ = 0;
  size_t head_at_ = 0;                  // octets of it that were given out
  uint64_t body_bytes_ = 0;             // of the block, that follow
  std::optional<uint32_t> snap_bytes_;  // of the section's first interface
  bool big_endian_ = false;
  bool in_section_ = false;
  bool verbatim_ = false;  // what follows passes as it is
};

ssize_t read_cookie(void* cookie, char* out, size_t size) {
  return static_cast<ssize_t>(static_cast<Equaliser*>(cookie)->read(out, size));
}

int close_cookie(void* cookie) {
  delete static_cast<Equaliser*>(cookie);
  return 0;
}

}  // namespace

FileHandle with_one_snap_length(FileHandle in) {
  auto equaliser = std::make_unique<Equaliser>(std::move(in));
  FileHandle stream(fopencookie(equaliser.get(), "rb",
                                {.read = read_cookie, .write = nullptr, .seek = nullptr, .close = close_cookie}));
  if (stream != nullptr) static_cast<void>(equaliser.release());  // close_cookie deletes it
  return stream;
}

}  // namespace lictor
