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

  [[nodiscard]] int64_t now_ns() const { return context.received.unix_ns; }
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

template <typename Call>
bool has_open_leg(const Call& call) {
  return std::any_of(call.leg.begin(), call.leg.begin() + call.legs, [](const auto& leg) { return !leg.done; });
}

template <typename Call>
bool has_confirmed(const Call& call) {
  return std::any_of(call.dialog.begin(), call.dialog.begin() + call.dialogs,
                     [](const auto& dialog) { return dialog.confirmed; });
}

template <typename Call>
void remove_dialog(Call& call, uint32_t party) {
  const auto end = call.dialog.begin() + call.dialogs;
  const auto gone = std::remove_if(call.dialog.begin(), end, [party](const auto& one) { return one.party == party; });
  if (gone == end) return;
  call.dialogs = static_cast<uint8_t>(gone - call.dialog.begin());
  call.media.leave(party);
}

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
    const auto legs_end = ended.leg.begin() + ended.legs;
    const auto same = [&heard](const Leg& leg) { return leg.branch == heard.branch; };
    heard.repeated = std::any_of(ended.leg.begin(), legs_end, same);
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
  } else if (heard.message.method == Method::kBye) {
    call.bye_until = heard.now_ns() + plan_.transaction_ns;
  }
  if (!heard.repeated) read_descriptions(heard);
  tell(heard, heard.opens ? CallEventKind::kBegin : CallEventKind::kContinue);
}

void CallTracker::on_response(Heard& heard) noexcept {
  const uint16_t status = heard.message.status;
  if (heard.cseq.method == Method::kInvite) {
    if (is_success(status)) return on_invite_taken(heard);
    if (status >= 300) return on_invite_refused(heard);
    if (heard.to != 0) dialog_of(*heard.call, heard.to);
    read_descriptions(heard);
  } else if (heard.cseq.method == Method::kBye) {
    return on_bye_answer(heard);
  } else if (heard.cseq.method == Method::kUpdate || heard.cseq.method == Method::kPrack) {
    if (is_success(status)) {
      heard.call->media.take_offer(heard.from);
      read_descriptions(heard);
      if (heard.cseq.method == Method::kUpdate) read_session_timer(heard);
    } else if (status >= 300) {
      heard.call->media.refuse_offer(heard.from);
    }
  }
  tell(heard, CallEventKind::kContinue);
}

void CallTracker::on_invite_taken(Heard& heard) noexcept {
  Call& call = *heard.call;
  bool is_new = false;
  Leg* const leg = leg_of(call, heard.branch, is_new);
  heard.repeated = leg != nullptr && leg->done;
  if (leg != nullptr) leg->done = true;
  if (Dialog* const dialog = dialog_of(call, heard.to); dialog != nullptr) dialog->confirmed = true;
  if (!call.answered) {
    if (!call.pinned) unlink(heard.at);
    call.answered = true;
    if (!call.pinned) link(heard.at);
  }
  call.retry_until = 0;
  call.media.take_offer(heard.from);
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
  if (has_confirmed(call)) {
    call.media.refuse_offer(heard.from);
    if (ends_dialog(status)) {
      remove_dialog(call, heard.to);
      remove_dialog(call, heard.from);
    }
    const bool is_over = !has_confirmed(call);
    return tell(heard, is_over ? CallEventKind::kEnd : CallEventKind::kContinue,
                is_over ? CallEnd::kRefused : CallEnd::kNone);
  }
  remove_dialog(call, heard.to);
  if (has_open_leg(call)) return tell(heard, CallEventKind::kContinue);
  if (asks_for_retry(status)) {
    if (!heard.repeated) call.retry_until = heard.now_ns() + plan_.transaction_ns;
    return tell(heard, CallEventKind::kContinue);
  }
  tell(heard, CallEventKind::kEnd, status == 487 ? CallEnd::kCancelled : CallEnd::kRefused);
}

void CallTracker::on_bye_answer(Heard& heard) noexcept {
  const uint16_t status = heard.message.status;
  if (status < 200 || status == 401 || status == 407) return tell(heard, CallEventKind::kContinue);
  Call& call = *heard.call;
  call.bye_until = 0;
  remove_dialog(call, heard.to);
  remove_dialog(call, heard.from);
  // Early forks end with their INVITE, and a call that was met in its midst has no dialog that was seen.
  const bool is_over = !has_confirmed(call) && (call.answered || !has_open_leg(call));
  tell(heard, is_over ? CallEventKind::kEnd : CallEventKind::kContinue, is_over ? CallEnd::kReleased : CallEnd::kNone);
}

// A request offers, unless it is the ACK that answers a late offer (RFC 3264 section 4); a response answers, or offers
// what its ACK answers: in force at once either way.
void CallTracker::read_descriptions(const Heard& heard) noexcept {
  find_descriptions(heard.message, descriptions_);
  if (descriptions_.sdp.count == 0 || parse_sdp(descriptions_.sdp.items[0], description_) != SdpError::kNone) return;
  list_endpoints(description_, endpoints_);
  CallMedia& media = heard.call->media;
  const uint32_t beyond = media.beyond();
  if (!heard.message.is_request) {
    media.answer(heard.to, endpoints_.all.all());
  } else if (heard.message.method == Method::kAck) {
    media.answer(heard.from, endpoints_.all.all());
  } else {
    media.offer(heard.from, endpoints_.all.all());
  }
  counters_.endpoints_beyond.add(media.beyond() - beyond + endpoints_.all.beyond);
}

void CallTracker::read_session_timer(const Heard& heard) noexcept {
  Bytes value = heard.message.field(Header::kSessionExpires);
  const std::optional<uint32_t> seconds = read_decimal(trimmed(take_until(value, ';')), 1U << 30);
  heard.call->session_until = seconds ? heard.now_ns() + *seconds * kNanosecondsPerSecond + plan_.transaction_ns : 0;
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
    event.media = heard.call->media.all();
  }
  heard.sink.on_call_event(event);
}

}  // namespace lictor::sip
