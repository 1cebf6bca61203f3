// Framing, walking and numbering over any octets: nothing outside the input is touched, every span lies in its record,
// and a stream in pieces gives the records that the whole gives.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/base/check.h"
#include "encoders/der/der_walker.h"
#include "encoders/der/framer.h"
#include "encoders/der/series.h"

namespace {

using lictor::Bytes;
using namespace lictor::der;

// Small, so that inputs of a few hundred octets come in several pieces.
constexpr size_t kPieceBytes = 13;

void check_inside(Bytes part, Bytes record) {
  if (part.empty()) return;
  LICTOR_CHECK(part.data() >= record.data() && part.data() + part.size() <= record.data() + record.size());
}

void check_view(const RecordView& view, Bytes record) {
  for (const Bytes part : {view.domain, view.liid, view.authorization_country, view.operator_id, view.network_element,
                           view.delivery_country, view.interception_point, view.time_text})
    check_inside(part, record);
  for (const PayloadView& payload : view.payloads) check_inside(payload.packet, record);
  LICTOR_CHECK(view.worst_offset <= record.size());
  LICTOR_CHECK(view.deviations.none() != view.worst.has_value());
  LICTOR_CHECK(view.complaint().size() < 256);
}

std::vector<size_t> lengths_of_whole(Bytes stream, SeriesBook& book) {
  std::vector<size_t> lengths;
  RecordView view;
  Frame frame = frame_at_front(stream);
  for (; frame.status == FrameStatus::kRecord; frame = frame_at_front(stream)) {
    lengths.push_back(frame.record.size());
    walk_record(frame.record, view);
    check_view(view, frame.record);
    book.arrived(view);
    stream = stream.subspan(frame.record.size());
  }
  return lengths;
}

std::vector<size_t> lengths_of_pieces(Bytes stream) {
  std::vector<size_t> lengths;
  Framer framer(kPieceBytes);
  while (!stream.empty()) {
    const Bytes piece = stream.first(std::min(stream.size(), kPieceBytes));
    stream = stream.subspan(piece.size());
    std::copy(piece.begin(), piece.end(), framer.room().begin());
    framer.filled(piece.size());
    Frame frame = framer.next();
    for (; frame.status == FrameStatus::kRecord; frame = framer.next()) lengths.push_back(frame.record.size());
    if (frame.status == FrameStatus::kBroken) break;
  }
  return lengths;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes input(data, size);
  RecordView view;
  walk_record(input, view);
  check_view(view, input);
  static SeriesBook hi2(Interface::kHi2);
  static SeriesBook hi3(Interface::kHi3);
  hi2.arrived(view);
  LICTOR_CHECK(lengths_of_whole(input, hi3) == lengths_of_pieces(input));
  return 0;
}
