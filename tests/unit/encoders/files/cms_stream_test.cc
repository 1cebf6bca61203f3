// What is sealed for an agency: opened by its keys alone, and not after a change.
#include "encoders/files/cms_stream.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/unit/encoders/files/file_rig.h"

namespace lictor {
namespace {

std::vector<uint8_t> seal(const CmsRecipients& recipients, const std::vector<uint8_t>& plain, size_t piece,
                          size_t* held_max = nullptr) {
  const std::unique_ptr<CmsStream> stream = *CmsStream::make(recipients);
  std::vector<uint8_t> sealed;
  const auto take = [&] {
    const Bytes octets = stream->sealed();
    if (held_max != nullptr) *held_max = std::max(*held_max, octets.size());
    sealed.insert(sealed.end(), octets.begin(), octets.end());
    stream->take_sealed();
  };
  for (size_t at = 0; at < plain.size(); at += piece) {
    EXPECT_TRUE(stream->write(Bytes(plain).subspan(at, std::min(piece, plain.size() - at))).ok());
    take();
  }
  EXPECT_TRUE(stream->finish().ok());
  take();
  return sealed;
}

std::vector<uint8_t> octets(size_t bytes) { return test_packet(3, 17, bytes); }

TEST(CmsStream, AnRsaKeyAndACurvesOpenIt) {
  for (const AgencyKey& agency : {make_rsa_agency(), make_curve_agency()}) {
    const std::vector<uint8_t> plain = octets(300'000);
    EXPECT_EQ(open_sealed(seal(*read_recipients(agency.pem), plain, 10'000), agency), plain);
  }
}

TEST(CmsStream, EachOfTwoRecipientsOpensItAndNobodyElse) {
  const AgencyKey one = make_curve_agency();
  const AgencyKey other = make_rsa_agency();
  const AgencyKey stranger = make_curve_agency();
  const std::vector<uint8_t> plain = octets(1000);
  const std::vector<uint8_t> sealed = seal(*read_recipients(one.pem + other.pem), plain, 1000);
  EXPECT_EQ(open_sealed(sealed, one), plain);
  EXPECT_EQ(open_sealed(sealed, other), plain);
  EXPECT_FALSE(open_sealed(sealed, stranger));
}

TEST(CmsStream, AChangedOctetAndACutEndAreNoticed) {
  const AgencyKey agency = make_curve_agency();
  const std::vector<uint8_t> sealed = seal(*read_recipients(agency.pem), octets(5000), 1000);
  std::vector<uint8_t> changed = sealed;
  changed[changed.size() / 2] ^= 1;
  EXPECT_FALSE(open_sealed(changed, agency));
  std::vector<uint8_t> tag = sealed;
  tag[tag.size() - 10] ^= 1;
  EXPECT_FALSE(open_sealed(tag, agency));
  std::vector<uint8_t> cut = sealed;
  cut.resize(cut.size() - 40);
  EXPECT_FALSE(open_sealed(cut, agency));
}

TEST(CmsStream, HoldsNoMoreThanAPieceOfALongMessage) {
  const AgencyKey agency = make_curve_agency();
  size_t held = 0;
  seal(*read_recipients(agency.pem), octets(8 << 20), 64 << 10, &held);
  EXPECT_LT(held, size_t{80} << 10);
}

TEST(CmsRecipients, WhatIsNoGoodCertificateIsRefused) {
  const AgencyKey agency = make_curve_agency();
  EXPECT_FALSE(read_recipients("").ok());
  EXPECT_FALSE(read_recipients("nothing of the kind").ok());
  EXPECT_FALSE(read_recipients(agency.pem.substr(0, agency.pem.size() / 2)).ok());
  EXPECT_FALSE(read_recipients(agency.pem + agency.pem.substr(0, 100)).ok());
  std::string five;
  for (int i = 0; i < 5; ++i) five += agency.pem;
  EXPECT_FALSE(read_recipients(five).ok());
  EXPECT_EQ(read_recipients(five.substr(agency.pem.size()))->certificates.size(), 4u);
  EXPECT_FALSE(read_recipients(make_rsa_agency(1024).pem).ok());
}

TEST(CmsRecipients, AKeyBesideTheCertificateIsRefused) {
  const AgencyKey agency = make_curve_agency();
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  ASSERT_EQ(PEM_write_bio_PrivateKey(out.get(), agency.key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  const std::string key(text, static_cast<size_t>(length));
  EXPECT_FALSE(read_recipients(agency.pem + key).ok());
  EXPECT_FALSE(read_recipients(key + agency.pem).ok());
}

TEST(CmsRecipients, TheFirstEndOfTheirCertificatesCounts) {
  const CmsRecipients recipients = *read_recipients(make_curve_agency(30).pem + make_curve_agency(3).pem);
  const int64_t now = std::chrono::system_clock::now().time_since_epoch().count();
  EXPECT_NEAR(static_cast<double>(recipients.until().unix_ns - now) / 86'400e9, 3, 0.1);
}

}  // namespace
}  // namespace lictor
