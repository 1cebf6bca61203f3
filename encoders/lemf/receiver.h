// The receiver: listens for HI2 and HI3, takes what comes, answers questions, and writes everything down. One thread,
// one epoll loop, from open() to the end of run().
#pragma once

#include <memory>
#include <string>

#include "dataplane/base/result.h"
#include "encoders/lemf/answer.h"
#include "encoders/lemf/channel.h"
#include "encoders/lemf/interface_account.h"
#include "encoders/lemf/pacer.h"

namespace lictor::lemf {

enum class Detail { kDecoded, kRawOnly, kNothing };

struct ReceiverOptions {
  std::string hi2;  // "ADDRESS:PORT"; port 0: any
  std::string hi3;
  std::string out;         // folder, made where it is missing; records that are there already are read and added to
  std::string ready_file;  // {"hi2":PORT,"hi3":PORT}, once listening; empty: none
  Pace pace;               // of each interface
  TlsFiles tls;            // of both
  OptionManners option_manners = OptionManners::kAccept;
  Expectation expectation;
  // kRawOnly: no records.jsonl, no content.pcapng, no frames.pcapng. kNothing: no raw files either, and what is there
  // is not read.
  Detail detail = Detail::kDecoded;
  bool delays = false;  // measures how long CC records took from their time stamp, by this machine's clock
};

class Receiver {
 public:
  // Connections that one interface holds at a time; more are closed at once and counted.
  static constexpr size_t kConnectionsMax = 64;

  // FailedPrecondition where another process has the folder.
  static Result<std::unique_ptr<Receiver>> open(const ReceiverOptions& options);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  // Until SIGTERM or SIGINT; then what is in the sockets is taken, and the summary written. An error means that
  // something could not be stored: it stops at once then, so that the sender keeps what it has.
  Status run();
  [[nodiscard]] const InterfaceAccount& hi2() const;
  [[nodiscard]] const InterfaceAccount& hi3() const;

 private:
  class Loop;
  explicit Receiver(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace lictor::lemf
