// TS 102 232-1: the record, its header and its payloads.
#include <algorithm>

#include "encoders/der/common_types.h"
#include "encoders/der/hi1_types.h"
#include "encoders/der/internet_types.h"
#include "encoders/der/layer2_types.h"
#include "encoders/der/multimedia_types.h"

namespace lictor::der {
namespace {

// --- TS 102 232-1: the header ---

constexpr Type kPoint{.form = Form::kText, .min = 1, .max = 8};

constexpr Member kNetworkIdentifierMembers[] = {
    {0, "operatorIdentifier", &kOctets16, kMandatory, Field::kOperator},
    {1, "networkElementIdentifier", &kOctets16, kOptional, Field::kNetworkElement},
    {2, "eTSI671NEID", &kAnything, kOptional},
};
constexpr Type kNetworkIdentifier{.form = Form::kSequence, .members = kNetworkIdentifierMembers};

constexpr Member kCommunicationMembers[] = {
    {0, "networkIdentifier", &kNetworkIdentifier},
    {1, "communicationIdentityNumber", &kUnsigned32, kOptional, Field::kCin},
    {2, "deliveryCountryCode", &kCountry, kOptional, Field::kDeliveryCountry},
    {3, "cINExtension", &kAnything, kOptional},
};
constexpr Type kCommunication{.form = Form::kSequence, .members = kCommunicationMembers};

constexpr Member kHeaderMembers[] = {
    {0, "li-psDomainId", &kObjectIdentifier, kMandatory, Field::kDomain},
    {1, "lawfulInterceptionIdentifier", &kLiid, kMandatory, Field::kLiid},
    {2, "authorizationCountryCode", &kCountry, kOptional, Field::kAuthorizationCountry},
    {3, "communicationIdentifier", &kCommunication},
    {4, "sequenceNumber", &kUnsigned32, kMandatory, Field::kNumber},
    {5, "timeStamp", &kTime, kOptional, Field::kTimeText},
    {6, "interceptionPointID", &kPoint, kOptional, Field::kInterceptionPoint},
    {7, "microSecondTimeStamp", &kMicrosecondTime, kOptional},
    {8, "timeStampQualifier", &kTimeQualifier, kOptional, Field::kTimeQualifier},
    {9, "extendedInterceptionPointID", &kOctets65535, kOptional},
    {10, "networkFunctionIdentifier", &kOctets65535, kOptional},
};
constexpr Type kHeader{.form = Form::kSequence, .members = kHeaderMembers};

// --- TS 102 232-1: the payloads ---

constexpr Member content_kind(uint8_t tag, std::string_view name, const Type* type = &kAnything) {
  return {tag, name, type, kMandatory, Field::kContentKind};
}

constexpr Member kIriContentsMembers[] = {
    content_kind(1, "emailIRI"),
    content_kind(2, "iPIRI", &internet::kIpIri),
    content_kind(3, "iPIRIOnly"),
    content_kind(4, "uMTSIRI"),
    content_kind(5, "eTSI671IRI"),
    content_kind(6, "l2IRI", &layer2::kL2Iri),
    content_kind(7, "l2IRIOnly", &layer2::kL2IriOnly),
    content_kind(8, "tARGETACTIVITYMONITOR-1"),
    content_kind(9, "tARGETACTIVITYMONITOR-2"),
    content_kind(10, "pstnIsdnIRI"),
    content_kind(11, "iPMMIRI", &multimedia::kIpMmIri),
    content_kind(14, "messagingIRI"),
    content_kind(15, "ePSIRI"),
    content_kind(16, "confIRI"),
    content_kind(17, "proseIRI"),
    content_kind(18, "gcseIRI"),
    content_kind(19, "threeGPP33128DefinedIRI"),
    content_kind(20, "iPIRIPacketReport"),
};
constexpr Type kIriContents{.form = Form::kChoice, .members = kIriContentsMembers};

constexpr Member kCcContentsMembers[] = {
    content_kind(1, "emailCC"),         content_kind(2, "iPCC", &internet::kIpCc),
    content_kind(4, "uMTSCC"),          content_kind(6, "l2CC", &layer2::kL2Cc),
    content_kind(7, "tTRAFFIC-1"),      content_kind(8, "cTTRAFFIC-1"),
    content_kind(9, "tTRAFFIC-2"),      content_kind(10, "cTTRAFFIC-2"),
    content_kind(11, "pstnIsdnCC"),     content_kind(12, "iPMMCC", &multimedia::kIpMmCc),
    content_kind(14, "messagingCC"),    content_kind(15, "ePSCC"),
    content_kind(16, "uMTSCC-CC-PDU"),  content_kind(17, "ePSCC-CC-PDU"),
    content_kind(18, "messagingMMCC"),  content_kind(19, "confCC-CC-PDU"),
    content_kind(20, "voipCC-CC-PDU"),  content_kind(21, "gcseCC-CC-PDU"),
    content_kind(22, "cSvoice-CC-PDU"), content_kind(23, "threeGPP33128DefinedCC"),
};
constexpr Type kCcContents{.form = Form::kChoice, .members = kCcContentsMembers};

constexpr std::array<std::string_view, 5> kIriTypeNames = {"", "begin", "end", "continue", "report"};
constexpr Type kIriType{.form = Form::kEnumerated, .names = kIriTypeNames, .min = 1, .max = 4};
constexpr Member kIriPayloadMembers[] = {
    {0, "iRIType", &kIriType, kOptional, Field::kIriType},
    {1, "timeStamp", &kTime, kOptional, Field::kPayloadTimeText},
    {2, "iRIContents", &kIriContents},
    {3, "microSecondTimeStamp", &kPayloadTime, kOptional},
    {4, "timeStampQualifier", &kTimeQualifier, kOptional},
    {5, "sessionDirection", &kDirection, kOptional},
    {6, "payloadDirection", &kDirection, kOptional, Field::kDirection},
};
constexpr Type kIriPayload{.form = Form::kSequence, .members = kIriPayloadMembers};
constexpr Type kIriPayloads{.form = Form::kSequenceOf, .element = &kIriPayload, .element_field = Field::kPayload};

constexpr Member kCcPayloadMembers[] = {
    {0, "payloadDirection", &kDirection, kOptional, Field::kDirection},
    {1, "timeStamp", &kTime, kOptional, Field::kPayloadTimeText},
    {2, "cCContents", &kCcContents},
    {3, "microSecondTimeStamp", &kPayloadTime, kOptional},
    {4, "timeStampQualifier", &kTimeQualifier, kOptional},
};
constexpr Type kCcPayload{.form = Form::kSequence, .members = kCcPayloadMembers};
constexpr Type kCcPayloads{.form = Form::kSequenceOf, .element = &kCcPayload, .element_field = Field::kPayload};

constexpr Type kIncludedNumbers{.form = Form::kSequenceOf, .element = &kUnsigned32};
constexpr std::array<std::string_view, 3> kCheckTypeNames = {"", "hash", "signature"};
constexpr Type kCheckType{.form = Form::kEnumerated, .names = kCheckTypeNames, .min = 1, .max = 2};
constexpr std::array<std::string_view, 4> kDataTypeNames = {"", "iri", "cc", "ilhi"};
constexpr Type kDataType{.form = Form::kEnumerated, .names = kDataTypeNames, .min = 1, .max = 3};
constexpr std::array<std::string_view, 5> kHashNames = {"", "sha1", "sha256", "sha384", "sha512"};
constexpr Type kHash{.form = Form::kEnumerated, .names = kHashNames, .min = 1, .max = 4};
constexpr std::array<std::string_view, 4> kSignatureNames = {"", "dsa", "ecdsa", "eddsa"};
constexpr Type kSignature{.form = Form::kEnumerated, .names = kSignatureNames, .min = 1, .max = 3};
constexpr Member kIntegrityMembers[] = {
    {0, "includedSequenceNumbers", &kIncludedNumbers},
    {1, "checkType", &kCheckType},
    {2, "dataType", &kDataType, kOptional},
    {3, "checkValue", &kOctetString},
    {4, "hashAlgorithm", &kHash, kOptional},
    {5, "signatureAlgorithm", &kSignature, kOptional},
};
constexpr Type kIntegrity{.form = Form::kSequence, .members = kIntegrityMembers};
constexpr std::array<std::string_view, 3> kPriorityNames = {"", "error", "informational"};
constexpr Type kPriority{.form = Form::kEnumerated, .names = kPriorityNames, .min = 1, .max = 2};
constexpr Type kMessageText{.form = Form::kOctets, .min = 1, .max = 255};
constexpr Member kMessageMembers[] = {{0, "messagePriority", &kPriority}, {1, "message", &kMessageText}};
constexpr Type kMessage{.form = Form::kSequence, .members = kMessageMembers};

constexpr Member kOptionMembers[] = {{0, "pDUAcknowledgement", &kNothing}};
constexpr Type kOption{.form = Form::kChoice, .members = kOptionMembers};
constexpr Type kOptions{.form = Form::kSequenceOf, .element = &kOption};
constexpr Member kOptionRequestMembers[] = {{0, "requestedOptions", &kOptions}};
constexpr Type kOptionRequest{.form = Form::kSequence, .members = kOptionRequestMembers};
constexpr Member kOptionResponseMembers[] = {{0, "acceptedOptions", &kOptions}, {1, "declinedOptions", &kOptions}};
constexpr Type kOptionResponse{.form = Form::kSequence, .members = kOptionResponseMembers};

constexpr Member tri_kind(uint8_t tag, std::string_view name, const Type* type = &kNothing) {
  return {tag, name, type, kMandatory, Field::kTriKind};
}

constexpr Member kTriMembers[] = {
    tri_kind(0, "integrityCheck", &kIntegrity),
    tri_kind(1, "testPDU"),
    tri_kind(2, "paddingPDU", &kOctetString),
    tri_kind(3, "keep-alive"),
    tri_kind(4, "keep-aliveResponse"),
    tri_kind(5, "firstSegmentFlag"),
    tri_kind(6, "lastSegmentFlag"),
    tri_kind(7, "cINReset"),
    tri_kind(8, "operatorLeaMessage", &kMessage),
    tri_kind(9, "optionRequest", &kOptionRequest),
    tri_kind(10, "optionResponse", &kOptionResponse),
    tri_kind(11, "optionComplete"),
    tri_kind(12, "pDUAcknowledgementRequest"),
    tri_kind(13, "pDUAcknowledgementResponse"),
};
constexpr Type kTri{.form = Form::kChoice, .members = kTriMembers};

constexpr std::array<std::string_view, 8> kEncryptionNames = {
    "", "none", "national", "aes_192_cbc", "aes_256_cbc", "blowfish_192_cbc", "blowfish_256_cbc", "threedes_cbc"};
constexpr Type kEncryption{.form = Form::kEnumerated, .names = kEncryptionNames, .min = 1, .max = 7};
constexpr std::array<std::string_view, 9> kPartNames = {"",      "unknown", "part2", "part3", "part4",
                                                        "part5", "part6",   "part7", "part1"};
constexpr Type kPart{.form = Form::kEnumerated, .names = kPartNames, .min = 1, .max = 8};
constexpr Member kContainerMembers[] = {
    {0, "encryptionType", &kEncryption},
    {1, "encryptedPayload", &kOctetString},
    {2, "encryptedPayloadType", &kPart, kOptional},
};
constexpr Type kContainer{.form = Form::kSequence, .members = kContainerMembers};

// --- the record ---

constexpr Member kPayloadMembers[] = {
    {0, "iRIPayloadSequence", &kIriPayloads, kMandatory, Field::kKind},
    {1, "cCPayloadSequence", &kCcPayloads, kMandatory, Field::kKind},
    {2, "tRIPayload", &kTri, kMandatory, Field::kKind},
    {3, "hI1-Operation", &hi1::kHi1, kMandatory, Field::kKind},
    {4, "encryptionContainer", &kContainer, kMandatory, Field::kKind},
    {5, "threeGPP-HI1-Operation", &kAnything, kMandatory, Field::kKind},
    {6, "iLHIPayload", &kAnything, kMandatory, Field::kKind},
    {7, "hI4Payload", &kAnything, kMandatory, Field::kKind},
};
constexpr Type kPayload{.form = Form::kChoice, .members = kPayloadMembers};
constexpr Member kPsPduMembers[] = {{1, "pSHeader", &kHeader}, {2, "payload", &kPayload}};

constexpr Type kPsPdu{.form = Form::kSequence, .members = kPsPduMembers};

}  // namespace

const Type& ps_pdu_type() { return kPsPdu; }

const Member* find_member(const Type& type, uint32_t tag) {
  const auto found =
      std::find_if(type.members.begin(), type.members.end(), [tag](const Member& member) { return member.tag == tag; });
  return found == type.members.end() ? nullptr : &*found;
}

}  // namespace lictor::der
