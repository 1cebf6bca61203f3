// Public captures as test data for parsers of signalling: the Ethernet frames of whole topics as one capture, and what
// tshark reads in it. Captures of others are no part of the tree; LICTOR_CAPTURES names another folder.
#pragma once

#include <gtest/gtest.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {

inline std::filesystem::path captures_folder() {
  const char* const chosen = std::getenv("LICTOR_CAPTURES");
  return chosen != nullptr ? chosen : LICTOR_CAPTURES_DEFAULT;
}

inline bool has_tshark() { return std::system("command -v tshark >/dev/null") == 0; }

// Whether frames of Linux's cooked captures are taken, too, as Ethernet frames without MAC addresses.
enum class CookedFrames { kNone, kAsEthernet };

// All Ethernet frames of the topics in one file, which goes with the object. Frame 1 is the first.
class CapturedFrames {
 public:
  explicit CapturedFrames(const std::vector<std::string>& topics, CookedFrames cooked = CookedFrames::kNone)
      : cooked_(cooked) {
    const std::unique_ptr<pcap_t, void (*)(pcap_t*)> form(pcap_open_dead(DLT_EN10MB, 262144), pcap_close);
    dump_.reset(pcap_dump_open(form.get(), path_.c_str()));
    for (const std::string& topic : topics) {
      for (const auto& entry : std::filesystem::directory_iterator(captures_folder() / topic)) add(entry.path());
    }
    dump_.reset();
  }
  ~CapturedFrames() { std::filesystem::remove(path_); }
  CapturedFrames(const CapturedFrames&) = delete;
  CapturedFrames& operator=(const CapturedFrames&) = delete;

  [[nodiscard]] const std::vector<Octets>& frames() const { return frames_; }

  // The first value of each field, joined by "|" behind the frame's number, of the frames that pass `filter`.
  [[nodiscard]] std::map<size_t, std::string> tshark(const std::string& filter, const std::string& fields) const {
    const std::string command = "tshark -n -r " + path_ + " -o ip.defragment:FALSE -o ipv6.defragment:FALSE -Y '" +
                                filter + "' -T fields -E occurrence=f -E separator='|' -e frame.number " + fields +
                                " 2>/dev/null";
    const std::unique_ptr<FILE, int (*)(FILE*)> output(popen(command.c_str(), "r"), pclose);
    std::map<size_t, std::string> rows;
    char line[8192];
    while (std::fgets(line, sizeof line, output.get()) != nullptr) {
      std::string text(line);
      text.erase(text.find_last_not_of("\n") + 1);
      const size_t end = text.find('|');
      if (end != std::string::npos) rows[std::stoul(text.substr(0, end))] = text.substr(end + 1);
    }
    return rows;
  }

 private:
  void add(const std::filesystem::path& path) {
    char error[PCAP_ERRBUF_SIZE];
    const std::unique_ptr<pcap_t, void (*)(pcap_t*)> file(pcap_open_offline(path.c_str(), error), pcap_close);
    const bool is_cooked = file != nullptr && pcap_datalink(file.get()) == DLT_LINUX_SLL;
    if (file == nullptr ||
        (pcap_datalink(file.get()) != DLT_EN10MB && !(is_cooked && cooked_ == CookedFrames::kAsEthernet)))
      return;
    pcap_pkthdr* header = nullptr;
    const u_char* octets = nullptr;
    while (pcap_next_ex(file.get(), &header, &octets) == 1) add_frame(*header, {octets, header->caplen}, is_cooked);
  }

  // Of a cooked frame the protocol stands in octets 14 and 15.
  void add_frame(pcap_pkthdr header, Bytes octets, bool is_cooked) {
    constexpr size_t kCookedBytes = 16;
    constexpr size_t kMacsBytes = 12;
    if (is_cooked && octets.size() < kCookedBytes) return;
    Octets frame(is_cooked ? kMacsBytes : 0);
    const Bytes kept = is_cooked ? octets.subspan(kCookedBytes - 2) : octets;
    frame.insert(frame.end(), kept.begin(), kept.end());
    header.len += static_cast<bpf_u_int32>(frame.size()) - header.caplen;
    header.caplen = static_cast<bpf_u_int32>(frame.size());
    pcap_dump(reinterpret_cast<u_char*>(dump_.get()), &header, frame.data());
    frames_.push_back(std::move(frame));
  }

  const std::string path_ = std::filesystem::temp_directory_path() / ("lictor-captured-" + std::to_string(getpid()));
  std::unique_ptr<pcap_dumper_t, void (*)(pcap_dumper_t*)> dump_{nullptr, pcap_dump_close};
  std::vector<Octets> frames_;
  CookedFrames cooked_;
};

struct LinkPayload {
  uint16_t type = 0;
  Bytes octets;
};

// What stands behind the tags of a frame; type 0 where it is cut.
inline LinkPayload behind_the_link(Bytes frame) {
  ByteReader in(frame);
  in.take(12);
  uint16_t type = in.u16();
  while (type == 0x8100 || type == 0x88a8 || type == 0x9100) {
    in.u16();
    type = in.u16();
  }
  return in.ok() ? LinkPayload{type, in.rest()} : LinkPayload{};
}

inline std::string hex(Bytes octets, const char* between = "") {
  std::string text;
  for (const uint8_t octet : octets) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", octet);
    if (!text.empty()) text += between;
    text += digits;
  }
  return text;
}

inline std::string ipv4_text(Bytes octets) {
  return std::to_string(octets[0]) + "." + std::to_string(octets[1]) + "." + std::to_string(octets[2]) + "." +
         std::to_string(octets[3]);
}

// Both say the same of the same frames.
inline void expect_same(const std::map<size_t, std::string>& ours, const std::map<size_t, std::string>& theirs) {
  EXPECT_FALSE(ours.empty());
  for (const auto& [frame, text] : ours) {
    const auto other = theirs.find(frame);
    EXPECT_EQ(text, other == theirs.end() ? "nothing" : other->second) << "frame " << frame;
  }
  for (const auto& [frame, text] : theirs) EXPECT_TRUE(ours.contains(frame)) << "frame " << frame << ": " << text;
  ::testing::Test::RecordProperty("messages", std::to_string(ours.size()));
}

}  // namespace lictor
