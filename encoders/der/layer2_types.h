// TS 102 232-4, layer 2 access: the tables of L2IRI, L2IRIOnly and L2CC. For types.cc.
#pragma once

#include "encoders/der/common_types.h"
#include "encoders/der/internet_types.h"

namespace lictor::der::layer2 {

// From 7 on not what TS 102 232-3 says.
inline constexpr std::array<std::string_view, 11> kAccessEventNames = {"access_attempt",
                                                                       "access_accept",
                                                                       "access_reject",
                                                                       "access_failed",
                                                                       "session_start",
                                                                       "session_end",
                                                                       "interim_update",
                                                                       "unknown",
                                                                       "start_of_interception_with_session_active",
                                                                       "access_end",
                                                                       "end_of_interception_with_session_active"};
inline constexpr Type kAccessEvent{.form = Form::kEnumerated, .names = kAccessEventNames, .max = 10};

inline constexpr Member kL2IriContentsMembers[] = {
    {0, "accessEventType", &kAccessEvent},
    {2, "internetAccessType", &internet::kAccessType, kOptional},
    {5, "targetNetworkID", &kUtf8, kOptional},
    {6, "targetCPEID", &kUtf8, kOptional},
    {7, "targetLocation", &kUtf8, kOptional},
    {8, "nASPortNumber", &kUnsigned32, kOptional},
    {9, "callBackNumber", &kUtf8, kOptional},
    {10, "startTime", &kTime, kOptional},
    {11, "endTime", &kTime, kOptional},
    {12, "endReason", &internet::kEndReason, kOptional},
    {13, "octetsReceived", &kUnsigned64, kOptional},
    {14, "octetsTransmitted", &kUnsigned64, kOptional},
    {15, "rawAAAData", &kOctetString, kOptional},
    {16, "authenticationType", &internet::kAuthentication, kOptional},
};
inline constexpr Type kL2IriContents{.form = Form::kSequence, .members = kL2IriContentsMembers};
inline constexpr Member kL2IriMembers[] = {{0, "l2IRIObjId", &kRelativeIdentifier},
                                           {1, "l2IRIContents", &kL2IriContents}};
inline constexpr Type kL2Iri{.form = Form::kSequence, .members = kL2IriMembers};

inline constexpr std::array<std::string_view, 9> kProtocolNames = {
    "", "l2tp", "l2f", "pptp", "ppp", "ethernet", "undefined", "atm2684", "frame_relay"};
inline constexpr Type kProtocol{.form = Form::kEnumerated, .names = kProtocolNames, .min = 1, .max = 8};
inline constexpr Member kL2IriOnlyMembers[] = {
    {0, "l2IRIOnlyObjId", &kRelativeIdentifier},
    {2, "l2protocolInformation", &kProtocol},
    {3, "l2AggregatedNbrOfPackets", &kUnsigned64, kOptional},
    {4, "l2AggregatedNbrOfBytes", &kUnsigned64, kOptional},
};
inline constexpr Type kL2IriOnly{.form = Form::kSequence, .members = kL2IriOnlyMembers};

inline constexpr Member kL2CcContentsMembers[] = {
    {1, "l2TP", &kOctetString},
    {2, "l2F", &kOctetString},
    {3, "pPTP", &kOctetString},
    {4, "pPP", &kOctetString},
    {5, "ethernet", &kOctetString, kMandatory, Field::kPacket},
    {6, "l2ATM2684", &kOctetString},
    {7, "l2FR2427", &kOctetString},
};
inline constexpr Type kL2CcContents{.form = Form::kChoice, .members = kL2CcContentsMembers};
inline constexpr Member kL2CcMembers[] = {{0, "l2CCObjId", &kRelativeIdentifier}, {1, "l2CCContents", &kL2CcContents}};
inline constexpr Type kL2Cc{.form = Form::kSequence, .members = kL2CcMembers};

}  // namespace lictor::der::layer2
