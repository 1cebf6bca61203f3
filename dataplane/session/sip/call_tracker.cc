#include "dataplane/session/sip/call_tracker.h"

#include <algorithm>

#include "dataplane/base/octet_text.h"
#include "dataplane/session/sip/address_list.h"
#include "dataplane/session/sip/described_types.h"

namespace lictor::sip {

namespace {

HopSide other_side(HopSide side) {
  if (side == HopSide::kOne) return side;
  return side == HopSide::kFirst ? HopSide::kSecond : HopSide::kFirst;
}

}  // namespace

struct CallTracker::Heard {
  const Message& message;
  const CallContext& context;
  CallSink& sink;
  CSeq cseq;
  Hash128 key;
  uint64_t branch = 0;
  uint32_t from = 0;  // the party of the tag; 0: it has none
  uint32_t to = 0;
  uint32_t at = 0;  // the call's index + 1; 0: none
  Call* call = nullptr;
  bool opens = false;
  bool repeated = false;
  bool is_answer = false;  // of a request that was heard, by the other side
  uint32_t media_version = 0;
  Bytes origin;

  [[nodiscard]] int64_t now_ns() const { return context.received.unix_ns; }
  // Null where it is of no dialog that is known.
  [[nodiscard]] Dialog* dialog() const { return call->find_dialog(from, to); }
  // Whose request it is, or is answered.
  [[nodiscard]] MediaSpeaker asking() const { return call->speaker(from, side_of_hop(), to); }
  [[nodiscard]] MediaSpeaker answering() const { return call->speaker(to, side_of_hop(), from); }
  // Both phones may be behind one address: between the same two nodes the call passes twice then, and which time it is
  // the direction tells.
  [[nodiscard]] uint32_t side_of_hop() const {
    const Dialog* const known = dialog();
    const uint32_t sender = message.is_request ? from : to;
    const bool is_calling = known != nullptr ? sender == known->other : message.is_request;
    const HopSide calling = is_calling ? context.sender : other_side(context.sender);
    return calling == HopSide::kSecond ? ~context.hop : context.hop;
  }
  [[nodiscard]] OfferName offer_name() const { return OfferName(branch); }
};

namespace {

// Which of a challenge, a redirection and a demand another INVITE of the same call follows (RFC 3261 section 8.1.3.5).
bool asks_for_retry(uint16_t status) {
  return status < 400 || status == 401 || status == 407 || status == 413 || status == 415 || status == 416 ||
         status == 420 || status == 421 || status == 422 || status == 494;
}

// The other end knows nothing of the dialog, or is gone (RFC 5057 section 5.1).
bool ends_dialog(uint16_t status) { return status == 481 || status == 408; }

bool is_success(uint16_t status) { return status >= 200 && status < 300; }

// Whose bodies offer and answer (RFC 3264; RFC 3261 section 13, RFC 3262, RFC 3311).
bool negotiates(Method method) {
  return method == Method::kInvite || method == Method::kUpdate || method == Method::kPrack;
}

}  // namespace

// False where a field is missing without which the message is of no call.
bool CallTracker::read_names(Heard& heard) const noexcept {
  const Message& message = heard.message;
  const Bytes call_id = message.field(Header::kCallId);
  const std::optional<CSeq> cseq = read_cseq(message.field(Header::kCSeq));
  if (call_id.empty() || !cseq) return false;
  heard.cseq = *cseq;
  heard.key = key_of(heard.context.source_set, call_id);
  // Who puts no branch there, or the same again, counts his requests.
  const uint64_t number = cseq->number;
  heard.branch = sip_hash(plan_.key, {&number, 1}, branch_of(message.field(Header::kVia))).low;
  heard.from = party_of(tag_of(message.field(Header::kFrom)));
  heard.to = party_of(tag_of(message.field(Header::kTo)));
  return true;
}

// False: others have the Call-ID of an open call, which stays as it is. A call that nobody asks for gives way to one
// that somebody does.
bool CallTracker::is_of_open_call(Heard& heard) noexcept {
  Call& call = slots_[heard.at - 1];
  if (call.state != State::kOpen || !call.is_foreign(heard.from, heard.to)) return true;
  const bool opens = heard.message.is_request && heard.message.method == Method::kInvite && heard.to == 0;
  if (opens && call.retry_until != 0) return true;
  if (heard.context.is_of_followed) {
    if (const auto room = std::ranges::find(call.callers, 0U); opens && room != call.callers.end()) *room = heard.from;
    return true;
  }
  if (!opens || !heard.context.is_wanted || call.pinned) return false;
  counters_.evicted.add(1);
  end_silently(heard.at, CallEnd::kNoRoom, heard.context.received, heard.sink);
  forget(heard.at);
  heard.at = 0;
  return true;
}

// The call of the message, which may begin with it; `heard.at` stays 0 where there is none.
void CallTracker::find_or_open(Heard& heard) noexcept {
  const Message& message = heard.message;
  heard.at = find(heard.key);
  if (heard.at != 0 && !is_of_open_call(heard)) {
    heard.at = 0;
    return;
  }
  const bool invites = message.is_request && message.method == Method::kInvite;
  if (heard.at != 0 && invites && heard.to == 0 && slots_[heard.at - 1].state == State::kEnded) {
    const Call& ended = slots_[heard.at - 1];
    heard.repeated = ended.find_leg(heard.branch) != ended.legs;
    if (!heard.repeated) {
      forget(heard.at);
      heard.at = 0;
    }
  }
  // Its INVITE may have been lost: the answer says nearly all that it said.
  const bool is_accepted = !message.is_request && heard.cseq.method == Method::kInvite && message.status > 100 &&
                           message.status < 300 && heard.to != 0;
  if (heard.at != 0 || !(invites || is_accepted)) return;
  heard.at = open(heard.key, heard.context, heard.sink);
  heard.opens = heard.at != 0;
}

void CallTracker::on_message(const Message& message, const CallContext& context, CallSink& sink) noexcept {
  Heard heard{.message = message, .context = context, .sink = sink};
  if (!read_names(heard)) {
    counters_.odd.add(1);
    return tell(heard, CallEventKind::kReport);
  }
  find_or_open(heard);
  if (heard.at == 0) return tell(heard, CallEventKind::kReport);
  heard.call = &slots_[heard.at - 1];
  heard.media_version = heard.opens ? UINT32_MAX : heard.call->media.version();
  heard.call->heard = std::max(heard.call->heard, context.received);
  if (heard.call->state == State::kEnded) return tell(heard, CallEventKind::kReport);
  if (heard.opens) begin(heard);
  message.is_request ? on_request(heard) : on_response(heard);
}

void CallTracker::begin(const Heard& heard) noexcept {
  Call& call = *heard.call;
  call.caller = heard.from;
  call.in_midst = heard.to != 0;
  if (!heard.message.is_request) {
    const HopSide asking = other_side(heard.context.sender);
    call.assumed = transaction_of(heard, asking);
    note_request(heard, asking);
    dialog_of(call, heard.from, heard.to);
  } else if (call.in_midst) {
    // An INVITE within a dialog is of one that was taken: what follows may be refused, and the call goes on.
    confirm_dialog(call, heard.from, heard.to);
    take_answered(heard.at, false);
  }
}

void CallTracker::on_request(Heard& heard) noexcept {
  Call& call = *heard.call;
  if (heard.message.method == Method::kInvite) {
    bool is_new = false;
    leg_of(call, heard.branch, is_new);
    heard.repeated = !is_new;
    // Who comes again behind a challenge may do so under another tag (RFC 3261 section 8.1.3.5).
    if (call.retry_until != 0 && heard.to == 0 && call.dialogs == 0) call.caller = heard.from;
    call.retry_until = 0;
    if (Dialog* const dialog = heard.dialog(); dialog != nullptr) dialog->awaits = 0;
  } else if (heard.message.method == Method::kBye) {
    // One of no dialog ends none, whoever answers it or does not.
    if (Dialog* const dialog = heard.dialog(); dialog != nullptr && !dialog->over)
      dialog->bye_until = heard.now_ns() + plan_.transaction_ns;
  }
  const Method method = heard.message.method;
  if (negotiates(method) || method == Method::kBye || method == Method::kCancel || method == Method::kAck)
    note_request(heard, heard.context.sender);
  // On another hop the same request may describe other endpoints, and who answers before anybody asks hides none.
  if (negotiates(method) || method == Method::kAck) read_descriptions(heard);
  tell(heard, heard.opens ? CallEventKind::kBegin : CallEventKind::kContinue);
}

// CANCEL, and the ACK of a refusal, are of the transaction of their INVITE (RFC 3261 sections 9.1 and 17.1.1.3).
uint64_t CallTracker::transaction_of(const Heard& heard, HopSide asking) const noexcept {
  const Method method = heard.cseq.method;
  const bool is_of_invite = method == Method::kCancel || method == Method::kAck;
  const std::array<uint64_t, 3> words{heard.branch, static_cast<uint64_t>(is_of_invite ? Method::kInvite : method),
                                      uint64_t{heard.context.hop} << 2 | static_cast<uint64_t>(asking)};
  return sip_hash(plan_.key, words, {}).low | 1;
}

void CallTracker::note_request(const Heard& heard, HopSide asking) noexcept {
  const uint64_t transaction = transaction_of(heard, asking);
  if (!heard.call->requests.has(transaction)) heard.call->requests.add(transaction);
}

void CallTracker::on_response(Heard& heard) noexcept {
  const uint16_t status = heard.message.status;
  const Method method = heard.cseq.method;
  heard.is_answer = heard.call->requests.has(transaction_of(heard, other_side(heard.context.sender)));
  if (method == Method::kInvite) {
    if (is_success(status)) return on_invite_taken(heard);
    if (status >= 300) return on_invite_refused(heard);
    if (heard.to != 0) dialog_of(*heard.call, heard.from, heard.to);
    read_descriptions(heard);
  } else if (method == Method::kBye) {
    return on_bye_answer(heard);
  } else if (method == Method::kUpdate || method == Method::kPrack) {
    if (is_success(status)) {
      if (heard.is_answer) heard.call->media.take_offer(heard.asking(), heard.offer_name());
      read_descriptions(heard);
      if (method == Method::kUpdate) read_session_timer(heard);
    } else if (status >= 300 && heard.is_answer) {
      heard.call->media.refuse_offer(heard.asking(), heard.offer_name());
    }
  }
  // What was taken within a dialog shows that no BYE before it was.
  if (Dialog* const dialog = heard.dialog(); dialog != nullptr && is_success(status)) dialog->bye_until = 0;
  tell(heard, heard.opens ? CallEventKind::kBegin : CallEventKind::kContinue);
}

void CallTracker::on_invite_taken(Heard& heard) noexcept {
  Call& call = *heard.call;
  if (!heard.is_answer && call.requests.has(transaction_of(heard, heard.context.sender)))
    return tell(heard, CallEventKind::kContinue);  // who asks does not answer
  bool is_new = false;
  Leg* const leg = leg_of(call, heard.branch, is_new);
  // Every fork's answer comes back on the branch of the INVITE that was forked: the tag is part of what is answered.
  // And what answers nothing is no repetition of what does.
  const std::array<uint64_t, 3> words{heard.branch, uint64_t{heard.context.hop} << 1 | (heard.is_answer ? 1 : 0),
                                      heard.to};
  const uint64_t answer = sip_hash(plan_.key, words, {}).low | 1;
  heard.repeated = call.taken.has(answer);
  if (heard.repeated) return tell(heard, CallEventKind::kContinue);
  call.taken.add(answer);
  if (leg != nullptr) leg->done = true;
  confirm_dialog(call, heard.from, heard.to);
  if (Dialog* const dialog = heard.dialog(); dialog != nullptr) {
    dialog->bye_until = 0;
    if (heard.is_answer && leg != nullptr && !leg->offers) ++dialog->awaits;
  }
  const bool is_assumed = call.assumed != 0 && call.assumed == transaction_of(heard, other_side(heard.context.sender));
  take_answered(heard.at, heard.is_answer && !is_assumed);
  call.retry_until = 0;
  if (heard.is_answer) call.media.take_offer(heard.asking(), heard.offer_name());
  read_descriptions(heard);
  read_session_timer(heard);
  tell(heard, heard.opens ? CallEventKind::kBegin : CallEventKind::kContinue);
}

void CallTracker::on_invite_refused(Heard& heard) noexcept {
  Call& call = *heard.call;
  const uint16_t status = heard.message.status;
  if (!heard.is_answer) return tell(heard, CallEventKind::kContinue);
  bool is_new = false;
  Leg* const leg = leg_of(call, heard.branch, is_new);
  heard.repeated = leg != nullptr && leg->done;
  if (leg != nullptr) leg->done = true;
  call.media.refuse_offer(heard.asking(), heard.offer_name());
  const bool was_confirmed = call.has_confirmed();
  Dialog* const dialog = heard.dialog();
  // A fork that rang, and one that knows nothing of its dialog.
  if (dialog != nullptr && !dialog->over && (!dialog->confirmed || ends_dialog(status))) call.end_dialog(*dialog);
  if (was_confirmed) {
    const bool is_over = !call.has_confirmed();
    return tell(heard, is_over ? CallEventKind::kEnd : CallEventKind::kContinue,
                is_over ? CallEnd::kRefused : CallEnd::kNone);
  }
  if (call.has_open_leg()) return tell(heard, CallEventKind::kContinue);
  if (asks_for_retry(status)) {
    if (!heard.repeated) call.retry_until = heard.now_ns() + plan_.transaction_ns;
    return tell(heard, CallEventKind::kContinue);
  }
  tell(heard, CallEventKind::kEnd, status == 487 ? CallEnd::kCancelled : CallEnd::kRefused);
}

void CallTracker::on_bye_answer(Heard& heard) noexcept {
  const uint16_t status = heard.message.status;
  Dialog* const dialog = heard.dialog();
  if (dialog == nullptr || dialog->over || status < 200 || status == 401 || status == 407)
    return tell(heard, CallEventKind::kContinue);
  if (!heard.is_answer) {
    if (dialog->bye_until == 0) dialog->bye_until = heard.now_ns() + plan_.transaction_ns;
    return tell(heard, CallEventKind::kContinue);
  }
  // Refused otherwise, for its CSeq or its way, it did not reach the other end's call, which goes on.
  dialog->bye_until = 0;
  if (!is_success(status) && !ends_dialog(status)) return tell(heard, CallEventKind::kContinue);
  Call& call = *heard.call;
  call.end_dialog(*dialog);
  // Early forks end with their INVITE.
  const bool is_over = !call.has_confirmed() && (call.answered || !call.has_open_leg());
  tell(heard, is_over ? CallEventKind::kEnd : CallEventKind::kContinue, is_over ? CallEnd::kReleased : CallEnd::kNone);
}

// A request offers, unless it is the ACK that answers a late offer (RFC 3264 section 4); a response answers, or offers
// what its ACK answers: in force at once either way.
void CallTracker::read_descriptions(Heard& heard) noexcept {
  find_descriptions(heard.message, descriptions_);
  endpoints_.clear();
  bool is_described = false;
  uint64_t description = request_of(heard);
  for (const Bytes text : descriptions_.sdp.all()) {
    if (parse_sdp(text, description_) != SdpError::kNone) continue;
    if (heard.origin.empty()) heard.origin = description_.origin;
    add_endpoints(description_, endpoints_);
    add_payload_types(description_, heard.call->described.types);
    description = sip_hash(plan_.key, {&description, 1}, text).low;
    is_described = true;
  }
  if (!is_described) return;
  Call& call = *heard.call;
  if (heard.message.is_request && heard.message.method == Method::kInvite)
    if (const size_t leg = call.find_leg(heard.branch); leg != call.legs) call.leg[leg].offers = true;
  const Dialog* const dialog = heard.dialog();
  const bool offers = heard.message.is_request && heard.message.method != Method::kAck;
  if (!offers && dialog != nullptr && dialog->over) return;
  description |= 1;
  if (call.described_before.has(description)) return;
  call.described_before.add(description);
  ++call.described.count;
  describe(heard);
}

void CallTracker::describe(Heard& heard) noexcept {
  const std::span<const MediaEndpoint> all = endpoints_.all.all();
  CallMedia& media = heard.call->media;
  const uint32_t beyond = media.beyond();
  const bool is_request = heard.message.is_request;
  const MediaSpeaker speaker = is_request ? heard.asking() : heard.answering();
  Dialog* const dialog = heard.dialog();
  const bool is_ack = is_request && heard.message.method == Method::kAck;
  const bool answers = is_ack ? dialog != nullptr && dialog->awaits != 0 : heard.is_answer;
  if (is_ack && answers) --dialog->awaits;
  if (answers) {
    media.answer(speaker, all);
  } else if (is_request && heard.to == 0) {
    media.offer_to_all(speaker, heard.offer_name(), all);
  } else {
    media.offer(speaker, heard.offer_name(), all);  // of an answer to nothing, too: besides what is there
  }
  counters_.endpoints_beyond.add(media.beyond() - beyond + endpoints_.all.beyond);
}

// What a description is part of: who says it, on which hop, in which request or in an answer to it. Whoever takes an
// INVITE may send another ACK on another branch.
uint64_t CallTracker::request_of(const Heard& heard) const noexcept {
  const bool is_ack = heard.message.is_request && heard.message.method == Method::kAck;
  const std::array<uint64_t, 4> words{uint64_t{heard.context.hop} << 1 | (heard.message.is_request ? 1 : 0),
                                      uint64_t{heard.cseq.number} << 8 | static_cast<uint64_t>(heard.cseq.method),
                                      uint64_t{heard.from} << 32 | heard.to, is_ack ? 0 : heard.branch};
  return sip_hash(plan_.key, words, {}).low;
}

void CallTracker::read_session_timer(const Heard& heard) noexcept {
  Bytes value = heard.message.field(Header::kSessionExpires);
  const std::optional<uint32_t> seconds = read_decimal(trimmed(take_until(value, ';')), 1U << 30);
  constexpr uint32_t kSessionSecondsMin = 90;  // RFC 4028 section 4: nobody may ask for less
  const int64_t session_ns = std::max(seconds.value_or(0), kSessionSecondsMin) * kNanosecondsPerSecond;
  heard.call->session_until = seconds ? heard.now_ns() + session_ns + plan_.transaction_ns : 0;
}

void CallTracker::tell(Heard& heard, CallEventKind kind, CallEnd end) noexcept {
  CallEvent event{.kind = kind,
                  .source_set = heard.context.source_set,
                  .received = heard.context.received,
                  .began = heard.context.received,
                  .end = end,
                  .repeated = heard.repeated,
                  .message = &heard.message};
  if (heard.call == nullptr) {
    counters_.reports.add(1);
  } else {
    if (kind == CallEventKind::kEnd) finish(heard.at);
    event.call = CallId{heard.at - 1};
    event.began = heard.call->began;
    event.in_midst = heard.call->in_midst;
    event.media_changed =
        heard.opens ? !heard.call->media.all().empty() : heard.call->media.version() != heard.media_version;
    event.from = heard.from;
    event.origin = heard.origin;
    event.media = heard.call->media_view();
  }
  heard.sink.on_call_event(event);
}

}  // namespace lictor::sip
