#include "perf/capture_traffic.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <memory>

namespace lictor::perf {
namespace {

struct Close {
  void operator()(pcap_t* capture) const { pcap_close(capture); }
};

}  // namespace

Result<Traffic> load_capture(const std::string& path, uint32_t targets) {
  char error[PCAP_ERRBUF_SIZE] = {};
  const std::unique_ptr<pcap_t, Close> capture(pcap_open_offline(path.c_str(), error));
  if (capture == nullptr) return absl::InvalidArgumentError(fmt::format("capture: {}", error));
  if (pcap_datalink(capture.get()) != DLT_EN10MB) {
    return absl::InvalidArgumentError(fmt::format("capture: {}: is not Ethernet; lictor-capture makes it so", path));
  }
  std::vector<std::vector<uint8_t>> frames;
  pcap_pkthdr* header = nullptr;
  const uint8_t* octets = nullptr;
  int found = 0;
  while ((found = pcap_next_ex(capture.get(), &header, &octets)) == 1) {
    if (header->caplen > kFrameMax || frames.size() == kPacketsMax) {
      return absl::InvalidArgumentError(
          fmt::format("capture: {}: at most {} frames of {} octets are possible", path, kPacketsMax, kFrameMax));
    }
    frames.emplace_back(octets, octets + header->caplen);
  }
  if (found == PCAP_ERROR) return absl::InvalidArgumentError(fmt::format("capture: {}", pcap_geterr(capture.get())));
  if (frames.empty()) return absl::InvalidArgumentError(fmt::format("capture: {}: holds no frame", path));
  return Traffic(frames, targets);
}

}  // namespace lictor::perf
