// Puts what the walker comes by into a RecordView. The walker's helper, one record a time.
#pragma once

#include "encoders/der/record_view.h"
#include "encoders/der/types.h"

namespace lictor::der {

// Empties `view` for another record; its list of payloads keeps its memory.
void reset(Bytes record, RecordView& view);

class ViewFiller {
 public:
  explicit ViewFiller(RecordView& view) : view_(view) {}

  // A member or alternative with that tag begins.
  void tag(Field field, uint8_t tag);
  // An element of the payload sequence begins; false where there are kPayloadsMax already.
  bool begin_payload();
  void number(Field field, uint64_t value);
  void octets(Field field, Bytes content);
  // A GeneralizedTime.
  void time(Field field, Bytes text, int64_t unix_us);

 private:
  RecordView& view_;
  int64_t seconds_ = 0;  // of the microsecond time stamp that is being read
};

}  // namespace lictor::der
