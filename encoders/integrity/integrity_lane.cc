#include "encoders/integrity/integrity_lane.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

// After so many octets the encoder lcore gets its room back.
constexpr size_t kReleaseBytes = size_t{256} << 10;
// Intervals are kept to this: a look at every chain costs more than most rounds.
constexpr int64_t kClockNs = 5'000'000;
constexpr size_t index_of(CheckedKind of) { return of == CheckedKind::kCc ? 1 : 0; }
constexpr std::array kKinds = {CheckedKind::kIri, CheckedKind::kCc};

}  // namespace

Status IntegrityLane::open(size_t bytes) {
  if (is_open()) return absl::OkStatus();
  Result<std::unique_ptr<SpscByteRing>> ring = SpscByteRing::make(bytes);
  if (!ring.ok()) return ring.status();
  (*ring)->lock();  // as well as it goes: the limit of locked memory is told where a spool meets it
  ring_ = *std::move(ring);
  open_.store(true, std::memory_order_release);
  return absl::OkStatus();
}

IntegrityChain* IntegrityLane::adopt(std::unique_ptr<IntegrityChain> chain) {
  LICTOR_CHECK(chain != nullptr && is_open());
  owned_.push_back(std::move(chain));
  return owned_.back().get();
}

bool IntegrityLane::record(IntegrityChain& chain, CheckedKind of, uint32_t cin, uint32_t number, Bytes octets) {
  const size_t bytes = message_bytes(octets.size());
  const MutableBytes room = ring_->reserve(bytes);
  if (room.empty()) return false;
  const Header header{.chain = &chain,
                      .bytes = static_cast<uint32_t>(octets.size()),
                      .number = number,
                      .cin = cin,
                      .message = Message::kRecord,
                      .of = of,
                      .reserved = {}};
  std::memcpy(room.data(), &header, sizeof header);
  std::memcpy(room.data() + sizeof header, octets.data(), octets.size());
  ring_->commit(bytes);
  return true;
}

bool IntegrityLane::send(IntegrityChain& chain, Message message) {
  const MutableBytes room = ring_->reserve(message_bytes(0));
  if (room.empty()) return false;
  const Header header{
      .chain = &chain, .bytes = 0, .number = 0, .cin = 0, .message = message, .of = CheckedKind::kIri, .reserved = {}};
  std::memcpy(room.data(), &header, sizeof header);
  ring_->commit(message_bytes(0));
  return true;
}

void IntegrityLane::end(IntegrityChain& chain) {
  LICTOR_CHECK(!chain.lcore.ending);
  chain.lcore.ending = endings_wait_ = true;
  send_endings();
}

void IntegrityLane::drop(TaskSlot slot) {
  for (const auto& chain : owned_) {
    if (chain->slot() != slot || chain->lcore.dropped) continue;
    chain->lcore.dropped = true;
    if (chain->lcore.closing) continue;  // its last answer is coming
    chain->lcore.ending = endings_wait_ = true;
    chain->lcore.ended = false;
  }
  send_endings();
}

void IntegrityLane::strays(TaskSlot slot, CheckedKind of) {
  for (const auto& chain : owned_) {
    if (chain->slot() == slot) chain->lcore.strayed[index_of(of)] = true;
  }
}

void IntegrityLane::send_endings() {
  if (!endings_wait_) return;
  endings_wait_ = false;
  for (const auto& chain : owned_) {
    if (!chain->lcore.ending || chain->lcore.ended) continue;
    chain->lcore.ended = send(*chain, chain->lcore.dropped ? Message::kDrop : Message::kEnd);
    endings_wait_ |= !chain->lcore.ended;
  }
}

void IntegrityLane::tell_hash(IntegrityChain& chain, CheckedKind of, uint32_t cin, uint32_t number, Bytes pdu,
                              Bytes digest) {
  Tell tell{.chain = &chain,
            .of = of,
            .cin = cin,
            .number = number,
            .pdu = {pdu.begin(), pdu.end()},
            .digest = {digest.begin(), digest.end()},
            .closes = false};
  LICTOR_CHECK(tells_.push(std::move(tell)));
}

void IntegrityLane::close(IntegrityChain& chain) {
  chain.lcore.closing = true;
  LICTOR_CHECK(
      tells_.push({.chain = &chain, .of = {}, .cin = 0, .number = 0, .pdu = {}, .digest = {}, .closes = true}));
}

