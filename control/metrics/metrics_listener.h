// Serves one page of metrics, GET /metrics, and nothing else: by HTTPS to who has a certificate of our authority with
// one of the page's roles, on a Unix socket to who may open it, or on the loopback in the clear where its configuration
// orders that. Threads of its own. Started and stopped by main's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "control/access/identity.h"
#include "dataplane/base/result.h"

namespace httplib {
class Server;
}

namespace lictor::control {

struct MetricsListenOptions {
  std::string field;        // "metrics.platform.address": for complaints
  std::string address;      // "unix:PATH" or "HOST:PORT"
  std::string group;        // that may open the socket, too; empty: its owner alone
  RoleSet roles;            // who may read the page by HTTPS
  bool all_desks = false;   // and of them only who is of every desk: the page has sums over all
  bool clear = false;       // HOST:PORT in the clear, on the loopback alone
  std::string certificate;  // PEM files, for HTTPS
  std::string key;
  std::string ca;
  std::string crl;  // of the authority; empty: none is asked for
};

class MetricsListener {
 public:
  using Page = std::function<std::string()>;
  // Tells that somebody with this identity was refused; called before the answer goes out.
  using Refused = std::function<void(const Identity&)>;

  // InvalidArgument where the options do not say how; Unavailable where it cannot listen. `page` and `refused` are
  // called on the listener's threads until stop().
  static Result<std::unique_ptr<MetricsListener>> start(const MetricsListenOptions& options, Page page,
                                                        Refused refused);
  ~MetricsListener();
  MetricsListener(const MetricsListener&) = delete;
  MetricsListener& operator=(const MetricsListener&) = delete;

  // What is being answered is finished first.
  void stop();

 private:
  class Impl;
  explicit MetricsListener(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace lictor::control
