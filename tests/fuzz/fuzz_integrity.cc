// A stream that an agency received and verifies: any octets, framed, walked, noted and judged.
#include <cstddef>
#include <cstdint>

#include "dataplane/base/check.h"
#include "encoders/der/der_walker.h"
#include "encoders/der/framer.h"
#include "encoders/lemf/integrity_book.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lictor;
  static EVP_PKEY* const key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  static const auto payload_keys = lemf::PayloadKeyring();
  lemf::IntegrityBook book(key, &payload_keys, der::Interface::kHi3);
  der::RecordView view;
  const Bytes stream(data, size);
  Bytes rest = stream;
  uint64_t checks = 0;
  for (der::Frame frame = der::frame_at_front(rest); !rest.empty() && frame.status == der::FrameStatus::kRecord;
       frame = der::frame_at_front(rest)) {
    der::walk_record(frame.record, view);
    book.record(view, stream.size() - rest.size());
    if (const auto check = der::read_integrity(frame.record)) {
      ++checks;
      LICTOR_CHECK(check->numbers.size() <= der::kIntegrityNumbersMax);
      LICTOR_CHECK(der::integrity_without_value(*check).size() <= frame.record.size() + 32);
    }
    rest = rest.subspan(frame.record.size());
  }
  const lemf::IntegrityVerdict verdict = book.verdict();
  LICTOR_CHECK(verdict.unproven <= verdict.records && verdict.complaints.size() <= verdict.faults);
  LICTOR_CHECK(verdict.hashes <= checks && verdict.signatures == 0);
  return 0;
}
