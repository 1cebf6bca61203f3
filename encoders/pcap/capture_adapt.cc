#include "encoders/pcap/capture_adapt.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "encoders/pcap/capture_link.h"
#include "encoders/pcap/pcapng_equaliser.h"

namespace lictor {
namespace {

struct PcapCloser {
  void operator()(pcap_t* pcap) const { pcap_close(pcap); }
};
using PcapHandle = std::unique_ptr<pcap_t, PcapCloser>;

// Years that do not fit a pcap file's 32 bits are hostile; they become the last second that fits.
CaptureStamp stamp_of(const timeval& time) {
  const auto seconds = std::clamp<int64_t>(time.tv_sec, INT32_MIN, UINT32_MAX);
  return {.seconds = static_cast<uint32_t>(seconds), .microseconds = static_cast<uint32_t>(time.tv_usec)};
}

void count(CaptureSummary& summary, CaptureStamp stamp, uint64_t captured, uint64_t original) {
  const int64_t now = stamp.unix_ns();
  summary.first_unix_ns = summary.packets == 0 ? now : std::min(summary.first_unix_ns, now);
  summary.last_unix_ns = summary.packets == 0 ? now : std::max(summary.last_unix_ns, now);
  ++summary.packets;
  summary.bytes += captured;
  summary.longest = std::max(summary.longest, static_cast<uint32_t>(captured));
  summary.snapped += captured < original ? 1 : 0;
  summary.oversized += captured > kOversizedBytes ? 1 : 0;
}

void adapt_one(int link_type, const pcap_pkthdr& header, Bytes frame, CaptureWriter& out, CaptureSummary& summary) {
  const AdaptedFrame adapted = adapt_frame(link_type, frame);
  const Bytes payload =
      adapted.payload.first(std::min(adapted.payload.size(), kCapturedBytesMax - adapted.header_bytes));
  const uint64_t captured = adapted.header_bytes + payload.size();
  const uint64_t whole = std::max<uint64_t>(header.len, frame.size());
  const uint64_t original = whole - adapted.removed_bytes + adapted.header_bytes;
  const CaptureStamp stamp = stamp_of(header.ts);
  summary.empty += frame.empty() ? 1 : 0;
  count(summary, stamp, captured, original);
  out.write(stamp, adapted.head(), payload, original);
}

std::string name_of(int link_type) {
  const char* name = pcap_datalink_val_to_name(link_type);
  return name != nullptr ? name : fmt::format("{}", link_type);
}

Status refuse(int link_type) {
  const char* description = pcap_datalink_val_to_description_or_dlt(link_type);
  return absl::InvalidArgumentError(
      fmt::format("link type {} ({}) is not one that can be adapted to Ethernet", name_of(link_type), description));
}

}  // namespace

Result<CaptureSummary> adapt_capture(FileHandle in, const OpenWriter& open_out) {
  in = with_one_snap_length(std::move(in));
  if (in == nullptr) return absl::ResourceExhaustedError("no memory for a stream");
  char error[PCAP_ERRBUF_SIZE] = "";
  PcapHandle pcap(pcap_fopen_offline(in.get(), error));
  if (pcap == nullptr) return absl::InvalidArgumentError(fmt::format("not a capture: {}", error));
  static_cast<void>(in.release());  // libpcap closes it from here on
  const int link_type = pcap_datalink(pcap.get());
  if (!can_adapt(link_type)) return refuse(link_type);

  const Result<std::unique_ptr<CaptureWriter>> out = open_out();
  if (!out.ok()) return out.status();
  CaptureSummary summary{.link_type = name_of(link_type)};
  pcap_pkthdr* header = nullptr;
  const u_char* octets = nullptr;
  int got = pcap_next_ex(pcap.get(), &header, &octets);
  for (; got == 1; got = pcap_next_ex(pcap.get(), &header, &octets)) {
    adapt_one(link_type, *header, {octets, std::min<size_t>(header->caplen, kCapturedBytesMax)}, **out, summary);
  }
  summary.truncated = got != PCAP_ERROR_BREAK;  // that is the end of a whole file
  if (summary.truncated) summary.damage = pcap_geterr(pcap.get());
  const Status written = (*out)->finish();
  if (!written.ok()) return written;
  return summary;
}

std::string to_json(const CaptureSummary& summary) {
  const nlohmann::ordered_json json = {{"packets", summary.packets},
                                       {"bytes", summary.bytes},
                                       {"link_type", summary.link_type},
                                       {"truncated", summary.truncated},
                                       {"damage", summary.damage},
                                       {"snapped", summary.snapped},
                                       {"empty", summary.empty},
                                       {"oversized", summary.oversized},
                                       {"longest", summary.longest},
                                       {"first_unix_ns", summary.first_unix_ns},
                                       {"last_unix_ns", summary.last_unix_ns}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace lictor