void IntegrityLane::publish() {
  // The ring is there with the first chain; before that the control thread may be making it.
  if (owned_.empty()) return;
  send_endings();
  ring_->publish();
}

std::optional<IntegrityResult> IntegrityLane::next() {
  while (std::optional<IntegrityResult> result = results_.pop()) {
    const bool dropped = result->chain->lcore.dropped;
    result->strayed = result->chain->lcore.strayed[index_of(result->check.of)];
    if (result->kind == IntegrityResult::Kind::kClosed)
      std::erase_if(owned_, [&](const auto& chain) { return chain.get() == result->chain; });
    if (!dropped) return result;
  }
  return std::nullopt;
}

bool IntegrityLane::work(SocketTime now) {
  if (!is_open()) return false;
  bool busy = take_tells(now);
  busy = look_at_clock(now) || busy;
  size_t released = 0;
  Bytes left = push_results() ? ring_->readable() : Bytes{};
  while (!left.empty() && push_results()) {
    Header header;
    std::memcpy(&header, left.data(), sizeof header);
    take(header, left.subspan(sizeof header, header.bytes), now);
    left = left.subspan(message_bytes(header.bytes));
    released += message_bytes(header.bytes);
    busy = true;
    if (released < kReleaseBytes) continue;
    ring_->release(released);
    released = 0;
  }
  if (released > 0) ring_->release(released);
  push_results();
  return busy;
}

void IntegrityLane::take(const Header& header, Bytes octets, SocketTime now) {
  IntegrityChain& chain = *header.chain;
  switch (header.message) {
    case Message::kRecord:
      if (!std::exchange(chain.thread.active, true)) active_.push_back(&chain);
      return answer(chain, chain.record(header.of, header.cin, header.number, octets, now));
    case Message::kEnd:
      for (const CheckedKind of : kKinds) answer_hashes(chain, of, IntegrityChain::kEnd);
      return answer(chain, IntegrityResult::Kind::kFlushed);
    case Message::kDrop:
      take_tells(now);  // what was told before this is of a chain that is gone behind it
      std::erase(active_, &chain);
      return answer(chain, IntegrityResult::Kind::kClosed);
  }
}

bool IntegrityLane::take_tells(SocketTime now) {
  bool busy = false;
  while (std::optional<Tell> tell = tells_.pop()) {
    busy = true;
    IntegrityChain& chain = *tell->chain;
    if (!tell->closes) {
      answer(chain, chain.hash_pdu(tell->of, tell->cin, tell->number, tell->pdu, tell->digest, now));
      continue;
    }
    for (const CheckedKind of : kKinds) answer_signatures(chain, of, IntegrityChain::kEnd);
    std::erase(active_, &chain);
    answer(chain, IntegrityResult::Kind::kClosed);
  }
  return busy;
}

bool IntegrityLane::look_at_clock(SocketTime now) {
  if (now < clock_due_) return false;
  clock_due_ = {now.ns + kClockNs};
  const size_t before = answers_.size();
  for (IntegrityChain* const chain : active_) {
    for (const CheckedKind of : kKinds) {
      answer_hashes(*chain, of, now);
      answer_signatures(*chain, of, now);
    }
  }
  return answers_.size() != before;
}

void IntegrityLane::answer(IntegrityChain& chain, IntegrityResult::Kind kind, IntegrityCheck check) {
  answers_.push_back({.kind = kind,
                      .chain = &chain,
                      .slot = chain.slot(),
                      .check = std::move(check),
                      .first_number = chain.first_number()});
}

void IntegrityLane::answer(IntegrityChain& chain, std::optional<IntegrityCheck> check) {
  if (check) answer(chain, IntegrityResult::Kind::kCheck, *std::move(check));
}

void IntegrityLane::answer_hashes(IntegrityChain& chain, CheckedKind of, SocketTime now) {
  while (std::optional<IntegrityCheck> check = chain.due_hash(of, now)) answer(chain, std::move(check));
}

void IntegrityLane::answer_signatures(IntegrityChain& chain, CheckedKind of, SocketTime now) {
  while (std::optional<IntegrityCheck> check = chain.due_signature(of, now)) answer(chain, std::move(check));
}

// Every result that is taken lets at most one more come from a tell, so what waits here is bounded while no record is
// taken.
bool IntegrityLane::push_results() {
  while (!answers_.empty() && results_.push(std::move(answers_.front()))) answers_.pop_front();
  return answers_.empty();
}

}  // namespace lictor
