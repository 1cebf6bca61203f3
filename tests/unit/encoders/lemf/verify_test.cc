// Streams with integrity PDUs that were made here: what holds, what does not, and hostile octets.
#include "encoders/lemf/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <cstdio>
#include <memory>

#include "encoders/der/der_walker.h"
#include "encoders/der/integrity_view.h"
#include "encoders/lemf/payload_keyring.h"
#include "tests/unit/encoders/der/record_octets.h"
#include "tests/unit/encoders/lemf/folder.h"

namespace lictor::lemf {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string sha256(const std::string& octets) {
  uint8_t out[32];
  EXPECT_EQ(EVP_Digest(octets.data(), octets.size(), out, nullptr, EVP_sha256(), nullptr), 1);
  return {reinterpret_cast<const char*>(out), sizeof out};
}

std::string numbers(const std::vector<uint32_t>& included) {
  std::string all;
  for (const uint32_t number : included) all += der::integer(0x02, number);
  return der::tlv(0xa0, all);
}

// A hash PDU over CC records.
std::string hash(uint32_t number, const std::vector<uint32_t>& included, const std::string& value) {
  const std::string members =
      numbers(included) + der::integer(0x81, 1) + der::integer(0x82, 2) + der::tlv(0x83, value) + der::integer(0x84, 2);
  return der::pdu(der::numbered(number), der::tlv(0xa2, der::tlv(0xa0, members)));
}

VerifyOutcome outcome(const std::string& octets, const VerifyOptions& options = {}) {
  const Folder folder;
  write_file(folder / "hi3.ber", octets);
  const Result<VerifyOutcome> result = verify_file(folder / "hi3.ber", options);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.value_or(VerifyOutcome{});
}

const std::string kFirst = der::cc(der::numbered(0));
const std::string kSecond = der::cc(der::numbered(1));

TEST(Verify, AHashHoldsWhereverItStandsAndThroughRepeats) {
  const std::string check = hash(0, {0, 1}, sha256(kFirst + kSecond));
  EXPECT_TRUE(
      outcome(kFirst + kSecond + check, {.public_key = {}, .payload_keys = {}, .number_series = {}, .complete = true})
          .holds);
  EXPECT_TRUE(outcome(check + kSecond + kFirst).holds);
  EXPECT_TRUE(outcome(kFirst + kSecond + kFirst + check + kSecond + check).holds);
  EXPECT_THAT(outcome(kFirst + kSecond + check).text, HasSubstr("2 records, 0 without a hash; 1 hashes"));
}

TEST(Verify, OneBitIsFoundWhereverItStands) {
  const std::string check = hash(0, {0, 1}, sha256(kFirst + kSecond));
  // Every bit of the packet in the first record, which is its end.
  for (size_t at = kFirst.size() - 8; at < kFirst.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string stream = kFirst + kSecond + check;
      stream[at] = static_cast<char>(stream[at] ^ (1 << bit));
      EXPECT_FALSE(outcome(stream).holds) << at;
    }
  }
}

TEST(Verify, WhatIsMissingOrContradictsItselfIsSaid) {
  EXPECT_THAT(outcome(kFirst + hash(0, {0, 1}, sha256(kFirst + kSecond))).text, HasSubstr("hash 0 does not hold"));
  const std::string only_first = kFirst + kSecond + hash(0, {0}, sha256(kFirst));
  EXPECT_TRUE(outcome(only_first).holds);
  EXPECT_THAT(outcome(only_first).text, HasSubstr("1 without a hash"));
  EXPECT_FALSE(
      outcome(only_first, {.public_key = {}, .payload_keys = {}, .number_series = {}, .complete = true}).holds);
  EXPECT_THAT(outcome(kFirst + kSecond + hash(5, {0}, sha256(kFirst))).text, HasSubstr("some are missing"));
  std::string other = kFirst;
  other.back() ^= 1;
  EXPECT_THAT(outcome(kFirst + other).text, HasSubstr("came before with other octets"));
}

