#include "control/fleet/session_relay.h"

#include <algorithm>
#include <utility>

namespace lictor::control {
namespace {

constexpr size_t kXidOctets = 16;

bool is_prefix(const v1::AddressPrefix& prefix) {
  const size_t octets = prefix.address().size();
  return (octets == 4 || octets == 16) && prefix.prefix_length() <= 8 * octets;
}

bool is_of_call(v1::SessionAddressUse use) {
  return use == v1::SESSION_ADDRESS_USE_RTP || use == v1::SESSION_ADDRESS_USE_UDPTL ||
         use == v1::SESSION_ADDRESS_USE_MSRP;
}

bool is_endpoint(const v1::SessionAddress& address) {
  return address.prefix().prefix_length() == 8 * address.prefix().address().size() && address.ports().first() != 0 &&
         address.ports().first() == address.ports().last();
}

// A call has endpoints, and nothing else has any.
bool is_address(const v1::SessionAddress& address, v1::SignallingProtocol protocol) {
  if (!is_prefix(address.prefix()) || !v1::SessionAddressUse_IsValid(address.use())) return false;
  if (address.ports().first() > address.ports().last() || address.ports().last() > UINT16_MAX) return false;
  if (is_of_call(address.use()) != (protocol == v1::SIGNALLING_PROTOCOL_SIP)) return false;
  return is_of_call(address.use()) ? is_endpoint(address) : !address.of_peer() && !address.paired();
}

void call_all(const std::vector<std::function<void()>>& wakes) {
  for (const std::function<void()>& wake : wakes)
    if (wake) wake();
}

}  // namespace

bool SessionRelay::is_well_formed(const v1::SessionNews& news) {
  if (news.xid().size() != kXidOctets || news.addresses_size() > kAddressesMax) return false;
  if (!v1::SignallingProtocol_IsValid(news.protocol()) || news.names_size() > kNamesMax) return false;
  for (const v1::Identity& name : news.names())
    if (!v1::IdentityKind_IsValid(name.kind()) || name.value().size() > kNameBytesMax) return false;
  return std::all_of(news.addresses().begin(), news.addresses().end(),
                     [&](const v1::SessionAddress& address) { return is_address(address, news.protocol()); });
}

void SessionRelay::attach(Reading reading) {
  Wakes wakes;
  {
    const std::lock_guard lock(mutex_);
    const std::string& element = reading.element;
    Reader& reader = readers_[element];
    if (reader.stream > reading.stream) return;  // another thread was faster with the stream that took its place
    element_of_.erase(reader.stream);
    element_of_[reading.stream] = element;
    const bool is_new = reader.incarnation != reading.incarnation;
    reader = {.incarnation = std::move(reading.incarnation),
              .held = std::move(reading.held),
              .due = {},
              .wake = std::move(reading.wake),
              .stream = reading.stream,
              .attached = true};
    end_where(
        element, [&](const Key& key, const Live&) { return is_new || !reader.held.contains(key.xid); }, wakes);
    for (auto& [key, live] : sessions_) {
      if (key.owner == element)
        live.told_anew = false;
      else if (reader.held.contains(key.xid))
        reader.due.insert(key);
    }
    if (!reader.due.empty()) wakes.push_back(reader.wake);
  }
  call_all(wakes);
}

void SessionRelay::detach(uint64_t stream) {
  const std::lock_guard lock(mutex_);
  Reader* const reader = reader_of(stream);
  if (reader == nullptr) return;
  element_of_.erase(stream);
  reader->wake = nullptr;
  reader->attached = false;
  reader->in_sync = false;
  reader->due.clear();
}

void SessionRelay::in_sync(uint64_t stream) {
  const std::lock_guard lock(mutex_);
  if (Reader* const reader = reader_of(stream); reader != nullptr) reader->in_sync = true;
}

void SessionRelay::hold(uint64_t stream, const std::string& xid) {
  Wakes wakes;
  {
    const std::lock_guard lock(mutex_);
    std::string element;
    Reader* const reader = reader_of(stream, &element);
    if (reader == nullptr || !reader->held.insert(xid).second) return;
    for (auto one = sessions_.lower_bound({.xid = xid}); one != sessions_.end() && one->first.xid == xid; ++one)
      if (one->first.owner != element) reader->due.insert(one->first);
    if (!reader->due.empty()) wakes.push_back(reader->wake);
  }
  call_all(wakes);
}

void SessionRelay::release(uint64_t stream, const std::string& xid) {
  Wakes wakes;
  {
    const std::lock_guard lock(mutex_);
    std::string element;
    Reader* const reader = reader_of(stream, &element);
    if (reader == nullptr || reader->held.erase(xid) == 0) return;
    std::erase_if(reader->due, [&](const Key& key) { return key.xid == xid; });
    end_of_tap(xid, &element, wakes);
  }
  call_all(wakes);
}

void SessionRelay::end(const std::string& xid) {
  Wakes wakes;
  {
    const std::lock_guard lock(mutex_);
    end_of_tap(xid, nullptr, wakes);
  }
  call_all(wakes);
}

void SessionRelay::take(uint64_t stream, v1::SessionNews news) {
  Wakes wakes;
  {
    const std::lock_guard lock(mutex_);
    std::string element;
    const Reader* const reader = reader_of(stream, &element);
    if (reader == nullptr) return;  // another stream took its place
    ++counts_.taken;
    if (news.xid().empty())
      end_untold(element, wakes);
    else if (!is_well_formed(news))
      ++counts_.malformed;
    else
      take_news(element, *reader, std::move(news), wakes);
  }
  call_all(wakes);
}

// Under the mutex, as what follows. What the next ones of that kind are about begins here.
void SessionRelay::end_untold(const std::string& owner, Wakes& wakes) {
  end_where(
      owner, [](const Key&, const Live& live) { return !live.told_anew; }, wakes);
  for (auto& [key, live] : sessions_)
    if (key.owner == owner) live.told_anew = false;
}

void SessionRelay::take_news(const std::string& element, const Reader& reader, v1::SessionNews news, Wakes& wakes) {
  if (!reader.held.contains(news.xid())) {
    ++counts_.strange;
    return;
  }
  news.DiscardUnknownFields();
  news.set_network_element_id(element);
  const Key key{.xid = news.xid(), .owner = element, .cin = news.cin()};
  const auto known = sessions_.find(key);
  if (news.over()) {
    if (known == sessions_.end()) return;
    sessions_.erase(known);
  } else if (known != sessions_.end()) {
    known->second = {.news = std::move(news)};
  } else if (sessions_.size() >= kSessionsMax || live_of(key.xid) >= kSessionsPerTapMax) {
    ++counts_.refused;
    return;
  } else {
    sessions_[key] = {.news = std::move(news)};
  }
  tell_others(key, wakes);
}

SessionRelay::Reader* SessionRelay::reader_of(uint64_t stream, std::string* element) {
  const auto found = element_of_.find(stream);
  if (found == element_of_.end()) return nullptr;
  if (element != nullptr) *element = found->second;
  return &readers_.at(found->second);
}

std::optional<v1::SessionNews> SessionRelay::next_of(Reader& reader) {
  if (reader.due.empty()) return std::nullopt;
  const Key key = *reader.due.begin();
  reader.due.erase(reader.due.begin());
  ++counts_.told;
  if (const auto live = sessions_.find(key); live != sessions_.end()) {
    v1::SessionNews news = live->second.news;
    news.clear_session();
    news.clear_names();
    return news;
  }
  v1::SessionNews over;
  over.set_xid(key.xid);
  over.set_cin(key.cin);
  over.set_network_element_id(key.owner);
  over.set_over(true);
  return over;
}

std::optional<v1::SessionNews> SessionRelay::next(uint64_t stream) {
  const std::lock_guard lock(mutex_);
  Reader* const reader = reader_of(stream);
  return reader == nullptr ? std::nullopt : next_of(*reader);
}

std::optional<v1::SessionNews> SessionRelay::next_live(uint64_t stream) {
  const std::lock_guard lock(mutex_);
  Reader* const reader = reader_of(stream);
  return reader == nullptr || !reader->in_sync ? std::nullopt : next_of(*reader);
}

std::vector<v1::SessionNews> SessionRelay::sessions_of(const std::set<std::string>& xids) const {
  const std::lock_guard lock(mutex_);
  std::vector<v1::SessionNews> found;
  for (const std::string& xid : xids)
    for (auto one = sessions_.lower_bound({.xid = xid}); one != sessions_.end() && one->first.xid == xid; ++one)
      found.push_back(one->second.news);
  return found;
}

std::vector<std::string> SessionRelay::told_of(const v1::SessionNews& session) const {
  const std::lock_guard lock(mutex_);
  const Key key{.xid = session.xid(), .owner = session.network_element_id(), .cin = session.cin()};
  std::vector<std::string> told;
  for (const auto& [element, reader] : readers_) {
    const bool holds = element != key.owner && reader.attached && reader.held.contains(key.xid);
    if (holds && !reader.due.contains(key)) told.push_back(element);
  }
  return told;
}

SessionRelay::Counts SessionRelay::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts = counts_;
  counts.live = sessions_.size();
  return counts;
}

