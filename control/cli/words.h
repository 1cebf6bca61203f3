// The words that people use at a terminal for the contract's enumerations and values, in both directions. Pure
// functions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "dataplane/base/result.h"
#include "lictor/v1/fleet.pb.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control::cli {

// For CLI::CheckedTransformer-like use: word -> value.
extern const std::map<std::string, v1::Content> kContents;
extern const std::map<std::string, v1::InternetAccessType> kAccessTypes;
extern const std::map<std::string, v1::WarrantState> kWarrantStates;
extern const std::map<std::string, v1::TimestampForm> kTimestampForms;
extern const std::map<std::string, v1::CinPolicy> kCinPolicies;
extern const std::map<std::string, v1::NumberSeries> kNumberSeries;
extern const std::map<std::string, v1::RecordEncoding> kRecordEncodings;
extern const std::map<std::string, v1::Hi1Mode> kHi1Modes;
extern const std::map<std::string, v1::HandoverSecurity> kSecurities;
extern const std::map<std::string, v1::ConfirmLevel> kConfirmLevels;
extern const std::map<std::string, v1::SeriesKind> kSeriesKinds;
extern const std::map<std::string, v1::HashMethod> kHashMethods;
extern const std::map<std::string, v1::PayloadEncryption> kPayloadEncryptions;
extern const std::map<std::string, v1::SignatureCovers> kSignatureCovers;
extern const std::map<std::string, v1::AgencyAlarmForm> kAgencyAlarmForms;

// The word of a value; "-" where it has none.
template <typename Value>
std::string word_of(const std::map<std::string, Value>& words, Value value) {
  for (const auto& [word, known] : words)
    if (known == value) return word;
  return "-";
}

// "active" of TAP_STATE_ACTIVE.
std::string word_of(v1::TapState state);
std::string word_of(v1::AlarmSeverity severity);

// "HOST:PORT" or "[2001:db8::1]:PORT", joined by commas for failover.
Result<v1::Destination> parse_destination(const std::string& text, v1::HandoverInterface interface);
std::string format_endpoints(const v1::Destination& destination);

// "HI2", "HI3" or "pcapng".
std::string interface_text(v1::DestinationKind kind, v1::HandoverInterface interface);

// A selector, and of all but patterns "@SCOPE" behind it: "ipv4:192.0.2.7@port=tap0".
Result<v1::TargetSpec> parse_target(const std::string& text);
std::string format_target(const v1::TargetSpec& target);
// The same for who reads it: of a range of numbers that it is one.
std::string shown_target(const v1::TargetSpec& target);

// Bits a second: "64000", "64k", "2500M", "10G".
Result<uint64_t> parse_rate(const std::string& text);
std::string format_rate(uint64_t bps);

// "hi2=ID,hi3=ID,rate=RATE", each part may be missing.
Result<v1::Delivery> parse_delivery(const std::string& text);

// "1 dataplane", "2 dataplanes".
std::string counted(uint64_t count, const std::string& noun);

std::string uuid_text(const std::string& octets);
// RFC 3339; "-" for 0.
std::string time_text(int64_t unix_ns);

}  // namespace lictor::control::cli
