// TS 101 671, HI1: notifications about a warrant, and alarms.
#include "encoders/der/common_types.h"

namespace lictor::der {
namespace {

constexpr Type kUtcTime{.form = Form::kOctets, .min = 11, .max = 17};  // YYMMDDhhmm[ss](Z|±hhmm)
constexpr Type kSeason{.form = Form::kUnsigned, .max = 2};
constexpr Member kLocalTimeMembers[] = {{0, "generalizedTime", &kTime}, {1, "winterSummerIndication", &kSeason}};
constexpr Type kLocalTime{.form = Form::kSequence, .members = kLocalTimeMembers};
constexpr Member kHi1TimeMembers[] = {{0, "localTime", &kLocalTime}, {1, "utcTime", &kUtcTime}};
constexpr Type kHi1Time{.form = Form::kChoice, .members = kHi1TimeMembers};
constexpr Type kHi1Operator{.form = Form::kOctets, .min = 1, .max = 5};
constexpr Type kHi1Cin{.form = Form::kOctets, .min = 1, .max = 8};
constexpr Member kHi1NetworkMembers[] = {
    {0, "operator-Identifier", &kHi1Operator},
    {1, "network-Element-Identifier", &kAnything, kOptional},
};
constexpr Type kHi1Network{.form = Form::kSequence, .members = kHi1NetworkMembers};
constexpr Member kHi1CommunicationMembers[] = {
    {0, "communication-Identity-Number", &kHi1Cin, kOptional},
    {1, "network-Identifier", &kHi1Network},
};
constexpr Type kHi1Communication{.form = Form::kSequence, .members = kHi1CommunicationMembers};
constexpr Member kNotificationMembers[] = {
    {0, "domainID", &kObjectIdentifier, kOptional},
    {1, "lawfulInterceptionIdentifier", &kLiid},
    {2, "communicationIdentifier", &kHi1Communication, kOptional},
    {3, "timeStamp", &kHi1Time},
    {5, "national-HI1-ASN1parameters", &kAnything, kOptional},
    {6, "target-Information", &kOctets256, kOptional},
};
constexpr Type kNotification{.form = Form::kSequence, .members = kNotificationMembers};
constexpr Member kAlarmMembers[] = {
    {0, "domainID", &kObjectIdentifier, kOptional},
    {1, "communicationIdentifier", &kHi1Communication, kOptional},
    {2, "timeStamp", &kHi1Time},
    {3, "alarm-information", &kOctets256},
    {4, "lawfulInterceptionIdentifier", &kLiid, kOptional},
    {5, "national-HI1-ASN1parameters", &kAnything, kOptional},
};
constexpr Type kAlarm{.form = Form::kSequence, .members = kAlarmMembers};
constexpr Member kHi1Members[] = {
    {1, "liActivated", &kNotification, kMandatory, Field::kHi1Kind},
    {2, "liDeactivated", &kNotification, kMandatory, Field::kHi1Kind},
    {3, "liModified", &kNotification, kMandatory, Field::kHi1Kind},
    {4, "alarms-indicator", &kAlarm, kMandatory, Field::kHi1Kind},
    {5, "national-HI1-ASN1parameters", &kAnything, kMandatory, Field::kHi1Kind},
};
}  // namespace

constinit const Type kHi1{.form = Form::kChoice, .members = kHi1Members};

}  // namespace lictor::der