TEST(Verify, ACinResetBeginsNewNumbers) {
  const std::string reset = der::tri(der::numbered(0), 7);
  std::string other = kFirst;
  other.back() ^= 1;
  const std::string stream =
      kFirst + hash(0, {0}, sha256(kFirst)) + reset + reset + other + hash(0, {0}, sha256(other));
  EXPECT_TRUE(outcome(stream, {.public_key = {}, .payload_keys = {}, .number_series = {}, .complete = true}).holds);
}

// A dataplane's restart: another CIN, and all numbers go on, those of checks too.
TEST(Verify, NumbersByLiidGoOnOverCins) {
  const auto other_cin = [](uint32_t number) {
    der::HeaderParts parts = der::numbered(number);
    parts.cin = der::integer(0x81, 8);
    return parts;
  };
  const auto check = [](const der::HeaderParts& parts, uint32_t included, const std::string& of) {
    const std::string members = numbers({included}) + der::integer(0x81, 1) + der::integer(0x82, 2) +
                                der::tlv(0x83, sha256(of)) + der::integer(0x84, 2);
    return der::pdu(parts, der::tlv(0xa2, der::tlv(0xa0, members)));
  };
  const std::string before =
      kFirst + check(der::numbered(0), 0, kFirst) + kSecond + check(der::numbered(1), 1, kSecond);
  const std::string later = der::cc(other_cin(2));
  const std::string stream = before + later + check(other_cin(2), 2, later);
  VerifyOptions options;
  options.complete = true;
  EXPECT_THAT(outcome(stream, options).text, HasSubstr("some are missing"));
  options.number_series = der::SeriesScope::kLiid;
  EXPECT_TRUE(outcome(stream, options).holds) << outcome(stream, options).text;
  const std::string gap = before + later + check(other_cin(3), 2, later);
  EXPECT_THAT(outcome(gap, options).text, HasSubstr("some are missing")) << "between two CINs, too";
}

TEST(Verify, EveryPrefixOfAStreamIsRefusedOrHolds) {
  const std::string stream = kFirst + hash(0, {0}, sha256(kFirst));
  for (size_t length = 0; length < stream.size(); ++length) {
    const bool whole = length == 0 || length == kFirst.size();
    EXPECT_EQ(outcome(stream.substr(0, length)).holds, whole) << length;
  }
}

TEST(Verify, EveryPrefixOfACheckIsUnreadableOrShorter) {
  const std::string members = numbers({0, 1}) + der::integer(0x81, 1) + der::tlv(0x83, "v") + der::integer(0x84, 2);
  for (size_t length = 0; length <= members.size(); ++length) {
    const std::string record = der::pdu(der::numbered(0), der::tlv(0xa2, der::tlv(0xa0, members.substr(0, length))));
    const auto view = der::read_integrity(as_bytes(record));
    if (length == members.size()) {
      ASSERT_TRUE(view);
      EXPECT_EQ(view->numbers, (std::vector<uint32_t>{0, 1}));
      EXPECT_EQ(as_text(view->value), "v");
    }
    EXPECT_TRUE(!view || view->numbers.size() <= 2);
  }
}

std::string container(uint32_t number, const std::string& octets, int type) {
  return der::pdu(der::numbered(number),
                  der::tlv(0xa4, der::integer(0x80, type) + der::tlv(0x81, octets) + der::integer(0x82, 3)));
}

TEST(Decrypt, EveryPrefixOfAContainerIsRefused) {
  const std::string inner = der::tlv(0x30, der::tlv(0x80, std::string(8, '\1')) + der::tlv(0xa1, der::tlv(0xa1, "x")));
  const PayloadDecryption none;
  for (size_t length = 0; length <= inner.size(); ++length) {
    const std::string record = container(3, inner.substr(0, length), 1);
    EXPECT_EQ(none.open(as_bytes(record), 3).ok(), length == inner.size()) << length;
  }
  const std::string whole = container(3, inner, 1);
  const Result<OpenedRecord> opened = none.open(as_bytes(whole), 3);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(std::string(as_text(opened->plain)), der::pdu(der::numbered(3), der::tlv(0xa1, "x")));
  EXPECT_EQ(std::string(as_text(opened->unencrypted)), whole);
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(none.open(as_bytes(whole).first(length), 3).ok()) << length;
}

