// TS 102 232-5, IP multimedia: the tables of IPMMIRI and IPMMCC. For types.cc.
#pragma once

#include "encoders/der/common_types.h"
#include "encoders/der/internet_types.h"

namespace lictor::der::multimedia {

inline constexpr Type kSipText{.form = Form::kMessage};
inline constexpr Member kSipMessageMembers[] = {
    {0, "iPSourceAddress", &internet::kIpAddress},
    {1, "iPDestinationAddress", &internet::kIpAddress},
    {2, "sIPContent", &kSipText},
};
inline constexpr Type kSipMessage{.form = Form::kSequence, .members = kSipMessageMembers};

inline constexpr Member kH323ContentMembers[] = {
    {0, "h225CSMessageContent", &kOctetString},
    {1, "h225RASMessageContent", &kOctetString},
    {2, "h245MessageContent", &kOctetString},
    {3, "genericMessageContent", &kOctetString},
};
inline constexpr Type kH323Content{.form = Form::kChoice, .members = kH323ContentMembers};
inline constexpr Member kH323MessageMembers[] = {
    {0, "iPSourceAddress", &internet::kIpAddress},
    {1, "iPDestinationAddress", &internet::kIpAddress},
    {2, "h323Content", &kH323Content},
};
inline constexpr Type kH323Message{.form = Form::kSequence, .members = kH323MessageMembers};

inline constexpr Member kNationalMembers[] = {{1, "countryCode", &kCountry}};
inline constexpr Type kNational{.form = Form::kSequence, .members = kNationalMembers};

inline constexpr Member kIriContentsMembers[] = {
    {0, "originalIPMMMessage", &kOctetString},
    {1, "sIPMessage", &kSipMessage},
    {2, "h323Message", &kH323Message},
    {3, "nationalIPMMIRIParameters", &kNational},
    {4, "xCAPMessage", &kSipText},
    {5, "iRIOnlyOriginalIPMMMessage", &kOctetString},
    {6, "iRIOnlySIPMessage", &kSipMessage},
};
inline constexpr Type kIriContents{.form = Form::kChoice, .members = kIriContentsMembers};
inline constexpr Member kAdditionalMembers[] = {{0, "sipHeaderLine", &kSipText}};
inline constexpr Type kAdditional{.form = Form::kChoice, .members = kAdditionalMembers};
inline constexpr Type kAdditionalLines{.form = Form::kSequenceOf, .element = &kAdditional};
inline constexpr Member kIpMmIriMembers[] = {
    {0, "iPMMIRIObjId", &kRelativeIdentifier},
    {1, "iPMMIRIContents", &kIriContents},
    {2, "targetLocation", &internet::kLocation, kOptional},
    {3, "additionalSignalling", &kAdditionalLines, kOptional},
};
inline constexpr Type kIpMmIri{.form = Form::kSequence, .members = kIpMmIriMembers};

inline constexpr std::array<std::string_view, 8> kFrameTypeNames = {"ip_frame",    "udp_frame", "rtp_frame",
                                                                    "audio_frame", "tcp_frame", "artificial_rtp_frame",
                                                                    "udptl_frame", "msrp_frame"};
inline constexpr Type kFrameType{.form = Form::kEnumerated, .names = kFrameTypeNames, .max = 7};
inline constexpr std::array<std::string_view, 3> kProtocolNames = {"rtp", "msrp", "udptl"};
inline constexpr Type kProtocol{.form = Form::kEnumerated, .names = kProtocolNames, .max = 2};
inline constexpr Member kIpMmCcMembers[] = {
    {0, "iPMMCCObjId", &kRelativeIdentifier},
    {1, "mMCCContents", &kOctetString, kMandatory, Field::kPacket},
    {2, "frameType", &kFrameType, kOptional, Field::kFrameType},
    {3, "streamIdentifier", &kSipText, kOptional, Field::kStream},
    {4, "mMCCprotocol", &kProtocol, kOptional, Field::kMediaProtocol},
};
inline constexpr Type kIpMmCc{.form = Form::kSequence, .members = kIpMmCcMembers};

}  // namespace lictor::der::multimedia
