// TS 102 232-3, internet access: the tables of IPIRI and IPCC. For types.cc.
#pragma once

#include "encoders/der/common_types.h"

namespace lictor::der::internet {

inline constexpr std::array<std::string_view, 2> kIpTypeNames = {"ipv4", "ipv6"};
inline constexpr Type kIpType{.form = Form::kEnumerated, .names = kIpTypeNames, .max = 1};
inline constexpr std::array<std::string_view, 4> kAssignmentNames = {"", "static", "dynamic", "not_known"};
inline constexpr Type kAssignment{.form = Form::kEnumerated, .names = kAssignmentNames, .min = 1, .max = 3};
inline constexpr Type kBinaryAddress{.form = Form::kOctets, .min = 4, .max = 16};
inline constexpr Type kTextAddress{.form = Form::kText, .min = 7, .max = 45};
inline constexpr Type kPrefixLength{.form = Form::kUnsigned, .min = 1, .max = 128};
inline constexpr Type kSubnetMask{.form = Form::kOctets, .min = 4, .max = 4};
inline constexpr Member kIpValueMembers[] = {{1, "iPBinaryAddress", &kBinaryAddress},
                                             {2, "iPTextAddress", &kTextAddress}};
inline constexpr Type kIpValue{.form = Form::kChoice, .members = kIpValueMembers};
inline constexpr Member kIpAddressMembers[] = {
    {1, "iP-type", &kIpType},
    {2, "iP-value", &kIpValue},
    {3, "iP-assignment", &kAssignment, kOptional},
    {4, "iPv6PrefixLength", &kPrefixLength, kOptional},
    {5, "iPv4SubnetMask", &kSubnetMask, kOptional},
    {6, "iP-NAT-translated", &kAnything, kOptional},
};
inline constexpr Type kIpAddress{.form = Form::kSequence, .members = kIpAddressMembers};
inline constexpr Member kOtherTargetMembers[] = {{0, "iPAddress", &kIpAddress}};
inline constexpr Type kOtherTarget{.form = Form::kChoice, .members = kOtherTargetMembers};
inline constexpr Type kOtherTargets{.form = Form::kSequenceOf, .element = &kOtherTarget};

inline constexpr std::array<std::string_view, 11> kAccessEventNames = {
    "access_attempt", "access_accept",
    "access_reject",  "access_failed",
    "session_start",  "session_end",
    "interim_update", "start_of_interception_with_session_active",
    "access_end",     "end_of_interception_with_session_active",
    "unknown"};
inline constexpr Type kAccessEvent{.form = Form::kEnumerated, .names = kAccessEventNames, .max = 10};
inline constexpr std::array<std::string_view, 10> kAccessTypeNames = {
    "undefined", "dial_up", "xdsl", "cable", "lan", "wlan", "fttx", "wimax", "satellite", "wireless_other"};
inline constexpr Type kAccessType{.form = Form::kEnumerated, .names = kAccessTypeNames, .max = 9};
inline constexpr std::array<std::string_view, 4> kIpVersionNames = {"", "ipv4", "ipv6", "ipv4_and_ipv6"};
inline constexpr Type kIpVersion{.form = Form::kEnumerated, .names = kIpVersionNames, .min = 1, .max = 3};
inline constexpr std::array<std::string_view, 5> kEndReasonNames = {"undefined", "regular_logoff", "connection_loss",
                                                                    "connection_timeout", "lease_expired"};
inline constexpr Type kEndReason{.form = Form::kEnumerated, .names = kEndReasonNames, .max = 4};
inline constexpr std::array<std::string_view, 5> kAuthenticationNames = {"unknown", "static", "radius", "dhcp",
                                                                         "diameter"};
inline constexpr Type kAuthentication{.form = Form::kEnumerated, .names = kAuthenticationNames, .max = 4};

inline constexpr Type kMac{.form = Form::kOctets, .min = 6, .max = 6};
inline constexpr Member kPopIdentifierMembers[] = {
    {0, "printable", &kUtf8}, {1, "mAC", &kMac}, {2, "iPAddress", &kIpAddress}};
inline constexpr Type kPopIdentifier{.form = Form::kChoice, .members = kPopIdentifierMembers};
inline constexpr Member kFramedRouteMembers[] = {{0, "framedRoute", &kOctetString}};
inline constexpr Type kFramedRoute{.form = Form::kChoice, .members = kFramedRouteMembers};
inline constexpr Type kFramedRoutes{.form = Form::kSequenceOf, .element = &kFramedRoute};

inline constexpr Type kUserLocation{.form = Form::kOctets, .min = 1, .max = 39};
inline constexpr Member kEpsLocationMembers[] = {
    {1, "userLocationInfo", &kUserLocation, kOptional}, {2, "gsmLocation", &kAnything, kOptional},
    {3, "umtsLocation", &kAnything, kOptional},         {4, "olduserLocationInfo", &kAnything, kOptional},
    {5, "lastVisitedTAI", &kAnything, kOptional},       {6, "tAIlist", &kAnything, kOptional},
};
inline constexpr Type kEpsLocation{.form = Form::kSequence, .members = kEpsLocationMembers};
inline constexpr Member kLocationMembers[] = {
    {0, "umtsHI2Location", &kAnything, kOptional},
    {1, "epsLocation", &kEpsLocation, kOptional},
    {2, "wlanLocationAttributes", &kAnything, kOptional},
    {3, "eTSI671HI2Location", &kAnything, kOptional},
    {4, "threeGPP33128UserLocation", &kAnything, kOptional},
    {5, "cPEProvidedLocationAttributes", &kAnything, kOptional},
};
inline constexpr Type kLocation{.form = Form::kSequence, .members = kLocationMembers};

inline constexpr Member kIpIriContentsMembers[] = {
    {0, "accessEventType", &kAccessEvent, kMandatory, Field::kAccessEvent},
    {1, "targetUsername", &kOctetString},
    {2, "internetAccessType", &kAccessType},
    {3, "iPVersion", &kIpVersion},
    {4, "targetIPAddress", &kIpAddress, kOptional},
    {5, "targetNetworkID", &kUtf8, kOptional},
    {6, "targetCPEID", &kUtf8, kOptional},
    {7, "targetLocation", &kUtf8, kOptional},
    {8, "pOPPortNumber", &kUnsigned32, kOptional},
    {9, "callBackNumber", &kUtf8, kOptional},
    {10, "startTime", &kTime, kOptional},
    {11, "endTime", &kTime, kOptional},
    {12, "endReason", &kEndReason, kOptional},
    {13, "octetsReceived", &kUnsigned64, kOptional},
    {14, "octetsTransmitted", &kUnsigned64, kOptional},
    {15, "rawAAAData", &kOctetString, kOptional},
    {16, "expectedEndTime", &kTime, kOptional},
    {17, "pOPPhoneNumber", &kUtf8, kOptional},
    {18, "pOPIdentifier", &kPopIdentifier, kOptional},
    {19, "pOPIPAddress", &kIpAddress, kOptional},
    {20, "nationalIPIRIParameters", &kAnything, kOptional},
    {21, "additionalIPAddress", &kIpAddress, kOptional},
    {22, "authenticationType", &kAuthentication, kOptional},
    {23, "otherTargetIdentifiers", &kOtherTargets, kOptional},
    {24, "location", &kLocation, kOptional},
    {25, "pOPPortID", &kOctetString, kOptional},
    {26, "framedRoutes", &kFramedRoutes, kOptional},
};
inline constexpr Type kIpIriContents{.form = Form::kSequence, .members = kIpIriContentsMembers};
inline constexpr Member kIpIriMembers[] = {{0, "iPIRIObjId", &kRelativeIdentifier},
                                           {1, "iPIRIContents", &kIpIriContents}};
inline constexpr Type kIpIri{.form = Form::kSequence, .members = kIpIriMembers};

inline constexpr Member kTruncatedMembers[] = {
    {0, "truncatedPacket", &kOctetString, kMandatory, Field::kTruncatedPacket},
    {1, "originalLength", &kUnsigned32, kOptional, Field::kOriginalLength},
};
inline constexpr Type kTruncated{.form = Form::kSequence, .members = kTruncatedMembers};
inline constexpr Member kIpCcContentsMembers[] = {
    {0, "iPPackets", &kOctetString, kMandatory, Field::kPacket},
    {1, "iPTruncatedPacket", &kTruncated},
};
inline constexpr Type kIpCcContents{.form = Form::kChoice, .members = kIpCcContentsMembers};
inline constexpr Member kIpCcMembers[] = {{0, "iPCCObjId", &kRelativeIdentifier}, {1, "iPCCContents", &kIpCcContents}};
inline constexpr Type kIpCc{.form = Form::kSequence, .members = kIpCcMembers};

}  // namespace lictor::der::internet
