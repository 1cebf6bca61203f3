#include "dataplane/session/sip/call_tracker.h"

#include <algorithm>

#include "dataplane/base/octet_text.h"
#include "dataplane/session/sip/address_list.h"

namespace lictor::sip {

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
  uint32_t media_version = 0;
  Bytes origin;

  [[nodiscard]] int64_t now_ns() const { return context.received.unix_ns; }
  // Null where it is of no dialog that is known.
  [[nodiscard]] Dialog* dialog() const { return call->find_dialog(from, to); }
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

}  // namespace

void CallTracker::on_message(const Message& message, const CallContext& context, CallSink& sink) noexcept {
  Heard heard{.message = message, .context = context, .sink = sink};
  const Bytes call_id = message.field(Header::kCallId);
  const std::optional<CSeq> cseq = read_cseq(message.field(Header::kCSeq));
  const auto party_of = [this, &message](Header header) {
    const Bytes tag = tag_of(message.field(header));
    return tag.empty() ? 0 : static_cast<uint32_t>(sip_hash(plan_.key, {}, tag).low) | 1;
  };
  if (call_id.empty() || !cseq) {
    counters_.odd.add(1);
    return tell(heard, CallEventKind::kReport);
  }
  heard.cseq = *cseq;
  const uint64_t source_set = context.source_set;
  heard.key = sip_hash(plan_.key, {&source_set, 1}, call_id);
  heard.branch = sip_hash(plan_.key, {}, branch_of(message.field(Header::kVia))).low;
  heard.from = party_of(Header::kFrom);
  heard.to = party_of(Header::kTo);
  heard.at = find(heard.key);
  const bool invites = message.is_request && message.method == Method::kInvite;
  if (heard.at != 0 && invites && heard.to == 0 && slots_[heard.at - 1].state == State::kEnded) {
    const Call& ended = slots_[heard.at - 1];
    heard.repeated = ended.find_leg(heard.branch) != ended.legs;
    if (!heard.repeated) {
      forget(heard.at);
      heard.at = 0;
    }
  }
  if (heard.at == 0 && invites) heard.opens = (heard.at = open(heard.key, context, sink)) != 0;
  if (heard.at == 0) return tell(heard, CallEventKind::kReport);
  heard.call = &slots_[heard.at - 1];
  heard.media_version = heard.opens ? UINT32_MAX : heard.call->media.version();
  heard.call->heard = std::max(heard.call->heard, context.received);
  if (heard.call->state == State::kEnded) return tell(heard, CallEventKind::kReport);
  message.is_request ? on_request(heard) : on_response(heard);
}

void CallTracker::on_request(Heard& heard) noexcept {
  Call& call = *heard.call;
  if (heard.message.method == Method::kInvite) {
    bool is_new = false;
    leg_of(call, heard.branch, is_new);
    heard.repeated = !is_new;
    call.retry_until = 0;
    if (heard.opens) call.caller = heard.from;
    if (heard.opens && heard.to != 0) dialog_of(call, heard.from, heard.to);  // met in its midst
  } else if (heard.message.method == Method::kBye) {
    // One of no dialog ends none, whoever answers it or does not.
    if (Dialog* const dialog = heard.dialog(); dialog != nullptr)
      dialog->bye_until = heard.now_ns() + plan_.transaction_ns;
  }
  if (!heard.repeated) read_descriptions(heard);
  tell(heard, heard.opens ? CallEventKind::kBegin : CallEventKind::kContinue);
}

