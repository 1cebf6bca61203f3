// SIP and SDP octets as phones and proxies of many makers write them: compact names, folds, parts, telephone numbers in
// the forms that people dial. One thread.
#pragma once

#include <string>
#include <vector>

#include "tests/simulation/calls/people.h"

namespace lictor::simulation {

struct SdpStream {
  enum class Kind { kAudio, kVideo, kFax };
  Kind kind = Kind::kAudio;
  uint16_t port = 0;
};

struct SdpDraft {
  std::string address;
  bool ipv6 = false;
  uint32_t version = 1;
  std::vector<SdpStream> streams;
  std::string direction = "sendrecv";
  bool is_held_by_address = false;  // as RFC 2543 had it
  int codec = 0;
};

std::string write_sdp(const SdpDraft& draft, Chance& chance);

struct SipDraft {
  std::string start;
  std::string via_host;
  std::string branch;
  std::string from;  // with its tag
  std::string to;
  std::string call_id;
  uint32_t cseq = 1;
  std::string method;
  std::vector<std::string> lines;  // without their ends
  std::string sdp;                 // empty: no body
};

std::string write_sip(const SipDraft& draft, Chance& chance);

// How a person stands in a field: by his SIP address, or by his number as it was dialled.
enum class NameForm { kSip, kTel, kGlobalUser, kInternationalUser, kNationalUser, kCount };
std::string uri_of(const Person& person, NameForm form);

}  // namespace lictor::simulation
