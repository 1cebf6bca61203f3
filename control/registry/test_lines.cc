#include "control/registry/test_lines.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <fstream>
#include <memory>

#include "control/registry/change_rules.h"
#include "control/registry/scope.h"
#include "control/registry/selector.h"
#include "control/registry/time_text.h"

namespace lictor::control {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

Result<std::string> read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string octets(kTestLinesBytesMax + 1, '\0');
  file.read(octets.data(), static_cast<std::streamsize>(octets.size()));
  if (!file.eof()) return absl::FailedPreconditionError(fmt::format("{}: cannot be read, or is too long", path));
  octets.resize(static_cast<size_t>(file.gcount()));
  return octets;
}

bool verifies(const std::string& octets, const std::string& signature, const std::string& pem) {
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const std::unique_ptr<EVP_PKEY, Free> key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  bool holds = false;
  if (key != nullptr && context != nullptr) {
    const EVP_MD* const digest = EVP_PKEY_is_a(key.get(), "ED25519") == 1 ? nullptr : EVP_sha256();
    holds = EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
            EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                             reinterpret_cast<const unsigned char*>(octets.data()), octets.size()) == 1;
  }
  ERR_clear_error();
  return holds;
}

std::string_view trimmed(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

Result<v1::TargetSpec> parse_line(std::string_view line) {
  const SplitTarget split = split_target(line);
  const Result<Selector> selector = parse_selector(split.selector);
  if (!selector.ok()) return selector.status();
  if (std::holds_alternative<v1::Pattern>(*selector)) return absl::InvalidArgumentError("a pattern names nobody");
  v1::TargetSpec target;
  target.set_selector(format_selector(*selector));
  if (!split.scope) return target;
  const Result<v1::Scope> scope = parse_scope(*split.scope);
  if (!scope.ok()) return scope.status();
  *target.mutable_scope() = *scope;
  return target;
}

bool is_on(const v1::TargetSpec& line, const v1::TargetSpec& target) {
  return (is_any(line.scope()) || format_scope(line.scope()) == format_scope(target.scope())) && covers(line, target);
}

}  // namespace

Result<std::vector<v1::TargetSpec>> load_test_lines(const SignedFile& file) {
  const Result<std::string> octets = read(file.path);
  if (!octets.ok()) return octets.status();
  const Result<std::string> signature = read(file.signature_path);
  if (!signature.ok()) return signature.status();
  const Result<std::string> key = read(file.key_path);
  if (!key.ok()) return key.status();
  if (!verifies(*octets, *signature, *key))
    return absl::FailedPreconditionError("the signature does not hold, or the key cannot be read");
  return parse_test_lines(*octets);
}

Result<std::vector<v1::TargetSpec>> parse_test_lines(std::string_view text) {
  std::vector<v1::TargetSpec> lines;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    Result<v1::TargetSpec> target = parse_line(line);
    if (!target.ok())
      return absl::InvalidArgumentError(fmt::format("line {}: {}", number, std::string(target.status().message())));
    if (lines.size() == kTestLinesMax) return absl::InvalidArgumentError(fmt::format("at most {}", kTestLinesMax));
    lines.push_back(*std::move(target));
  }
  return lines;
}

void check_test(const v1::Warrant& warrant, const Policy& policy, Violations& violations) {
  for (int i = 0; i < warrant.targets_size(); ++i) {
    const v1::TargetSpec& target = warrant.targets(i);
    if (is_pattern(target.selector())) continue;
    violations.expect(
        std::ranges::any_of(policy.test_lines, [&](const v1::TargetSpec& line) { return is_on(line, target); }),
        fmt::format("warrant.targets[{}].selector", i), "is on no test line");
  }
  const Result<LegalTime> start = parse_time(warrant.start());
  const Result<LegalTime> end = parse_time(warrant.end());
  if (!start.ok() || !end.ok()) return;  // said already
  violations.expect(end->unix_ns - start->unix_ns <= int64_t{policy.test_hours_max} * 3600 * kNanosecondsPerSecond,
                    "warrant.end", fmt::format("a test lasts at most {} hours", policy.test_hours_max));
}

}  // namespace lictor::control
