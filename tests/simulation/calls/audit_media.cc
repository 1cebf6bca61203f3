// Whose each packet is, and why a tap cannot know it of some.
#include <algorithm>

#include "tests/simulation/calls/audit.h"

namespace lictor::simulation {

namespace {

std::string text_of(const MediaEnd& end) {
  std::string words;
  for (size_t i = 0; i < (end.host.ipv6 ? 16U : 4U); ++i)
    words += (words.empty() ? "" : ".") + std::to_string(end.host.octets[i]);
  return words + ":" + std::to_string(end.port);
}

std::string knowledge_of(const CallRecord* call, const CallRecord& other, const MediaEnd& end) {
  std::string words = text_of(end) + ":";
  if (call != nullptr && call->view.knows(end)) words += " known of its call,";
  if (call != nullptr && call->in_use.contains(end)) words += " used by its call,";
  if (other.view.knows(end)) words += " known of the other,";
  if (other.in_use.contains(end)) words += " used by the other,";
  return words + "\n";
}

}  // namespace

bool Audit::is_known_of_another(const CallRecord& call, const MediaEnd& end) const {
  return std::ranges::any_of(open_, [&](const CallRecord* other) {
    return other != &call && other->lost == 0 && other->view.knows(end) && other->in_use.contains(end);
  });
}

// Or may be, by what other calls have lost.
bool Audit::is_shared(const CallRecord& call, const MediaEnd& end) const {
  return std::ranges::any_of(open_, [&](const CallRecord* other) {
    if (other == &call) return false;
    const TapView& view = other->view;
    return view.knows(end) || (other->lost > 0 && view.was_described(end));
  });
}

// nullopt: nothing excuses it.
std::optional<Excuse> Audit::why_missed(const Packet& packet) const {
  constexpr size_t kEndsPairedMax = 9;  // an end and its eight others
  const CallRecord& call = *packet.call;
  const bool from = call.view.knows(packet.from);
  const bool to = call.view.knows(packet.to);
  if (!from && !to) {
    if (packet.in_flight) return Excuse::kInFlight;
    if (call.unread > 0) return Excuse::kNotRead;
    return call.lost > 0 ? std::optional(Excuse::kDescriptionLost) : std::nullopt;
  }
  // Where one of them was lost, offers and answers are no pairs any more: the strong promise is of calls that were
  // heard.
  constexpr uint32_t kLostOne = 1;
  const std::optional<Excuse> otherwise = call.lost >= kLostOne ? std::optional(Excuse::kChangeLost) : std::nullopt;
  if ((from && !is_shared(call, packet.from)) || (to && !is_shared(call, packet.to))) return otherwise;
  if (!from || !to) return Excuse::kShared;
  return call.view.ends() > kEndsPairedMax ? std::optional(Excuse::kManyEnds) : otherwise;
}

// The tap could not know that `other` has these ends no more, nor that the packet's call has them now.
std::optional<Excuse> Audit::why_taken_for(const CallRecord& other, const Packet& packet) const {
  constexpr int64_t kGraceNs = kNanosecondsPerSecond;
  if (other.ended.unix_ns != 0 && now_.unix_ns < other.ended.unix_ns + kGraceNs)
    for (const MediaEnd& end : {packet.from, packet.to})
      if (other.view.was_described(end) && !is_known_of_another(other, end)) return Excuse::kGrace;
  bool knows_one = false;
  for (const MediaEnd& end : {packet.from, packet.to}) {
    const bool knows = other.view.is_open() && other.view.knows(end);
    const bool is_told = packet.call != nullptr && packet.call->view.is_open() && packet.call->view.knows(end);
    if (knows && other.in_use.contains(end)) {
      // Whoever takes a call over may go on with its ports, and say so behind its first packet.
      const bool is_both = packet.call != nullptr && packet.call->in_use.contains(end) && !is_told;
      return is_both ? std::optional(Excuse::kTwoCalls) : std::nullopt;
    }
    const bool is_lost_for_both = packet.call != nullptr && packet.call->lost > 0 && other.lost > 0;
    if (knows && is_lost_for_both) return Excuse::kEndLost;
    knows_one = knows_one || knows;
    if (knows && is_told && !other.view.knows(end == packet.from ? packet.to : packet.from)) return std::nullopt;
  }
  if (!knows_one) {
    // Others than this call's never.
    const bool was_its = other.view.was_described(packet.from) || other.view.was_described(packet.to);
    return other.lost > 0 && was_its ? std::optional(Excuse::kChangeLost) : std::nullopt;
  }
  if (other.is_unseen) return Excuse::kEndUnseen;
  return other.lost > 0 || other.unread > 0 ? std::optional(Excuse::kEndLost) : std::nullopt;
}

// Of whom it should be is what has passed the tap.
void Audit::check_missed(const Packet& packet, TaskSlot slot) {
  if (packet.call == nullptr || !tasks_.at(slot).cc) return;
  const CallRecord& call = *packet.call;
  const auto is_one = [&](uint32_t person) { return people_.at(slot).contains(person); };
  if (call.is_over || std::ranges::none_of(call.named, is_one)) return;
  std::optional<Excuse> why;
  if (call.view.is_open() && call.followed.contains(slot)) {
    why = why_missed(packet);
  } else if (call.lost > 0 || call.unread > 0) {
    why = Excuse::kBeginLost;
  }
  EXPECT_TRUE(why.has_value()) << "missed: " << text_of(packet.from) << " to " << text_of(packet.to) << " "
                               << words_of(call, slot);
  if (why) excuse(*why);
}

void Audit::check_match(const Packet& packet, TaskSlot slot, const TaskMatch& found) {
  const CallRecord* const call = packet.call;
  const std::string what = text_of(packet.from) + " to " + text_of(packet.to);
  const auto owner = by_cin_.find(found.cin);
  ASSERT_NE(owner, by_cin_.end()) << what;
  const CallRecord& other = *owner->second.first;
  if (&other == call && call->view.is_open()) {
    ++figures_.matched;
    const std::optional<bool> calling = is_calling(*call, slot);
    if (!calling) return;
    const Direction expected = packet.from_calling == *calling ? Direction::kFromTarget : Direction::kToTarget;
    const bool is_of_two = is_shared(*call, packet.from) || is_shared(*call, packet.to);
    if (is_of_two && found.direction == Direction::kIndeterminate) return excuse(Excuse::kTwoCalls);
    if (call->lost > 0 && found.direction != expected) return excuse(Excuse::kChangeLost);
    EXPECT_EQ(static_cast<int>(found.direction), static_cast<int>(expected)) << what << " " << words_of(*call, slot);
    return;
  }
  const std::optional<Excuse> why = why_taken_for(other, packet);
  EXPECT_TRUE(why.has_value()) << "taken for another's: " << what << " "
                               << (call == nullptr ? std::string("of nobody") : words_of(*call, slot)) << "\ntaken for "
                               << words_of(other, slot) << "\n"
                               << "ended " << (now_.unix_ns - other.ended.unix_ns) / kMillisecond << " ms before\n"
                               << knowledge_of(call, other, packet.from) << knowledge_of(call, other, packet.to);
  if (why) excuse(*why);
}

void Audit::see(const Packet& packet, PacketTime now) {
  now_ = now;
  const std::span<const TaskMatch> matches = matcher_.match(packet.from, packet.to, packet.port, now);
  for (const auto& [slot, task] : tasks_) {
    const auto found = std::ranges::find(matches, slot, &TaskMatch::slot);
    if (found == matches.end()) {
      check_missed(packet, slot);
    } else {
      check_match(packet, slot, *found);
    }
  }
  if (matches.empty()) ++figures_.nobodys;
}

}  // namespace lictor::simulation
