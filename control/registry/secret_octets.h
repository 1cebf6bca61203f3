// The octets of a key in ordinary memory: wiped when they go, so that none stays behind in what is given away again.
// Any thread, one owner.
#pragma once

#include <string>
#include <utility>

#include "dataplane/base/result.h"

namespace lictor::control {

// Octets of a key, wiped when they go. Only moved.
class SecretOctets {
 public:
  explicit SecretOctets(std::string octets) : octets_(std::move(octets)) {}
  SecretOctets(SecretOctets&& other) noexcept : octets_(std::move(other.octets_)) { wipe(other.octets_); }
  SecretOctets& operator=(SecretOctets&&) = delete;
  ~SecretOctets() { wipe(octets_); }

  [[nodiscard]] const std::string& text() const { return octets_; }
  std::string& text() { return octets_; }

  // What was there is overwritten, and then nothing.
  static void wipe(std::string& octets);
  // So many random octets.
  static Result<SecretOctets> random(size_t bytes);

 private:
  std::string octets_;
};

}  // namespace lictor::control
