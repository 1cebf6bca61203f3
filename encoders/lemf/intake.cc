#include "encoders/lemf/intake.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "dataplane/base/clock.h"
#include "encoders/lemf/record_file.h"
#include "encoders/lemf/record_line.h"
#include "encoders/pcap/pcapng_writer.h"

namespace lictor::lemf {
namespace {

constexpr int64_t kNanosecondsPerMicrosecond = 1000;
constexpr uint8_t kIpContent = 2;      // iPCC among the alternatives of CCContents
constexpr uint8_t kFrameContent = 6;   // l2CC
constexpr uint8_t kMediaContent = 12;  // iPMMCC
constexpr uint32_t kIpFrame = 0;       // its frameType

// As the target's own interface would see it.
PcapngDirection direction_of(const der::PayloadView& payload) {
  if (payload.direction == 0U) return PcapngDirection::kOutbound;
  if (payload.direction == 1U) return PcapngDirection::kInbound;
  return PcapngDirection::kUnknown;
}

bool is_ip_packet(const der::PayloadView& payload) {
  return payload.content_tag == kIpContent || (payload.content_tag == kMediaContent && payload.frame_type == kIpFrame);
}

}  // namespace

const der::RecordView& Intake::record(Bytes record) {
  der::walk_record(record, view_);
  const Judgement judgement = account_.take(view_);
  if (judgement.error)
    complain(fmt::format(
        "record at octet {}: {}", offset_,
        judgement.arrival == der::Arrival::kConflict ? "its number came before with other octets" : view_.complaint()));
  if (judgement.fresh()) {
    if (outputs_.lines != nullptr) {
      append_record_line(outputs_.lines->buffer(), interface_, offset_, view_);
      outputs_.lines->filled();
    }
    save_packets();
    if (measuring_) take_delay();
  }
  if (outputs_.raw != nullptr && storing_) outputs_.raw->append(record);
  offset_ += record.size();
  return view_;
}

void Intake::save_packets() {
  if (view_.kind != der::Kind::kCc) return;
  for (const der::PayloadView& payload : view_.payloads) {
    OutputFile* const file = is_ip_packet(payload)                  ? outputs_.packets
                             : payload.content_tag == kFrameContent ? outputs_.frames
                                                                    : nullptr;
    if (file == nullptr || payload.packet.empty()) continue;
    append_pcapng_packet(file->buffer(), {.unix_us = payload.time_us.value_or(view_.time_us.value_or(0)),
                                          .packet = payload.packet,
                                          .original_bytes = payload.original_bytes.value_or(0),
                                          .direction = direction_of(payload)});
    file->filled();
    ++packets_;
  }
}

void Intake::take_delay() {
  if (view_.kind != der::Kind::kCc || !view_.time_us) return;
  account_.delays().add(legal_now().unix_ns / kNanosecondsPerMicrosecond - *view_.time_us);
}

void Intake::store() {
  if (outputs_.raw != nullptr) outputs_.raw->flush();
}

void Intake::lost_place(const std::string& what) {
  account_.lost_place();
  complain(fmt::format("octet {}: {}", offset_, what));
}

void Intake::complain(const std::string& what) {
  ++complaints_;
  if (complaints_ <= kComplaintsMax) fmt::print(stderr, "{}: {}\n", name_, what);
  if (complaints_ == kComplaintsMax) fmt::print(stderr, "{}: further errors are counted only\n", name_);
}

Status Intake::restore(const std::string& path) {
  storing_ = false;
  Result<FileEnd> end = read_records(path, [this](Bytes octets) { record(octets); });
  storing_ = true;
  if (!end.ok()) return absl::IsNotFound(end.status()) ? absl::OkStatus() : end.status();
  if (end->how == FileEndKind::kLostPlace)
    return absl::FailedPreconditionError(
        fmt::format("{} is no stream of records from octet {} on: move it away", path, end->whole_bytes));
  // What a crash cut off would make everything behind it unreadable.
  if (end->how == FileEndKind::kInsideRecord && ::truncate(path.c_str(), static_cast<off_t>(end->whole_bytes)) != 0)
    return absl::UnavailableError(fmt::format("cannot cut {} to its whole records", path));
  return absl::OkStatus();
}

}  // namespace lictor::lemf
