// The end of OpenSSL that makes ciphertext: what it writes is gathered here, and where in it each plain octet ended is
// remembered, so that what TCP acknowledges can be said in plain octets. One handover thread.
#pragma once

#include <openssl/bio.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "dataplane/base/bytes.h"

namespace lictor {

class CipherText {
 public:
  // Begins anew, for a new connection.
  void clear();
  // A BIO for an SSL to write to; the SSL owns it, this outlives it. Null where there is no memory.
  BIO* make_bio();

  // OpenSSL has made ciphertext of `octets` more plain octets, and written it.
  void sealed(size_t octets);
  // What has not gone out.
  [[nodiscard]] Bytes waiting() const { return Bytes(octets_).subspan(offset_); }
  // The first `octets` of it have.
  void went_out(size_t octets);
  // TCP has not acknowledged the last `unacknowledged` octets of what went out. Answers how many plain octets were
  // sealed and cannot be known to have arrived.
  size_t plain_unacknowledged(size_t unacknowledged);
  // How many plain octets were sealed in this connection.
  [[nodiscard]] size_t plain_sealed() const { return static_cast<size_t>(plain_sealed_); }

 private:
  // Ciphertext up to `wire_end` carries plain octets up to `plain_end`, counted from the connection's beginning.
  struct Mark {
    uint64_t plain_end;
    uint64_t wire_end;
  };

  static int write(BIO* bio, const char* octets, int count);
  static long control(BIO* bio, int command, long number, void* pointer);

  std::vector<uint8_t> octets_;
  size_t offset_ = 0;       // of what has not gone out
  uint64_t wire_made_ = 0;  // octets ever written here
  uint64_t wire_out_ = 0;   // of these went out
  uint64_t plain_sealed_ = 0;
  uint64_t plain_acknowledged_ = 0;
  std::deque<Mark> marks_;  // behind what is acknowledged
};

}  // namespace lictor
