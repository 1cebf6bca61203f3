// What an encoder lcore needs to spool one task's records towards one destination: its key, ready for use, and the last
// numbers of its series. Made by the control thread, then the encoder lcore's alone.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include "encoders/spool/block_cipher.h"

namespace lictor {

class TaskSeal {
 public:
  static Result<std::unique_ptr<TaskSeal>> make(SharedKey key, const Xid& xid, uint32_t cin) {
    Result<std::unique_ptr<BlockKey>> block_key = BlockKey::make(std::move(key), xid, true);
    if (!block_key.ok()) return block_key.status();
    return std::unique_ptr<TaskSeal>(new TaskSeal(*std::move(block_key), xid, cin));
  }

  [[nodiscard]] const Xid& xid() const { return xid_; }
  [[nodiscard]] uint32_t cin() const { return cin_; }
  BlockKey& key() { return *key_; }

  void set_next(const std::array<uint32_t, kSeriesKinds>& next) { next_ = next; }
  void set_last(uint8_t series, uint32_t number) { next_[series] = number + 1; }
  [[nodiscard]] SeriesEntry entry() const { return {.xid = xid_.octets, .cin = cin_, .next = next_}; }

 private:
  TaskSeal(std::unique_ptr<BlockKey> key, const Xid& xid, uint32_t cin) : key_(std::move(key)), xid_(xid), cin_(cin) {}

  const std::unique_ptr<BlockKey> key_;
  const Xid xid_;
  const uint32_t cin_;
  std::array<uint32_t, kSeriesKinds> next_{};
};

}  // namespace lictor
