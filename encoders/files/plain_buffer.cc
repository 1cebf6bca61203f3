#include "encoders/files/plain_buffer.h"

#include <openssl/crypto.h>
#include <sys/mman.h>

#include "dataplane/base/check.h"

namespace lictor {

PlainBuffer::PlainBuffer(size_t bytes) : bytes_(bytes) {
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  LICTOR_CHECK(memory != MAP_FAILED);
  madvise(memory, bytes, MADV_DONTDUMP);
  // Not had where the limit of locked memory is reached: files are written all the same.
  static_cast<void>(mlock(memory, bytes));
  octets_ = static_cast<uint8_t*>(memory);
}

PlainBuffer::~PlainBuffer() {
  OPENSSL_cleanse(octets_, bytes_);
  munmap(octets_, bytes_);
}

}  // namespace lictor
