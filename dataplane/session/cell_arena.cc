#include "dataplane/session/cell_arena.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"
#include "dataplane/base/check.h"

namespace lictor {

Result<MappedMemory> MappedMemory::make(size_t bytes) {
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return absl::ResourceExhaustedError(fmt::format("{} octets of memory cannot be had", bytes));
  madvise(memory, bytes, MADV_DONTDUMP);
  // Sessions are asked for at random: with small pages each costs a walk of the page tables too. Touched behind that,
  // so that the pages are large where the kernel has such.
  madvise(memory, bytes, MADV_HUGEPAGE);
  if (madvise(memory, bytes, MADV_POPULATE_WRITE) != 0) {
    munmap(memory, bytes);
    return absl::ResourceExhaustedError(fmt::format("{} octets of memory cannot be had", bytes));
  }
  return MappedMemory(static_cast<uint8_t*>(memory), bytes);
}

void MappedMemory::Unmap::operator()(uint8_t* memory) const { munmap(memory, bytes); }

Result<CellArena> CellArena::make(uint64_t bytes_max) {
  if (bytes_max < kSlabBytes || bytes_max > kBytesMax) {
    return absl::InvalidArgumentError(fmt::format("cells take {} to {} octets", kSlabBytes, kBytesMax));
  }
  Result<MappedMemory> memory = MappedMemory::make(bytes_max);
  if (!memory.ok()) return memory.status();
  return CellArena(*std::move(memory));
}

CellHandle CellArena::take(size_t bytes) noexcept {
  LICTOR_CHECK(bytes >= 1 && bytes <= kCellBytesMax);
  const size_t units = size_class(bytes);
  if (free_[units] == 0 && !cut(units)) return 0;
  const CellHandle cell = free_[units];
  std::memcpy(&free_[units], at(cell), sizeof(CellHandle));
  bytes_out_ += units * kUnitBytes;
  return cell;
}

void CellArena::give_back(CellHandle cell, size_t bytes) noexcept {
  const size_t units = size_class(bytes);
  std::memset(at(cell), 0, units * kUnitBytes);  // names do not stay behind
  std::memcpy(at(cell), &free_[units], sizeof(CellHandle));
  free_[units] = cell;
  bytes_out_ -= units * kUnitBytes;
}

// The lowest first, so that neighbours in time are neighbours in memory.
bool CellArena::cut(size_t units) noexcept {
  const size_t bytes = units * kUnitBytes;
  const uint64_t end = std::min<uint64_t>(fresh_ + kSlabBytes, memory_.bytes());
  const size_t cells = (end - fresh_) / bytes;
  for (size_t i = cells; i-- > 0;) {
    const auto cell = static_cast<CellHandle>((fresh_ + i * bytes) / kUnitBytes);
    std::memcpy(at(cell), &free_[units], sizeof(CellHandle));
    free_[units] = cell;
  }
  fresh_ += cells * bytes;
  return cells > 0;
}

}  // namespace lictor
