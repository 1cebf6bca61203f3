// What parse_message reads, for a test that compares it with another dissector: UDP payloads in hexadecimal on standard
// input, one a line; for each a line of fields separated by tabs, or "error N". A test's tool: it prints what it is
// given.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <iostream>
#include <string>
#include <vector>

#include "dataplane/session/radius/message.h"

namespace {

using lictor::Bytes;
using namespace lictor::radius;

std::vector<uint8_t> octets_of(const std::string& hex) {
  std::vector<uint8_t> octets;
  for (size_t at = 0; at + 1 < hex.size(); at += 2)
    octets.push_back(static_cast<uint8_t>(std::stoul(hex.substr(at, 2), nullptr, 16)));
  return octets;
}

std::string hex_of(Bytes octets) {
  std::string hex;
  for (const uint8_t octet : octets) hex += fmt::format("{:02x}", octet);
  return hex;
}

std::string address_text(int family, const uint8_t* octets) {
  std::array<char, INET6_ADDRSTRLEN> words{};
  return inet_ntop(family, octets, words.data(), words.size());
}

template <typename Item, typename Text>
std::string list_of(std::span<const Item> items, Text text_of) {
  std::string words;
  for (const Item& item : items) words += (words.empty() ? "" : ",") + text_of(item);
  return words;
}

std::string line_of(const Message& message) {
  const auto ipv6 = [](const Ipv6& address) { return address_text(AF_INET6, address.data()); };
  const auto prefix = [](const lictor::IpPrefix& one) {
    return fmt::format("{}/{}", address_text(AF_INET6, one.octets.data()), one.bits);
  };
  return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}", message.code, message.id,
                     message.status_type ? std::to_string(*message.status_type) : "",
                     message.framed_ipv4 ? address_text(AF_INET, message.framed_ipv4->data()) : "",
                     list_of<lictor::IpPrefix>(message.framed_ipv6_prefixes.all(), prefix),
                     list_of<lictor::IpPrefix>(message.delegated_ipv6_prefixes.all(), prefix),
                     list_of<Ipv6>(message.framed_ipv6_addresses.all(), ipv6), hex_of(message.user_name),
                     hex_of(message.session_id));
}

}  // namespace

int main() {
  const AttributeMap map = AttributeMap::standard();
  for (std::string line; std::getline(std::cin, line);) {
    const std::vector<uint8_t> octets = octets_of(line);
    Message message;
    const MessageError error = parse_message(octets, map, message);
    std::cout << (error == MessageError::kNone ? line_of(message) : fmt::format("error {}", static_cast<int>(error)))
              << '\n';
  }
}
