// One TLS connection to a syslog server, with certificates on both sides. Of one thread, which it may keep waiting; a
// descriptor that becomes readable ends every wait.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "dataplane/base/result.h"
#include "dataplane/base/unique_fd.h"

namespace lictor::control {

struct SyslogServer {
  std::string host;  // a name or an address, which its certificate must have
  int port = 6514;
  std::string ca;  // PEM files
  std::string certificate;
  std::string key;
};

class SyslogLink {
 public:
  static constexpr int kWaitMs = 10'000;  // for each step of connecting, and for a server that takes nothing

  // Unavailable: not reached, not shown to be the server, or `stop` became readable.
  static Result<std::unique_ptr<SyslogLink>> connect(const SyslogServer& server, int stop);
  ~SyslogLink();
  SyslogLink(const SyslogLink&) = delete;
  SyslogLink& operator=(const SyslogLink&) = delete;

  // All of it is on its way.
  Status send(const std::string& octets);
  // The server's host has acknowledged all of it.
  Status settle();
  // Whether the server is still there, as far as its host has said so far.
  Status look();

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* tls) const { SSL_free(tls); }
  };
  explicit SyslogLink(int stop) : stop_(stop) {}
  Status open_socket(const SyslogServer& server);
  Status start_tls(const SyslogServer& server);
  // Repeats `step` until it has done something; its negative answers say what to wait for.
  template <typename Step>
  Status carry_through(const char* what, const Step& step);
  Status wait_for(short events, const char* what) const;

  const int stop_;
  UniqueFd socket_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> tls_;
};

}  // namespace lictor::control