TEST(Decrypt, AnotherMethodOrKeyOrHalfABlockIsRefused) {
  const std::optional<PayloadDecryption> key = PayloadDecryption::from_digits(std::string(48, 'a'));
  ASSERT_TRUE(key);
  for (const int type : {2, 4, 5, 7})
    EXPECT_FALSE(key->open(as_bytes(container(0, std::string(32, 'x'), type)), 0).ok());
  EXPECT_THAT(key->open(as_bytes(container(0, std::string(31, 'x'), 3)), 0).status().message(),
              HasSubstr("whole blocks"));
  EXPECT_THAT(key->open(as_bytes(container(0, std::string(32, 'x'), 3)), 0).status().message(),
              HasSubstr("another key"));
  EXPECT_FALSE(PayloadDecryption().open(as_bytes(container(0, std::string(32, 'x'), 3)), 0).ok());
  const std::string digits(48, 'a');
  EXPECT_TRUE(PayloadDecryption::from_digits("0x" + digits));
  for (const std::string& text :
       {std::string(), std::string("0x"), digits.substr(1), digits.substr(1) + "g", digits + "aa"})
    EXPECT_FALSE(PayloadDecryption::from_digits(text)) << text;
}

der::RecordView view_of(const std::string& record) {
  der::RecordView view;
  der::walk_record(as_bytes(record), view);
  return view;
}

TEST(Decrypt, EachLiidHasItsOwnKeysAndTheOthersThoseWithoutOne) {
  const Folder folder;
  const std::string one(48, 'a');
  const std::string two(64, 'b');
  const std::string of_192 = container(0, std::string(32, 'x'), 3);
  const std::string of_256 = container(0, std::string(32, 'x'), 4);
  const std::string liid(as_text(view_of(of_192).liid));
  ASSERT_FALSE(liid.empty());
  // A key of the method's length decrypts, into nonsense; one of another length says so.
  const auto tried = [&](const std::string& lines, const std::string& record) {
    write_file(folder / "keys", lines);
    const Result<PayloadKeyring> ring = PayloadKeyring::load({folder / "keys"});
    EXPECT_TRUE(ring.ok()) << ring.status();
    return std::string(ring->open(view_of(record)).status().message());
  };
  EXPECT_THAT(tried(one + "\n" + liid + " " + two + "\n", of_256), HasSubstr("is no payload"));
  EXPECT_THAT(tried(one + "\n" + liid + " " + two, of_192), HasSubstr("needs another key"));
  EXPECT_THAT(tried(one + "\nOTHER 0x" + two, of_192), HasSubstr("is no payload"));
  EXPECT_THAT(tried("OTHER " + two, of_256), HasSubstr("no payload key"));
  EXPECT_THAT(tried("\n  " + liid + " \t" + two + "\r\n" + liid + " " + one, of_192), HasSubstr("is no payload"))
      << "both are tried";
  EXPECT_THAT(tried("A LIID WITH BLANKS " + two + "\n" + one, of_192), HasSubstr("is no payload"));
  std::string hex = "0x";
  for (const char c : liid) hex += {"0123456789abcdef"[c >> 4], "0123456789abcdef"[c & 15]};
  EXPECT_THAT(tried(hex + " " + two, of_256), HasSubstr("is no payload"));
}

TEST(Decrypt, AFileOfKeysIsRefusedWithTheLineThatIsNone) {
  const Folder folder;
  const std::string key(64, 'b');
  for (const std::string& wrong :
       {std::string(), std::string("\n \n"), "0x " + key, "0xf " + key, "0xzz " + key, key + " LIID"}) {
    write_file(folder / "keys", wrong);
    EXPECT_FALSE(PayloadKeyring::load({folder / "keys"}).ok()) << wrong;
  }
  write_file(folder / "keys", "LIID-1 " + key + "\n\nLIID-2 " + key + "0\n" + key);
  const Status status = PayloadKeyring::load({folder / "keys"}).status();
  EXPECT_THAT(status.message(), HasSubstr("line 3"));
  EXPECT_THAT(status.message(), Not(HasSubstr("LIID"))) << "nor the key";
  EXPECT_TRUE(absl::IsNotFound(PayloadKeyring::load({folder / "nowhere"}).status()));
  EXPECT_FALSE(PayloadKeyring::load({folder.path()}).ok()) << "a folder";
}

