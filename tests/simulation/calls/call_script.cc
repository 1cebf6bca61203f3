#include "tests/simulation/calls/call_script.h"

#include <algorithm>

namespace lictor::simulation {
namespace {

int called_of(const CallScript::Transaction& transaction) {
  return transaction.from == kCaller ? transaction.to : transaction.from;
}

std::string branch_text(uint64_t branch) { return "z9hG4bK" + std::to_string(branch); }

}  // namespace

CallScript::CallScript(World& world, CallPlan plan)
    : world_(world),
      plan_(std::move(plan)),
      record_(world.audit().open(plan_.network->source_set)),
      call_id_(std::to_string(++plan_.network->calls) + "@example.org"),
      dialled_(static_cast<NameForm>(chance().between(0, static_cast<int64_t>(NameForm::kCount) - 1))),
      calling_(chance().one_in(3) ? NameForm::kGlobalUser : NameForm::kSip) {
  const auto add = [this](const Person* person) {
    parties_.push_back({.person = person, .tag = "t" + std::to_string(world_.next_number())});
  };
  add(plan_.caller);
  record_.calling = {plan_.caller->number};
  if (plan_.claimed != nullptr) record_.calling.insert(plan_.claimed->number);
  for (const Person* person : plan_.called) {
    add(person);
    record_.called.insert(person->number);
  }
  note("p" + std::to_string(plan_.caller->number) + " to p" + std::to_string(plan_.called[0]->number));
}

void CallScript::next_step() {
  if (step_ == steps_.size()) return;
  after_ms(steps_[step_].first, [this] {
    steps_[step_].second();
    ++step_;
    next_step();
  });
}

CallScript::Transaction CallScript::begin(const std::string& method, int from, int to) {
  Transaction transaction{.method = method, .from = from, .to = to, .cseq = ++party(from).cseq};
  transaction.near_branch = world_.next_number();
  for (uint64_t& branch : transaction.far_branch) branch = world_.next_number();
  return transaction;
}

void CallScript::ask(const Transaction& transaction, const Said& said, Reach reach) {
  const bool from_caller = transaction.from == kCaller;
  for (size_t passed = 0; passed < hops(); ++passed) {
    const size_t hop = from_caller ? passed : hops() - 1 - passed;
    if (hops() == 2 && reach == (hop == 0 ? Reach::kFar : Reach::kNear)) continue;
    carry(transaction, said, 0, hop, static_cast<int64_t>(reach == Reach::kAll ? passed : 0) * kHopMs);
  }
}

void CallScript::answer(const Transaction& transaction, int status, const Said& said, Reach reach) {
  const bool to_caller = transaction.from == kCaller;
  for (size_t passed = 0; passed < hops(); ++passed) {
    const size_t hop = to_caller ? hops() - 1 - passed : passed;
    if (hops() == 2 && reach == (hop == 0 ? Reach::kFar : Reach::kNear)) continue;
    carry(transaction, said, status, hop, static_cast<int64_t>(reach == Reach::kAll ? passed : 0) * kHopMs);
  }
}

void CallScript::acknowledge(const Transaction& invite, const Said& said) {
  Transaction ack = invite;
  ack.method = "ACK";
  ack.opens = false;
  ack.near_branch = world_.next_number();
  for (uint64_t& branch : ack.far_branch) branch = world_.next_number();
  ask(ack, said);
}

// Hop by hop, on the branch of the INVITE.
void CallScript::acknowledge_refusal(const Transaction& invite, Reach reach) {
  Transaction ack = invite;
  ack.method = "ACK";
  ack.opens = false;
  ask(ack, {}, reach);
}

std::vector<uint16_t> CallScript::take_ports(int number, size_t streams) {
  std::vector<uint16_t> ports;
  MediaHost& host = *party(number).person->host;
  while (ports.size() < streams) occupy(host, ports.emplace_back(host.take_port()));
  return ports;
}

void CallScript::give_ports_back(int number, std::vector<uint16_t>& ports) {
  Party& one = party(number);
  for (const uint16_t port : std::exchange(ports, {})) vacate(*one.person->host, port, !one.hands_over);
}

void CallScript::take_over(int number, Party& other) {
  other.hands_over = true;
  party(number).ports = other.ports;
  for (const uint16_t port : other.ports) occupy(*other.person->host, port);
}

MediaHost& CallScript::relay_for(const Person& person) const {
  return *plan_.network->relays[person.host->ipv6() ? 1 : 0];
}

void CallScript::take_relay(int called, size_t streams) {
  if (!plan_.has_relay) return;
  Party& one = party(called);
  while (one.relayed.size() < streams) {
    MediaHost& near_host = relay_for(*plan_.caller);
    MediaHost& far_host = relay_for(*one.person);
    occupy(near_host, one.relayed.emplace_back(near_host.take_port()));
    occupy(far_host, one.relaying.emplace_back(far_host.take_port()));
  }
}

void CallScript::give_all_back(int called) {
  Party& one = party(called);
  give_ports_back(called, one.ports);
  for (const uint16_t port : std::exchange(one.relayed, {})) vacate(relay_for(*plan_.caller), port);
  for (const uint16_t port : std::exchange(one.relaying, {})) vacate(relay_for(*one.person), port);
}

// With the port of RTCP.
void CallScript::occupy(MediaHost& host, uint16_t port) {
  for (const uint16_t one : {port, static_cast<uint16_t>(port + 1)}) world_.occupy(record_, host.described(one));
}

void CallScript::vacate(MediaHost& host, uint16_t port, bool is_free) {
  if (is_free) host.give_back(port);
  for (const uint16_t one : {port, static_cast<uint16_t>(port + 1)})
    world_.vacate(record_, host.described(one), host.on_wire(one));
}

std::pair<IpPrefix, IpPrefix> CallScript::nodes_of(int called, size_t hop) const {
  const MediaHost& near_host = *plan_.caller->host;
  const MediaHost& far_host = *parties_[static_cast<size_t>(called)].person->host;
  const auto proxy_for = [this](const MediaHost& host) { return plan_.network->proxies[host.ipv6() ? 1 : 0]; };
  if (!plan_.has_proxy) return {near_host.node(), far_host.node()};
  if (hop == 0) return {near_host.node(), proxy_for(near_host)};
  return {proxy_for(far_host), far_host.node()};
}

void CallScript::carry(const Transaction& transaction, const Said& said, int status, size_t hop, int64_t delay_ms) {
  if (!plan_.visible[hop]) {
    record_.is_unseen = record_.is_unseen || said.kind == Meaning::Kind::kRefused;
    return;
  }
  const int called = called_of(transaction);
  PassingMessage message{.call = &record_, .meaning = meaning_of(transaction, said, status, hop)};
  message.source_set = plan_.network->source_set;
  const bool from_caller = message.meaning.sender() == kCaller;
  const auto [near_node, far_node] = nodes_of(called, hop);
  message.source = from_caller ? near_node : far_node;
  message.destination = from_caller ? far_node : near_node;
  SipDraft draft{.start = start_line(transaction, status, hop),
                 .via_host = "node.example.org",
                 .branch = branch_text(message.meaning.branch),
                 .call_id = call_id_,
                 .cseq = transaction.cseq,
                 .method = transaction.method,
                 .lines = said.lines};
  if (transaction.opens && status == 0 && transaction.method == "INVITE")
    draft.lines.insert(draft.lines.end(), plan_.lines.begin(), plan_.lines.end());
  add_names(transaction, status, hop, draft, message);
  if (said.has_sdp) describe(transaction, said, from_caller ? kCaller : called, hop, draft, message.meaning);
  message.text = write_sip(draft, chance());
  after_ms(delay_ms, [this, message] { world_.carry(message); });
}

Meaning CallScript::meaning_of(const Transaction& transaction, const Said& said, int status, size_t hop) const {
  const int called = called_of(transaction);
  const auto [one, other] = nodes_of(called, hop);
  const auto [first, second] = std::minmax(one, other);
  const auto word = [](const IpPrefix& node) {
    uint64_t value = 0;
    for (const uint8_t octet : node.octets) value = value * 31 + octet;
    return value;
  };
  const bool has_tag = !transaction.opens || (status > 100);
  return {.kind = said.kind,
          .is_request = status == 0,
          .is_tried_again = said.is_tried_again,
          .from = transaction.from,
          .to = has_tag ? transaction.to : kNobody,
          .branch = hop == 0 ? transaction.near_branch : transaction.far_branch[static_cast<size_t>(called)],
          .hop = (word(first) * 1'000'003 + word(second)) * 2 + hop,
          .offers = status == 0 && transaction.method != "ACK"};
}

std::string CallScript::start_line(const Transaction& transaction, int status, size_t hop) const {
  if (status != 0) return "SIP/2.0 " + std::to_string(status) + " So";
  const Person& rings = *parties_[static_cast<size_t>(called_of(transaction))].person;
  const bool is_first = transaction.opens && transaction.from == kCaller;
  std::string uri = "sip:ua" + std::to_string(transaction.to) + "@node.example.org";
  if (is_first) uri = hop == 0 && plan_.has_proxy ? uri_of(*plan_.called[0], dialled_) : rings.sip();
  return transaction.method + " " + uri + " SIP/2.0";
}

// Who stands in the fields, and whom the tap may believe it of.
void CallScript::add_names(const Transaction& transaction, int status, size_t hop, SipDraft& draft,
                           PassingMessage& message) {
  const Person& claimed = plan_.claimed != nullptr ? *plan_.claimed : *plan_.caller;
  const Person& dialled = *plan_.called[0];
  const int called = called_of(transaction);
  const std::string caller_field = "\"A\" <" + uri_of(claimed, calling_) + ">;tag=" + party(kCaller).tag;
  const std::string tag = message.meaning.to == kNobody ? "" : ";tag=" + party(called).tag;
  const std::string called_field = "<" + uri_of(dialled, dialled_) + ">" + tag;
  const bool from_caller = transaction.from == kCaller;
  draft.from = from_caller ? caller_field : called_field;
  draft.to = from_caller ? called_field : caller_field;
  // Whom the called side's requests go to is who the caller says he is.
  if (from_caller) message.named.insert(dialled.number);
  if (status == 0 && transaction.opens && from_caller)
    message.named.insert(hop == 0 && plan_.has_proxy ? dialled.number : party(called).person->number);
  if (plan_.network->from_is_believed) {
    message.named.insert({claimed.number, dialled.number});
    return;
  }
  // A proxy says on whose behalf it passes a message on; a phone that says so is not believed.
  const int sender = message.meaning.sender() == kCaller ? kCaller : called;
  const bool by_proxy = plan_.has_proxy && (sender == kCaller) == (hop == 1);
  const bool is_own = status == 100;
  if (by_proxy && !is_own) {
    draft.lines.push_back("P-Asserted-Identity: <" + uri_of(*party(sender).person, NameForm::kSip) + ">");
    message.named.insert(party(sender).person->number);
  } else if (!by_proxy && chance().one_in(10)) {
    draft.lines.push_back("P-Asserted-Identity: <" + plan_.network->people[0].sip() + ">");
  }
}

// Where what `speaker` describes lies, as it stands on this hop.
std::pair<MediaHost*, std::vector<uint16_t>> CallScript::media_of(int speaker, int called, const Said& said,
                                                                  size_t hop) {
  Party& one = party(called);
  const bool is_own = !plan_.has_relay || (speaker == kCaller) == (hop == 0);
  if (is_own) return {party(speaker).person->host, said.ports.value_or(party(speaker).ports)};
  if (speaker == kCaller) return {&relay_for(*one.person), one.relaying};
  return {&relay_for(*plan_.caller), one.relayed};
}

void CallScript::describe(const Transaction& transaction, const Said& said, int speaker, size_t hop, SipDraft& draft,
                          Meaning& meaning) {
  const auto [host, ports] = media_of(speaker, called_of(transaction), said, hop);
  SdpDraft sdp{.address = host->text(),
               .ipv6 = host->ipv6(),
               .version = ++party(speaker).version,
               .direction = said.direction,
               .is_held_by_address = said.is_held_by_address,
               .codec = said.codec};
  meaning.describes.emplace();
  for (size_t i = 0; i < std::min(ports.size(), kinds.size()); ++i) {
    sdp.streams.push_back({kinds[i], ports[i]});
    if (said.is_held_by_address) continue;
    meaning.describes->push_back(host->described(ports[i]));
    if (kinds[i] != SdpStream::Kind::kFax)
      meaning.describes->push_back(host->described(static_cast<uint16_t>(ports[i] + 1)));
  }
  draft.sdp = write_sdp(sdp, chance());
}

void CallScript::send_between(const MediaEnd& from, const MediaEnd& to, bool from_caller, bool in_flight) {
  world_.see({.call = &record_,
              .from = from,
              .to = to,
              .port = record_.port,
              .from_calling = from_caller,
              .in_flight = in_flight});
}

void CallScript::send(int called, bool from_caller, bool in_flight) {
  const Party& caller = party(kCaller);
  const Party& one = party(called);
  const size_t streams = std::min({caller.ports.size(), one.ports.size(), kinds.size()});
  for (size_t i = 0; i < streams; ++i) {
    const bool has_rtcp = kinds[i] != SdpStream::Kind::kFax && chance().one_in(4);
    for (uint16_t rtcp = 0; rtcp <= (has_rtcp ? 1 : 0); ++rtcp) {
      const auto end_of = [rtcp](const MediaHost& host, uint16_t port) {
        return host.on_wire(static_cast<uint16_t>(port + rtcp));
      };
      const auto way = [&](const MediaEnd& near_end, const MediaEnd& far_end) {
        from_caller ? send_between(near_end, far_end, true, in_flight)
                    : send_between(far_end, near_end, false, in_flight);
      };
      const MediaEnd near_end = end_of(*caller.person->host, caller.ports[i]);
      const MediaEnd far_end = end_of(*one.person->host, one.ports[i]);
      if (!plan_.has_relay) {
        way(near_end, far_end);
        continue;
      }
      if (plan_.visible[0]) way(near_end, end_of(relay_for(*plan_.caller), one.relayed[i]));
      if (plan_.visible[1]) way(end_of(relay_for(*one.person), one.relaying[i]), far_end);
    }
  }
}

void CallScript::talk(int64_t ms, int64_t packets) {
  for (int64_t i = 0; i < packets; ++i) {
    after_ms(chance().between(1, ms - 1), [this] {
      for (int called = 1; called <= this->called(); ++called)
        if (party(called).talks) send(called, chance().one_in(2));
    });
  }
}

}  // namespace lictor::simulation
