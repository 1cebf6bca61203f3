// Clients' certificates while connections stand: every call asks whether its own still does, streams are ended when
// theirs does no more, what expires soon is alarmed, and who was turned away at the door is entered into the account.
// Any thread; sweep() runs on a thread of its own, 4 times a second.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "control/access/certificate_standing.h"
#include "control/access/identity.h"
#include "control/access/trusted_authorities.h"
#include "control/admin/administration.h"

namespace lictor::control {

class ClientCertificates {
 public:
  static constexpr int64_t kWarningDays = 30;
  static constexpr int64_t kCriticalDays = 7;
  static constexpr size_t kSeenMax = 4096;        // clients whose certificates' ends are known
  static constexpr size_t kRefusedEachSweep = 8;  // that have an entry each; more are one entry that counts them

  ClientCertificates(Administration& administration, std::unique_ptr<CertificateStanding> standing,
                     std::unique_ptr<TrustedAuthorities> authorities, std::function<LegalTime()> clock = legal_now);
  ~ClientCertificates() { stop(); }
  ClientCertificates(const ClientCertificates&) = delete;
  ClientCertificates& operator=(const ClientCertificates&) = delete;

  void start();  // sweeping
  void stop();

  // Of a call.
  Status check(const CertificateFacts& facts, const Identity& who);
  // Somebody who did not get in: `what` names him as far as he is known ("certificate", its fingerprint; "uid", …).
  void refused(const Status& why, AuditField what);

  // Calls `end` at each sweep at which the certificate does not stand any more, until forget().
  using End = std::function<void(const Status&)>;
  uint64_t watch(CertificateFacts facts, End end);
  void forget(uint64_t ticket);

  void sweep();

 private:
  struct Stream {
    CertificateFacts facts;
    End end;
  };
  struct Refusal {
    Status why;
    AuditField what;
  };
  [[nodiscard]] Status judge(const CertificateFacts& facts, int64_t now_unix_s) const;
  void tell_files(int64_t now_unix_s);
  void end_streams(int64_t now_unix_s);
  void tell_refusals();
  void tell_expiry(int64_t now_unix_s);
  void run_loop();

  Administration& administration_;
  const std::unique_ptr<CertificateStanding> standing_;
  const std::unique_ptr<TrustedAuthorities> authorities_;
  const std::function<LegalTime()> clock_;
  std::thread thread_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable stopped_changed_;
  bool stopped_ = false;
  uint64_t next_ticket_ = 1;
  std::map<uint64_t, Stream> streams_;
  std::map<std::string, int64_t> ends_;  // by name: Unix s, of the newest certificate that was seen
  std::vector<Refusal> refusals_;        // since the last sweep
  uint64_t refusals_more_ = 0;           // that did not fit
  std::string told_expiry_;              // of the sweeping thread
  std::string told_list_;                // the same, as what follows
  std::string told_authorities_;
};

}  // namespace lictor::control