TEST(Verify, ANumberThatIsNamedTwiceMakesACheckUnreadable) {
  EXPECT_THAT(outcome(kFirst + hash(0, {0, 0}, sha256(kFirst + kFirst))).text, HasSubstr("check that cannot be read"));
  const std::string twice = numbers({0, 1}) + der::integer(0x81, 1) + numbers({0});
  EXPECT_FALSE(der::read_integrity(as_bytes(der::pdu(der::numbered(0), der::tlv(0xa2, der::tlv(0xa0, twice))))));
}

TEST(Verify, NothingIsNotComplete) {
  EXPECT_TRUE(outcome("").holds);
  const VerifyOutcome nothing =
      outcome("", {.public_key = {}, .payload_keys = {}, .number_series = {}, .complete = true});
  EXPECT_FALSE(nothing.holds);
  EXPECT_THAT(nothing.text, HasSubstr("no record in it"));
}

TEST(Verify, APipeOrAFolderIsRefused) {
  const Folder folder;
  ASSERT_EQ(mkfifo((folder / "hi3.ber").c_str(), 0600), 0);
  for (const std::string& path : {folder / "hi3.ber", folder.path()})
    EXPECT_THAT(verify_file(path, {}).status().message(), HasSubstr("is no regular file"));
}

// A pair of keys; the public one is written to `path`.
std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> make_key(const std::string& path) {
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free);
  FILE* const file = std::fopen(path.c_str(), "we");
  EXPECT_EQ(PEM_write_PUBKEY(file, key.get()), 1);
  EXPECT_EQ(std::fclose(file), 0);
  return key;
}

// A signature PDU over the octets of hash PDUs of CC.
std::string signature(EVP_PKEY* key, const std::vector<uint32_t>& included, const std::string& message) {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  std::string value(64, '\0');
  size_t length = value.size();
  EXPECT_EQ(EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key), 1);
  EXPECT_EQ(EVP_DigestSign(context, reinterpret_cast<uint8_t*>(value.data()), &length,
                           reinterpret_cast<const uint8_t*>(message.data()), message.size()),
            1);
  EVP_MD_CTX_free(context);
  const std::string members =
      numbers(included) + der::integer(0x81, 2) + der::integer(0x82, 2) + der::tlv(0x83, value) + der::integer(0x85, 3);
  return der::pdu(der::numbered(0), der::tlv(0xa2, der::tlv(0xa0, members)));
}

TEST(Verify, AHashWithoutASignatureIsNotComplete) {
  const Folder folder;
  const auto key = make_key(folder / "key.pem");
  const std::string one = hash(0, {0}, sha256(kFirst));
  const std::string two = hash(1, {1}, sha256(kSecond));
  VerifyOptions options{.public_key = folder / "key.pem", .payload_keys = {}, .number_series = {}, .complete = true};
  const std::string stream = kFirst + kSecond + one + two;
  EXPECT_TRUE(outcome(stream + signature(key.get(), {0, 1}, one + two), options).holds);
  const VerifyOutcome half = outcome(stream + signature(key.get(), {0}, one), options);
  EXPECT_FALSE(half.holds);
  EXPECT_THAT(half.text, HasSubstr("1 hashes without a signature"));
  EXPECT_THAT(outcome(stream, options).text, HasSubstr("2 hashes without a signature"));
  options.complete = false;
  EXPECT_TRUE(outcome(stream, options).holds);
}

TEST(Verify, AFileOrKeyThatIsNotThereIsReported) {
  EXPECT_FALSE(verify_file("/nonexistent", {}).ok());
  const Folder folder;
  write_file(folder / "hi3.ber", kFirst);
  EXPECT_FALSE(verify_file(folder / "hi3.ber",
                           {.public_key = "/nonexistent", .payload_keys = {}, .number_series = {}, .complete = false})
                   .ok());
  EXPECT_FALSE(
      verify_file(folder / "hi3.ber",
                  {.public_key = folder / "hi3.ber", .payload_keys = {}, .number_series = {}, .complete = false})
          .ok());
}

}  // namespace
}  // namespace lictor::lemf
