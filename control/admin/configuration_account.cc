#include "control/admin/configuration_account.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <set>

#include "control/registry/hex.h"
#include "control/registry/keys.h"
#include "control/vault/ciphers.h"
#include "control/vault/octets.h"

namespace lictor::control {
namespace {

constexpr size_t kChangedTextMax = 900;  // of a field's bound
constexpr size_t kPathBytesMax = 1024;

using Digests = std::map<std::string, std::string>;  // of values, by path

std::string digest_of(std::string_view text) {
  Digest digest;
  SHA256(as_bytes(text).data(), text.size(), digest.data());
  return {digest.begin(), digest.end()};
}

std::string to_octets(const Digests& digests) {
  std::string octets;
  for (const auto& [path, digest] : digests) {
    append_counted(octets, path);
    append_counted(octets, digest);
  }
  return octets;
}

Result<Digests> parse(std::string_view octets) {
  ByteReader reader(as_bytes(octets));
  Digests digests;
  while (reader.ok() && reader.remaining() > 0) {
    std::string path(take_counted(reader, kPathBytesMax));
    std::string digest(take_counted(reader, kDigestBytes));
    if (reader.ok()) digests.emplace(std::move(path), std::move(digest));
  }
  if (!reader.ok()) return absl::DataLossError("store: the last configuration cannot be read");
  return digests;
}

// "policy.lab, policy.shared[3] and 7 more"
std::string changed(const Digests& before, const Digests& now) {
  std::set<std::string> paths;
  for (const auto& [path, digest] : now)
    if (const auto known = before.find(path); known == before.end() || known->second != digest) paths.insert(path);
  for (const auto& [path, digest] : before)
    if (!now.contains(path)) paths.insert(path);
  std::string text;
  size_t named = 0;
  for (const std::string& path : paths) {
    if (text.size() + path.size() > kChangedTextMax) break;
    text += (text.empty() ? "" : ", ") + path;
    ++named;
  }
  return named == paths.size() ? text : fmt::format("{} and {} more", text, paths.size() - named);
}

}  // namespace

Result<ConfigurationAccount> account_of_configuration(Store& store,
                                                      const std::map<std::string, std::string>& effective) {
  Digests now;
  for (const auto& [path, value] : effective) now.emplace(path, digest_of(value));
  const Result<std::optional<Entry>> stored = store.get(kConfigurationKey);
  if (!stored.ok()) return stored.status();
  std::string octets = to_octets(now);
  ConfigurationAccount account{.fields = {{"configuration", hex_of(digest_of(octets))}}, .write = {}};
  if (stored->has_value()) {
    const Result<Digests> before = parse((*stored)->value);
    if (!before.ok()) return before.status();
    account.fields.push_back({"changed", changed(*before, now)});
  }
  account.write = {.key = kConfigurationKey, .value = std::move(octets)};
  return account;
}

}  // namespace lictor::control
