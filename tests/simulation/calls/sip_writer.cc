#include "tests/simulation/calls/sip_writer.h"

namespace lictor::simulation {
namespace {

const char* name_of(const char* name, const char* compact, Chance& chance) { return chance.one_in(6) ? compact : name; }

std::string stream_lines(const SdpStream& stream, int codec) {
  const std::string port = std::to_string(stream.port);
  switch (stream.kind) {
    case SdpStream::Kind::kVideo:
      return "m=video " + port + " RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\n";
    case SdpStream::Kind::kFax:
      return "m=image " + port + " udptl t38\r\na=T38FaxVersion:0\r\n";
    case SdpStream::Kind::kAudio:
      break;
  }
  return "m=audio " + port + (codec == 0 ? " RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\n" : " RTP/AVP 9 101\r\n") +
         "a=rtpmap:101 telephone-event/8000\r\n";
}

}  // namespace

std::string write_sdp(const SdpDraft& draft, Chance& chance) {
  const std::string type = draft.ipv6 ? "IP6 " : "IP4 ";
  const std::string nowhere = draft.ipv6 ? "::" : "0.0.0.0";
  const std::string connection = "c=IN " + type + (draft.is_held_by_address ? nowhere : draft.address) + "\r\n";
  const bool in_streams = chance.one_in(4);
  std::string text = "v=0\r\no=- 4711 " + std::to_string(draft.version) + " IN " + type + draft.address + "\r\ns=-\r\n";
  if (!in_streams) text += connection;
  text += "t=0 0\r\n";
  for (const SdpStream& stream : draft.streams) {
    const std::string lines = stream_lines(stream, draft.codec);
    const size_t first = lines.find('\n') + 1;
    text += lines.substr(0, first);
    if (in_streams) text += connection;
    text += lines.substr(first);
    if (draft.direction != "sendrecv" || chance.one_in(2)) text += "a=" + draft.direction + "\r\n";
  }
  return text;
}

std::string write_sip(const SipDraft& draft, Chance& chance) {
  const auto line = [&chance](const char* name, const char* compact, const std::string& value) {
    const std::string blank = chance.one_in(20) ? ": \r\n\t" : ": ";
    return name_of(name, compact, chance) + blank + value + "\r\n";
  };
  std::string text = draft.start + "\r\n";
  text += line("Via", "v", "SIP/2.0/UDP " + draft.via_host + ":5060;rport;branch=" + draft.branch);
  if (chance.one_in(2)) text += "Max-Forwards: 69\r\n";
  const std::string from = line("From", "f", draft.from);
  const std::string to = line("To", "t", draft.to);
  text += chance.one_in(2) ? from + to : to + from;
  text += line("Call-ID", "i", draft.call_id);
  text += "CSeq: " + std::to_string(draft.cseq) + " " + draft.method + "\r\n";
  for (const std::string& more : draft.lines) text += more + "\r\n";
  std::string body = draft.sdp;
  if (!body.empty() && chance.one_in(8)) {
    text += line("Content-Type", "c", "multipart/mixed; boundary=\"b1\"");
    body = "--b1\r\nContent-Type: application/sdp\r\n\r\n" + body +
           "\r\n--b1\r\nContent-Type: text/plain\r\n\r\nv=0\r\n--b1--\r\n";
  } else if (!body.empty()) {
    text += line("Content-Type", "c", "application/sdp");
  }
  return text + line("Content-Length", "l", std::to_string(body.size())) + "\r\n" + body;
}

std::string uri_of(const Person& person, NameForm form) {
  const std::string digits = person.digits();
  switch (form) {
    case NameForm::kTel:
      return "tel:+49-" + digits.substr(0, 2) + "-" + digits.substr(2);
    case NameForm::kGlobalUser:
      return "sip:+49" + digits + "@example.org;user=phone";
    case NameForm::kInternationalUser:
      return "sip:0049" + digits + "@gw.example.org";
    case NameForm::kNationalUser:
      return "sip:0" + digits + "@gw.example.org;user=phone";
    case NameForm::kSip:
    case NameForm::kCount:
      break;
  }
  return person.sip();
}

}  // namespace lictor::simulation
