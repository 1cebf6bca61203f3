// Takes records out of their encryption containers with the key that operator and agency share. One owner, one thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"
#include "encoders/der/record_view.h"

namespace lictor::lemf {

// A record that was opened.
struct OpenedRecord {
  std::vector<uint8_t> plain;        // the PS-PDU without its container
  std::vector<uint8_t> unencrypted;  // the PS-PDU with its container, as it was before it was encrypted
};

class PayloadDecryption {
 public:
  // 48 or 64 hexadecimal digits, "0x" before them or not; nothing where they are none. Without a key what is not
  // encrypted is opened.
  static std::optional<PayloadDecryption> from_digits(std::string_view digits);
  PayloadDecryption() = default;
  ~PayloadDecryption();
  PayloadDecryption(PayloadDecryption&& other) noexcept : key_(std::move(other.key_)) {}
  PayloadDecryption& operator=(PayloadDecryption&&) = delete;

  // FailedPrecondition where this is not the key, or another method. The record is one with a container.
  [[nodiscard]] Result<OpenedRecord> open(Bytes record, uint32_t number) const;

 private:
  Status decrypt(uint32_t type, uint32_t number, Bytes octets, uint8_t* plain) const;

  std::vector<uint8_t> key_;
};

}  // namespace lictor::lemf
