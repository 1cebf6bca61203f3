// TS 101 671, HI1: the tables of notifications about a warrant, and of alarms. For types.cc.
#pragma once

#include "encoders/der/common_types.h"

namespace lictor::der::hi1 {

inline constexpr Type kUtcTime{.form = Form::kOctets, .min = 11, .max = 17};  // YYMMDDhhmm[ss](Z|±hhmm)
inline constexpr Type kSeason{.form = Form::kUnsigned, .max = 2};
inline constexpr Member kLocalTimeMembers[] = {{0, "generalizedTime", &kTime}, {1, "winterSummerIndication", &kSeason}};
inline constexpr Type kLocalTime{.form = Form::kSequence, .members = kLocalTimeMembers};
inline constexpr Member kHi1TimeMembers[] = {{0, "localTime", &kLocalTime}, {1, "utcTime", &kUtcTime}};
inline constexpr Type kHi1Time{.form = Form::kChoice, .members = kHi1TimeMembers};
inline constexpr Type kHi1Operator{.form = Form::kOctets, .min = 1, .max = 5};
inline constexpr Type kHi1Cin{.form = Form::kOctets, .min = 1, .max = 8};
inline constexpr Member kHi1NetworkMembers[] = {
    {0, "operator-Identifier", &kHi1Operator},
    {1, "network-Element-Identifier", &kAnything, kOptional},
};
inline constexpr Type kHi1Network{.form = Form::kSequence, .members = kHi1NetworkMembers};
inline constexpr Member kHi1CommunicationMembers[] = {
    {0, "communication-Identity-Number", &kHi1Cin, kOptional},
    {1, "network-Identifier", &kHi1Network},
};
inline constexpr Type kHi1Communication{.form = Form::kSequence, .members = kHi1CommunicationMembers};
inline constexpr Member kNotificationMembers[] = {
    {0, "domainID", &kObjectIdentifier, kOptional},
    {1, "lawfulInterceptionIdentifier", &kLiid},
    {2, "communicationIdentifier", &kHi1Communication, kOptional},
    {3, "timeStamp", &kHi1Time},
    {5, "national-HI1-ASN1parameters", &kAnything, kOptional},
    {6, "target-Information", &kOctets256, kOptional},
};
inline constexpr Type kNotification{.form = Form::kSequence, .members = kNotificationMembers};
inline constexpr Member kAlarmMembers[] = {
    {0, "domainID", &kObjectIdentifier, kOptional},
    {1, "communicationIdentifier", &kHi1Communication, kOptional},
    {2, "timeStamp", &kHi1Time},
    {3, "alarm-information", &kOctets256},
    {4, "lawfulInterceptionIdentifier", &kLiid, kOptional},
    {5, "national-HI1-ASN1parameters", &kAnything, kOptional},
};
inline constexpr Type kAlarm{.form = Form::kSequence, .members = kAlarmMembers};
inline constexpr Member kHi1Members[] = {
    {1, "liActivated", &kNotification, kMandatory, Field::kHi1Kind},
    {2, "liDeactivated", &kNotification, kMandatory, Field::kHi1Kind},
    {3, "liModified", &kNotification, kMandatory, Field::kHi1Kind},
    {4, "alarms-indicator", &kAlarm, kMandatory, Field::kHi1Kind},
    {5, "national-HI1-ASN1parameters", &kAnything, kMandatory, Field::kHi1Kind},
};
inline constexpr Type kHi1{.form = Form::kChoice, .members = kHi1Members};

}  // namespace lictor::der::hi1
