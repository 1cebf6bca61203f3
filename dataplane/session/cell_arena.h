// Small pieces of memory of many sizes out of one that was taken at the start: names and addresses of sessions. A piece
// that is freed serves the next of its size; what was cut for one size stays with it. One session lcore; never
// allocates behind make().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "dataplane/base/result.h"

namespace lictor {

// Anonymous memory, touched at once, left out of core dumps. Any thread.
class MappedMemory {
 public:
  // ResourceExhausted where the kernel has not so much.
  static Result<MappedMemory> make(size_t bytes);
  [[nodiscard]] uint8_t* data() const { return memory_.get(); }
  [[nodiscard]] size_t bytes() const { return memory_.get_deleter().bytes; }

 private:
  struct Unmap {
    size_t bytes = 0;
    void operator()(uint8_t* memory) const;
  };
  explicit MappedMemory(uint8_t* memory, size_t bytes) : memory_(memory, Unmap{bytes}) {}
  std::unique_ptr<uint8_t, Unmap> memory_;
};

// Where a piece is, in units of 8 octets; 0 is no piece.
using CellHandle = uint32_t;

class CellArena {
 public:
  static constexpr size_t kUnitBytes = 8;
  static constexpr size_t kCellBytesMax = 320;
  static constexpr uint64_t kBytesMax = uint64_t{32} << 30;

  // InvalidArgument beyond kBytesMax, ResourceExhausted where memory cannot be had.
  static Result<CellArena> make(uint64_t bytes_max);

  // A piece of `bytes`, 1 to kCellBytesMax; 0 where there is none left of its size and nothing to cut one from.
  CellHandle take(size_t bytes) noexcept;
  // `bytes` as it was taken.
  void give_back(CellHandle cell, size_t bytes) noexcept;

  [[nodiscard]] uint8_t* at(CellHandle cell) const noexcept { return memory_.data() + size_t{cell} * kUnitBytes; }
  // Octets of pieces that are out.
  [[nodiscard]] uint64_t bytes_out() const { return bytes_out_; }
  [[nodiscard]] uint64_t bytes_max() const { return memory_.bytes(); }

 private:
  // Cut at once for one size: 25 names of 24 octets. What all sizes together can leave unused is 40 of these.
  static constexpr size_t kSlabBytes = 1024;

  explicit CellArena(MappedMemory memory) : memory_(std::move(memory)) {}
  static size_t size_class(size_t bytes) { return (bytes + kUnitBytes - 1) / kUnitBytes; }
  bool cut(size_t units) noexcept;

  MappedMemory memory_;
  uint64_t fresh_ = kUnitBytes;  // octets from here on were never cut
  uint64_t bytes_out_ = 0;
  std::array<CellHandle, kCellBytesMax / kUnitBytes + 1>
      free_{};  // by size class; each names the next in its first octets
};

}  // namespace lictor
