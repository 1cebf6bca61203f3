#include "encoders/handover/cipher_text.h"

#include <algorithm>
#include <memory>

#include "dataplane/base/check.h"

namespace lictor {

int CipherText::write(BIO* bio, const char* octets, int count) {
  auto* const self = static_cast<CipherText*>(BIO_get_data(bio));
  if (count <= 0) return 0;
  self->octets_.insert(self->octets_.end(), octets, octets + count);
  self->wire_made_ += static_cast<size_t>(count);
  return count;
}

// OpenSSL flushes behind each flight; nothing is held back here.
long CipherText::control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO* CipherText::make_bio() {
  using Method = std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)>;
  static const Method kMethod = [] {
    Method made(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ciphertext"), &BIO_meth_free);
    LICTOR_CHECK(made != nullptr);
    BIO_meth_set_write(made.get(), write);
    BIO_meth_set_ctrl(made.get(), control);
    return made;
  }();
  BIO* const bio = BIO_new(kMethod.get());
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

void CipherText::clear() {
  octets_.clear();
  marks_.clear();
  offset_ = 0;
  wire_made_ = wire_out_ = plain_sealed_ = plain_acknowledged_ = 0;
}

void CipherText::sealed(size_t octets) {
  plain_sealed_ += octets;
  marks_.push_back({.plain_end = plain_sealed_, .wire_end = wire_made_});
}

void CipherText::went_out(size_t octets) {
  LICTOR_CHECK(octets <= octets_.size() - offset_);
  offset_ += octets;
  wire_out_ += octets;
  if (offset_ < octets_.size()) return;
  octets_.clear();
  offset_ = 0;
}

size_t CipherText::plain_unacknowledged(size_t unacknowledged) {
  const uint64_t acknowledged = wire_out_ - std::min<uint64_t>(unacknowledged, wire_out_);
  while (!marks_.empty() && marks_.front().wire_end <= acknowledged) {
    plain_acknowledged_ = marks_.front().plain_end;
    marks_.pop_front();
  }
  return static_cast<size_t>(plain_sealed_ - plain_acknowledged_);
}

}  // namespace lictor
