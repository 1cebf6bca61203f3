// What becomes of a record that was received on one interface: judged and counted, stored as it came, shown decoded,
// its packets saved. The same for the server and for files. One owner, one thread.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/base/bytes.h"
#include "encoders/der/der_walker.h"
#include "encoders/lemf/interface_account.h"
#include "encoders/lemf/output_file.h"

namespace lictor::lemf {

// Where records go; null: nowhere. Both interfaces may share all but `raw`.
struct IntakeOutputs {
  OutputFile* raw = nullptr;      // hi2.ber, hi3.ber: all octets, repeats and keep-alives too
  OutputFile* lines = nullptr;    // records.jsonl, without repeats
  OutputFile* packets = nullptr;  // content.pcapng, without repeats
  OutputFile* frames = nullptr;   // frames.pcapng, the same of L2CC
};

class Intake {
 public:
  // Complaints that go to standard error; the rest is only counted.
  static constexpr uint64_t kComplaintsMax = 20;

  Intake(der::Interface interface, Expectation expectation, const IntakeOutputs& outputs, std::string name)
      : interface_(interface), outputs_(outputs), name_(std::move(name)), account_(interface, expectation) {}

  // A whole record. The view is good until the next one.
  const der::RecordView& record(Bytes record);
  // The octets that follow begin no record.
  void lost_place(const std::string& what);
  // From now on it is measured how long CC records took from their time stamp.
  void measure_delays() { measuring_ = true; }
  // What came so far is in the file: it outlives this process.
  void store();
  // Records of a file that was written before: counted and shown, not stored again.
  Status restore(const std::string& path);

  // Packets and frames that went to a file of their kind.
  [[nodiscard]] uint64_t packets() const { return packets_; }
  InterfaceAccount& account() { return account_; }
  [[nodiscard]] const InterfaceAccount& account() const { return account_; }

 private:
  void save_packets();
  void take_delay();
  void complain(const std::string& what);

  const der::Interface interface_;
  const IntakeOutputs outputs_;
  const std::string name_;
  InterfaceAccount account_;
  der::RecordView view_;
  uint64_t offset_ = 0;  // of the next record in the raw file
  uint64_t packets_ = 0;
  uint64_t complaints_ = 0;
  bool storing_ = true;
  bool measuring_ = false;
};

}  // namespace lictor::lemf