void CallTracker::on_response(Heard& heard) noexcept {
  const uint16_t status = heard.message.status;
  const Method method = heard.cseq.method;
  if (method == Method::kInvite) {
    if (is_success(status)) return on_invite_taken(heard);
    if (status >= 300) return on_invite_refused(heard);
    if (heard.to != 0) dialog_of(*heard.call, heard.from, heard.to);
    read_descriptions(heard);
  } else if (method == Method::kBye) {
    return on_bye_answer(heard);
  } else if (method == Method::kUpdate || method == Method::kPrack) {
    const MediaSpeaker from = heard.call->speaker(heard.from, heard.context.hop);
    if (is_success(status)) {
      heard.call->media.take_offer(from);
      read_descriptions(heard);
      if (method == Method::kUpdate) read_session_timer(heard);
    } else if (status >= 300) {
      heard.call->media.refuse_offer(from);
    }
  }
  // What was taken within a dialog shows that no BYE before it was.
  if (Dialog* const dialog = heard.dialog(); dialog != nullptr && is_success(status)) dialog->bye_until = 0;
  tell(heard, CallEventKind::kContinue);
}

void CallTracker::on_invite_taken(Heard& heard) noexcept {
  Call& call = *heard.call;
  bool is_new = false;
  Leg* const leg = leg_of(call, heard.branch, is_new);
  // Every fork's answer comes back on the branch of the INVITE that was forked: the tag is part of what is answered.
  Dialog* const known = heard.dialog();
  heard.repeated = leg != nullptr && leg->done && known != nullptr && known->confirmed;
  if (leg != nullptr) leg->done = true;
  if (known != nullptr && !heard.repeated) known->bye_until = 0;
  confirm_dialog(call, heard.from, heard.to);
  if (!call.answered) {
    unlink(heard.at);
    call.answered = true;
    link(heard.at);
  }
  call.retry_until = 0;
  call.media.take_offer(call.speaker(heard.from, heard.context.hop));
  read_descriptions(heard);
  read_session_timer(heard);
  tell(heard, CallEventKind::kContinue);
}

void CallTracker::on_invite_refused(Heard& heard) noexcept {
  Call& call = *heard.call;
  const uint16_t status = heard.message.status;
  bool is_new = false;
  Leg* const leg = leg_of(call, heard.branch, is_new);
  heard.repeated = leg != nullptr && leg->done;
  if (leg != nullptr) leg->done = true;
  if (call.has_confirmed()) {
    call.media.refuse_offer(call.speaker(heard.from, heard.context.hop));
    if (Dialog* const dialog = heard.dialog(); dialog != nullptr && ends_dialog(status)) call.remove_dialog(*dialog);
    const bool is_over = !call.has_confirmed();
    return tell(heard, is_over ? CallEventKind::kEnd : CallEventKind::kContinue,
                is_over ? CallEnd::kRefused : CallEnd::kNone);
  }
  if (Dialog* const dialog = heard.dialog(); dialog != nullptr) call.remove_dialog(*dialog);
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
  if (dialog == nullptr || status < 200 || status == 401 || status == 407) return tell(heard, CallEventKind::kContinue);
  // Refused otherwise, for its CSeq or its way, it did not reach the other end's call, which goes on.
  dialog->bye_until = 0;
  if (!is_success(status) && !ends_dialog(status)) return tell(heard, CallEventKind::kContinue);
  Call& call = *heard.call;
  call.remove_dialog(*dialog);
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
  for (const Bytes text : descriptions_.sdp.all()) {
    if (parse_sdp(text, description_) != SdpError::kNone) continue;
    if (heard.origin.empty()) heard.origin = description_.origin;
    add_endpoints(description_, endpoints_);
    is_described = true;
  }
  if (!is_described) return;
  CallMedia& media = heard.call->media;
  const MediaSpeaker speaker = heard.call->speaker(heard.message.is_request ? heard.from : heard.to, heard.context.hop);
  const uint32_t beyond = media.beyond();
  if (heard.message.is_request && heard.message.method != Method::kAck) {
    media.offer(speaker, endpoints_.all.all());
  } else {
    media.answer(speaker, endpoints_.all.all());
  }
  counters_.endpoints_beyond.add(media.beyond() - beyond + endpoints_.all.beyond);
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
    event.media_changed =
        heard.opens ? !heard.call->media.all().empty() : heard.call->media.version() != heard.media_version;
    event.from = heard.from;
    event.origin = heard.origin;
    event.media = heard.call->media_view();
  }
  heard.sink.on_call_event(event);
}

}  // namespace lictor::sip
