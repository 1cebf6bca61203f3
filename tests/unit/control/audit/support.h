// What the audit tests share: a log with entries in it, its octets record by record, and what an attacker makes of
// them.
#pragma once

#include <string>
#include <vector>

#include "control/audit/audit_log.h"
#include "control/audit/verify.h"
#include "tests/unit/control/vault/support.h"

namespace lictor::control {

constexpr int64_t kAuditNow = 1'795'248'000'000'000'000;

inline AuditEvent act(const std::string& object) {
  return {.kind = AuditKind::kAct,
          .time_unix_ns = kAuditNow,
          .actor = "uid:1000",
          .action = "warrant.activate",
          .object = object,
          .outcome = "ok",
          .open = {{"revision", "7"}}};
}

inline AuditEvent read_of(const std::string& object) {
  AuditEvent event = act(object);
  event.kind = AuditKind::kRead;
  event.action = "warrant.get";
  return event;
}

class AuditTest : public ScratchTest {
 protected:
  [[nodiscard]] AuditLogOptions options(const AuditHead& store_head = {}) const {
    return {.folder = file("log"),
            .key_path = file("keys"),
            .initial_key_path = file("initial"),
            .store_head = store_head,
            .checkpoint_entries = 16};
  }
  [[nodiscard]] std::unique_ptr<AuditLog> open_log(const AuditHead& store_head = {}) const {
    Result<std::unique_ptr<AuditLog>> log = AuditLog::open(options(store_head), kAuditNow);
    EXPECT_TRUE(log.ok()) << log.status();
    return log.ok() ? *std::move(log) : nullptr;
  }
  [[nodiscard]] Status open_status(const AuditHead& store_head = {}) const {
    return AuditLog::open(options(store_head), kAuditNow).status();
  }
  // Reads alone, so that no store has to remember anything.
  void make_log(int entries) {
    const auto log = open_log();
    ASSERT_NE(log, nullptr);
    root_ = log->signer();
    for (int i = 0; log->head().number < static_cast<uint64_t>(entries); ++i)
      ASSERT_TRUE(log->append(read_of("object-" + std::to_string(i))).ok());
    ASSERT_TRUE(log->sync(log->head().number).ok());
    head_ = log->head();
  }

  [[nodiscard]] std::string log_file(uint32_t number = 1) const { return file("log/" + audit_file_name(number)); }
  [[nodiscard]] AuditVerdict verify(bool with_initial_key = false,
                                    const std::optional<AuditHead>& remembered = std::nullopt) const {
    Result<Secret> mac = Secret::make();
    if (with_initial_key) std::ranges::copy(as_bytes(from_hex(read_file(file("initial")))), mac->octets().begin());
    const Result<AuditVerdict> verdict = verify_audit(
        file("log"), {.key = root_, .initial_mac = with_initial_key ? &*mac : nullptr, .remembered = remembered});
    EXPECT_TRUE(verdict.ok()) << verdict.status();
    return verdict.ok() ? *verdict : AuditVerdict{.problem = AuditProblem{.what = "cannot be read"}};
  }
  // 0: all holds.
  [[nodiscard]] uint64_t first_bad(bool with_initial_key = false,
                                   const std::optional<AuditHead>& remembered = std::nullopt) const {
    const AuditVerdict verdict = verify(with_initial_key, remembered);
    return verdict.problem ? verdict.problem->entry : 0;
  }

  PublicKey root_{};
  AuditHead head_;
};

// The head of a file and its records, by their lengths alone.
inline std::vector<std::string> pieces_of(const std::string& octets) {
  std::vector<std::string> pieces = {octets.substr(0, kFileHeadBytes)};
  for (size_t at = kFileHeadBytes; at + kRecordHeadBytes <= octets.size();) {
    ByteReader reader(as_bytes(octets).subspan(at));
    const size_t bytes = kRecordHeadBytes + reader.u32() + kRecordTailBytes;
    pieces.push_back(octets.substr(at, bytes));
    at += bytes;
  }
  return pieces;
}

inline std::string joined(const std::vector<std::string>& pieces) {
  std::string octets;
  for (const std::string& piece : pieces) octets += piece;
  return octets;
}

}  // namespace lictor::control