void SessionRelay::tell_others(const Key& key, Wakes& wakes) {
  for (auto& [element, reader] : readers_) {
    if (element == key.owner || !reader.attached || !reader.held.contains(key.xid)) continue;
    reader.due.insert(key);
    wakes.push_back(reader.wake);
  }
}

void SessionRelay::end_where(const std::string& owner, const std::function<bool(const Key&, const Live&)>& is_over,
                             Wakes& wakes) {
  for (auto one = sessions_.begin(); one != sessions_.end();) {
    if (one->first.owner != owner || !is_over(one->first, one->second)) {
      ++one;
      continue;
    }
    const Key key = one->first;
    one = sessions_.erase(one);
    tell_others(key, wakes);
  }
}

void SessionRelay::end_of_tap(const std::string& xid, const std::string* owner, Wakes& wakes) {
  for (auto one = sessions_.lower_bound({.xid = xid}); one != sessions_.end() && one->first.xid == xid;) {
    const Key key = one->first;
    if (owner != nullptr && key.owner != *owner) {
      ++one;
      continue;
    }
    one = sessions_.erase(one);
    tell_others(key, wakes);
  }
}

size_t SessionRelay::live_of(const std::string& xid) const {
  size_t count = 0;
  for (auto one = sessions_.lower_bound({.xid = xid}); one != sessions_.end() && one->first.xid == xid; ++one) ++count;
  return count;
}

}  // namespace lictor::control
