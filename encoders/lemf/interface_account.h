// What a receiver counts on one interface, and how it judges a record: strictness, and numbering. One owner, one
// thread.
#pragma once

#include <array>
#include <cstdint>

#include "encoders/der/record_view.h"
#include "encoders/der/series.h"
#include "encoders/lemf/delay_histogram.h"

namespace lictor::lemf {

// Strict: every deviation from DER is an error. Lenient: what others send and can be read (der::tolerable) is counted
// only.
enum class Strictness { kStrict, kLenient };

// BER: lengths in more octets than needed are as agreed, counted and no error.
enum class Encoding { kDer, kBer };

// What was agreed with the sender.
struct Expectation {
  Strictness strictness = Strictness::kStrict;
  Encoding encoding = Encoding::kDer;
  der::SeriesScope number_series = der::SeriesScope::kCin;
};

struct InterfaceCounts {
  uint64_t records = 0;  // whole ones, of any kind
  uint64_t iri = 0;      // without repeats, as the following
  uint64_t cc = 0;
  uint64_t hi1 = 0;
  uint64_t encrypted = 0;
  uint64_t resets = 0;  // cINReset
  uint64_t keepalives = 0;
  uint64_t acknowledgements = 0;  // that were asked for
  uint64_t other = 0;
  uint64_t errors = 0;     // records in error, numbers given twice, streams that lost their place
  uint64_t tolerated = 0;  // records with deviations that lenient reading let pass
  std::array<uint64_t, der::kDeviations> by_deviation{};  // records that have it

  uint64_t connections = 0;  // accepted so far
  uint64_t refused = 0;      // beyond the bound on connections
  uint64_t handshakes_failed = 0;
  uint64_t incomplete = 0;  // connections that ended inside a record: the sender has to send it again
};

struct Judgement {
  der::Arrival arrival;
  bool error;

  // Whether the record is new content: a repeat is known already.
  [[nodiscard]] bool fresh() const { return arrival != der::Arrival::kRepeat; }
};

class InterfaceAccount {
 public:
  InterfaceAccount(der::Interface interface, Expectation expectation)
      : expectation_(expectation), series_(interface, expectation.number_series) {}

  Judgement take(const der::RecordView& view);
  // The stream cannot be followed any further.
  void lost_place() { ++counts_.errors; }

  // Counts of connections are written by who accepts them.
  InterfaceCounts& counts() { return counts_; }
  [[nodiscard]] const InterfaceCounts& counts() const { return counts_; }
  [[nodiscard]] const der::SeriesBook& series() const { return series_; }
  // Of CC records, where they are measured.
  DelayHistogram& delays() { return delays_; }
  [[nodiscard]] const DelayHistogram& delays() const { return delays_; }

 private:
  bool judge(const der::RecordView& view);
  void count_kind(der::Kind kind);

  const Expectation expectation_;
  der::SeriesBook series_;
  InterfaceCounts counts_;
  DelayHistogram delays_;
};

}  // namespace lictor::lemf
