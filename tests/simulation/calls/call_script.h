// One call of the model network: its parties, what they send over which hops, and where their media go. What happens in
// it is call_plot.h's business. One thread; a script lives as long as something of it is planned.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/calls/sip_writer.h"
#include "tests/simulation/calls/world.h"

namespace lictor::simulation {

struct CallPlan {
  Network* network = nullptr;
  const Person* caller = nullptr;
  const Person* claimed = nullptr;    // in From; null: the caller
  std::vector<const Person*> called;  // the first was dialled; it rings at all of them
  bool has_proxy = true;
  bool has_relay = false;
  std::array<bool, 2> visible{true, true};  // the caller's hop and the called side's, with media there if relayed
  std::vector<std::string> lines;           // further ones of the INVITE
};

class CallScript : public std::enable_shared_from_this<CallScript> {
 public:
  virtual ~CallScript() = default;
  CallScript(const CallScript&) = delete;
  CallScript& operator=(const CallScript&) = delete;

  // Who called is party 0.
  struct Party {
    const Person* person = nullptr;
    std::string tag;
    std::vector<uint16_t> ports;     // one a stream
    std::vector<uint16_t> relayed;   // of a called one: where the caller sends, at the relay
    std::vector<uint16_t> relaying;  // and where it sends itself
    uint32_t cseq = 0;
    uint32_t version = 0;
    bool talks = false;       // media flow to and from it
    bool hands_over = false;  // its ports are another call's already
  };
  struct Transaction {
    std::string method;
    int from = kCaller;
    int to = 1;
    bool opens = false;  // nobody has answered under a tag yet
    uint32_t cseq = 1;
    uint64_t near_branch = 0;
    std::array<uint64_t, 4> far_branch{};  // by the called one
  };
  struct Said {
    Meaning::Kind kind = Meaning::Kind::kOther;
    bool has_sdp = false;
    bool is_tried_again = false;
    std::string direction = "sendrecv";
    bool is_held_by_address = false;
    int codec = 0;
    std::vector<std::string> lines;
    // Of what it describes: others than its sender has so far.
    std::optional<std::vector<uint16_t>> ports;
  };
  enum class Reach { kAll, kNear, kFar };

  CallScript(World& world, CallPlan plan);

  // Steps follow each other, each so long behind the one before.
  void then(int64_t ms, std::function<void()> step) { steps_.emplace_back(ms, std::move(step)); }
  void start() { next_step(); }
  void after_ms(int64_t ms, std::function<void()> what) {
    world_.after_ms(ms, [self = shared_from_this(), does = std::move(what)] { does(); });
  }

  Transaction begin(const std::string& method, int from, int to);
  void ask(const Transaction& transaction, const Said& said, Reach reach = Reach::kAll);
  void answer(const Transaction& transaction, int status, const Said& said, Reach reach = Reach::kAll);
  void acknowledge(const Transaction& invite, const Said& said);  // a 2xx
  void acknowledge_refusal(const Transaction& invite, Reach reach);

  // Ports for all streams; they are in use from now on.
  std::vector<uint16_t> take_ports(int party, size_t streams);
  void give_ports_back(int party, std::vector<uint16_t>& ports);
  // Those of a party of another call, which has them no more when it ends.
  void take_over(int party, Party& other);
  void take_relay(int called, size_t streams);
  void give_all_back(int called);  // and what the relay has for it
  void set_over() { record_.is_over = true; }

  // Packets in the next so many milliseconds, between those that talk.
  void talk(int64_t ms, int64_t packets);
  // One packet of each stream between the caller and one called, one way.
  void send(int called, bool from_caller, bool in_flight = false);

  [[nodiscard]] Party& party(int number) { return parties_[static_cast<size_t>(number)]; }
  [[nodiscard]] int called() const { return static_cast<int>(parties_.size()) - 1; }
  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] Chance& chance() { return world_.chance(); }
  [[nodiscard]] const CallPlan& plan() const { return plan_; }
  [[nodiscard]] CallRecord& record() { return record_; }
  [[nodiscard]] const std::string& call_id() const { return call_id_; }
  void note(const std::string& words) { record_.words += words + ", "; }
  [[nodiscard]] static int64_t hop_ms() { return kHopMs; }
  std::vector<SdpStream::Kind> kinds = {SdpStream::Kind::kAudio};

 private:
  static constexpr int64_t kHopMs = 12;

  void next_step();
  [[nodiscard]] size_t hops() const { return plan_.has_proxy ? 2 : 1; }
  void carry(const Transaction& transaction, const Said& said, int status, size_t hop, int64_t delay_ms);
  [[nodiscard]] Meaning meaning_of(const Transaction& transaction, const Said& said, int status, size_t hop) const;
  [[nodiscard]] std::string start_line(const Transaction& transaction, int status, size_t hop) const;
  void add_names(const Transaction& transaction, int status, size_t hop, SipDraft& draft, PassingMessage& message);
  [[nodiscard]] std::pair<MediaHost*, std::vector<uint16_t>> media_of(int speaker, int called, const Said& said,
                                                                      size_t hop);
  void describe(const Transaction& transaction, const Said& said, int speaker, size_t hop, SipDraft& draft,
                Meaning& meaning);
  [[nodiscard]] std::pair<IpPrefix, IpPrefix> nodes_of(int called, size_t hop) const;  // nearer to the caller first
  [[nodiscard]] MediaHost& relay_for(const Person& person) const;
  void send_between(const MediaEnd& from, const MediaEnd& to, bool from_caller, bool in_flight);
  void occupy(MediaHost& host, uint16_t port);
  void vacate(MediaHost& host, uint16_t port, bool is_free = true);

  World& world_;
  const CallPlan plan_;
  CallRecord& record_;
  std::string call_id_;
  NameForm dialled_;
  NameForm calling_;
  std::vector<Party> parties_;
  std::vector<std::pair<int64_t, std::function<void()>>> steps_;
  size_t step_ = 0;
};

}  // namespace lictor::simulation
