// The small types that the tables of several standards share. Only for the tables of this folder.
#pragma once

#include <array>
#include <string_view>

#include "encoders/der/types.h"

namespace lictor::der {

inline constexpr bool kOptional = true;
inline constexpr bool kMandatory = false;

inline constexpr Type kAnything{.form = Form::kAny};
inline constexpr Type kOctetString{.form = Form::kOctets};
inline constexpr Type kUtf8{.form = Form::kText, .min = 1, .max = 128};
inline constexpr Type kCountry{.form = Form::kText, .min = 2, .max = 2};
inline constexpr Type kTime{.form = Form::kTime};
inline constexpr Type kNothing{.form = Form::kNull};
inline constexpr Type kObjectIdentifier{.form = Form::kObjectIdentifier};
inline constexpr Type kRelativeIdentifier{.form = Form::kRelativeIdentifier};
inline constexpr Type kUnsigned32{.form = Form::kUnsigned, .max = 0xffff'ffff};
inline constexpr Type kUnsigned64{.form = Form::kUnsigned};
inline constexpr Type kOctets16{.form = Form::kOctets, .min = 1, .max = 16};
inline constexpr Type kOctets256{.form = Form::kOctets, .min = 1, .max = 256};
inline constexpr Type kOctets65535{.form = Form::kOctets, .min = 1, .max = 65535};

inline constexpr std::array<std::string_view, 5> kDirectionNames = {"from_target", "to_target", "indeterminate",
                                                                    "combined", "not_applicable"};
inline constexpr Type kDirection{.form = Form::kEnumerated, .names = kDirectionNames, .max = 4};
inline constexpr std::array<std::string_view, 4> kTimeQualifierNames = {"unknown", "time_of_interception",
                                                                        "time_of_mediation", "time_of_aggregation"};
inline constexpr Type kTimeQualifier{.form = Form::kEnumerated, .names = kTimeQualifierNames, .max = 3};

// Above 999999 in samples that were made anonymous: told, and no reason to refuse.
inline constexpr Type kMicroseconds{.form = Form::kUnsigned, .max = 999'999};
// More would not fit microseconds in 64 bits: the year 287,000.
inline constexpr Type kEpochSeconds{.form = Form::kUnsigned, .max = 9'000'000'000'000};
inline constexpr Member kMicrosecondTimeMembers[] = {
    {0, "seconds", &kEpochSeconds, kMandatory, Field::kSeconds},
    {1, "microSeconds", &kMicroseconds, kMandatory, Field::kMicroseconds},
};
inline constexpr Type kMicrosecondTime{.form = Form::kSequence, .members = kMicrosecondTimeMembers};
inline constexpr Member kPayloadTimeMembers[] = {
    {0, "seconds", &kEpochSeconds, kMandatory, Field::kPayloadSeconds},
    {1, "microSeconds", &kMicroseconds, kMandatory, Field::kPayloadMicroseconds},
};
inline constexpr Type kPayloadTime{.form = Form::kSequence, .members = kPayloadTimeMembers};

inline constexpr Type kLiid{.form = Form::kOctets, .min = 1, .max = 25};

}  // namespace lictor::der
