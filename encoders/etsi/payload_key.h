// The key that an operator and an agency share for encrypted payloads (TS 102 232-1): 24 or 32 octets in OpenSSL's
// secure heap, erased when their last owner lets go. The agency's is read from a file of hexadecimal digits that others
// cannot read; a warrant's own comes with its mediation. Made by the control thread; never changes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"

namespace lictor {

class PayloadKey {
 public:
  static constexpr size_t kAes192Bytes = 24;
  static constexpr size_t kAes256Bytes = 32;

  // InvalidArgument where `octets` are not as many as a key has; ResourceExhausted where no locked memory is left.
  static Result<std::shared_ptr<const PayloadKey>> make(Bytes octets);
  // 48 or 64 hexadecimal digits, "0x" before them and white space around them or not. InvalidArgument says nothing of
  // what was there instead.
  static Result<std::shared_ptr<const PayloadKey>> parse(std::string_view text);
  // FailedPrecondition says what is wrong with the file.
  static Result<std::shared_ptr<const PayloadKey>> load(const std::string& path);
  ~PayloadKey();
  PayloadKey(const PayloadKey&) = delete;
  PayloadKey& operator=(const PayloadKey&) = delete;

  [[nodiscard]] Bytes octets() const { return {memory_, bytes_}; }

 private:
  PayloadKey(uint8_t* memory, size_t bytes) : memory_(memory), bytes_(bytes) {}

  uint8_t* const memory_;
  const size_t bytes_;
};

using SharedPayloadKey = std::shared_ptr<const PayloadKey>;

// Where the payload keys of this dataplane are, as its configuration says.
struct PayloadKeyFiles {
  std::map<std::string, std::string> paths;  // by the names that profiles call them

  // The key as its file says it now. NotFound where the configuration has none of this name.
  [[nodiscard]] Result<SharedPayloadKey> load(const std::string& name) const;
};

}  // namespace lictor
