// A file of fixed size, its blocks allocated before it is mapped, so that a store cannot meet a full disk; what can
// happen all the same is guarded (mapped_fault.h). Made and unmade by threads that may wait for the disk.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/base/result.h"
#include "encoders/spool/mapped_fault.h"

namespace lictor {

class MappedFile {
 public:
  // A new file of `bytes`, mode 0600, all zeros, every page there. Unavailable says what the disk refused; nothing is
  // left behind then.
  static Result<std::unique_ptr<MappedFile>> create(const std::string& path, size_t bytes);
  // An existing one as it is. `bytes_min`: a shorter one is refused.
  static Result<std::unique_ptr<MappedFile>> open(const std::string& path, size_t bytes_min);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] uint8_t* memory() const { return memory_; }
  [[nodiscard]] size_t bytes() const { return bytes_; }
  [[nodiscard]] bool is_damaged() const { return guard_.is_damaged(); }
  // Makes every page writable without a fault, as far as the kernel can.
  void touch();
  // Returns when the disk has it. False where it does not take it.
  bool sync();
  void remove();

 private:
  MappedFile(std::string path, int fd, uint8_t* memory, size_t bytes);
  static Result<std::unique_ptr<MappedFile>> map(const std::string& path, int fd, size_t bytes);

  const std::string path_;
  const int fd_;
  uint8_t* const memory_;
  const size_t bytes_;
  MappedGuard guard_;
};

// Of this run of the machine: what was stored before a crash of a process alone is all there.
std::array<uint8_t, 16> boot_id();

}  // namespace lictor
