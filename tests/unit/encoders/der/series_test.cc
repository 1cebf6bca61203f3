// Numbering: what is due, missing, late, repeated.
#include "encoders/der/series.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "encoders/der/der_walker.h"
#include "tests/unit/encoders/der/record_octets.h"

namespace lictor::der {
namespace {

// Records go in as octets, arrivals come out.
class Book {
 public:
  explicit Book(Interface interface, SeriesScope scope = SeriesScope::kCin) : book(interface, scope) {}

  Arrival take(const std::string& record) {
    RecordView view;
    walk_record(as_bytes(record), view);
    return book.arrived(view);
  }
  Arrival cc_number(uint32_t number) { return take(cc(numbered(number))); }

  SeriesBook book;
};

TEST(Series, NumbersFromZeroAreDue) {
  Book book(Interface::kHi3);
  for (uint32_t number = 0; number < 5; ++number) EXPECT_EQ(book.cc_number(number), Arrival::kDue);
  const Series& series = book.book.all().front();
  EXPECT_EQ(series.liid, "LIID-1");
  EXPECT_EQ(series.operator_id, "OP1");
  EXPECT_EQ(series.network_element, "NE-1");
  EXPECT_EQ(series.cin, 7U);
  EXPECT_EQ(series.kind, SeriesKind::kCc);
  EXPECT_EQ(std::tuple(series.first, series.last, series.count, series.missing), std::tuple(0U, 4U, 5U, 0U));
}

TEST(Series, SkippedNumbersAreAGapAndMissing) {
  Book book(Interface::kHi3);
  book.cc_number(0);
  EXPECT_EQ(book.cc_number(4), Arrival::kGap);
  EXPECT_EQ(book.cc_number(5), Arrival::kDue);
  EXPECT_EQ(book.book.totals().gaps, 1U);
  EXPECT_EQ(book.book.all().front().missing, 3U);
}

TEST(Series, AFirstNumberAboveZeroIsAGap) {
  Book book(Interface::kHi3);
  EXPECT_EQ(book.cc_number(3), Arrival::kGap);
  EXPECT_EQ(book.book.all().front().missing, 3U);
  Book high(Interface::kHi3);
  EXPECT_EQ(high.cc_number(0xffff'fff0), Arrival::kGap);
  EXPECT_EQ(high.cc_number(0xffff'fff1), Arrival::kDue);
}

TEST(Series, AMissingNumberThatComesAfterAllIsLateAndNotMissing) {
  Book book(Interface::kHi3);
  book.cc_number(0);
  book.cc_number(4);
  EXPECT_EQ(book.cc_number(2), Arrival::kLate);
  EXPECT_EQ(book.cc_number(1), Arrival::kLate);
  EXPECT_EQ(book.cc_number(3), Arrival::kLate);
  EXPECT_EQ(book.cc_number(3), Arrival::kRepeat);
  EXPECT_EQ(book.book.all().front().missing, 0U);
  EXPECT_EQ(book.book.totals().late, 3U);
}

TEST(Series, WhatCameBeforeIsARepeat) {
  Book book(Interface::kHi3);
  for (uint32_t number = 0; number < 10; ++number) book.cc_number(number);
  for (uint32_t number = 6; number < 10; ++number) EXPECT_EQ(book.cc_number(number), Arrival::kRepeat);
  EXPECT_EQ(book.cc_number(10), Arrival::kDue);
  EXPECT_EQ(book.book.totals().repeats, 4U);
  EXPECT_EQ(book.book.all().front().count, 11U);
}

TEST(Series, ANumberGivenTwiceIsAConflict) {
  Book book(Interface::kHi3);
  book.cc_number(0);
  book.cc_number(1);
  EXPECT_EQ(book.take(pdu(numbered(0), tlv(0xa1, cc_payload(tlv(0x80, "other"))))), Arrival::kConflict);
  EXPECT_EQ(book.book.totals().conflicts, 1U);
  EXPECT_EQ(book.book.totals().repeats, 0U);
}

TEST(Series, NumbersWrap) {
  Book book(Interface::kHi3);
  book.cc_number(0xffff'fffe);
  EXPECT_EQ(book.cc_number(0xffff'ffff), Arrival::kDue);
  EXPECT_EQ(book.cc_number(0), Arrival::kDue);
  EXPECT_EQ(book.cc_number(1), Arrival::kDue);
  EXPECT_EQ(book.cc_number(0xffff'ffff), Arrival::kRepeat);
}

TEST(Series, EachIdentifierMakesItsOwnSeries) {
  Book book(Interface::kHi2);
  HeaderParts other_liid = numbered(0, "LIID-2");
  HeaderParts other_operator;
  other_operator.operator_id = tlv(0x80, "OP2");
  HeaderParts other_element;
  other_element.element = tlv(0x81, "NE-2");
  HeaderParts no_element;
  no_element.element = "";
  HeaderParts other_cin;
  other_cin.cin = integer(0x81, 8);
  HeaderParts no_cin;
  no_cin.cin = "";
  HeaderParts zero_cin;
  zero_cin.cin = integer(0x81, 0);
  for (const HeaderParts& parts :
       {HeaderParts(), other_liid, other_operator, other_element, no_element, other_cin, no_cin, zero_cin}) {
    EXPECT_EQ(book.take(iri(parts)), Arrival::kDue);
    EXPECT_EQ(book.take(hi1(parts)), Arrival::kDue);
  }
  EXPECT_EQ(book.book.all().size(), 16U);
}

TEST(Series, OfAnLiidGoesOnOverItsCins) {
  Book book(Interface::kHi2, SeriesScope::kLiid);
  HeaderParts second = numbered(1);
  second.cin = integer(0x81, 8);
  HeaderParts third = numbered(2);
  third.cin = "";
  EXPECT_EQ(book.take(iri(numbered(0))), Arrival::kDue);
  EXPECT_EQ(book.take(iri(second)), Arrival::kDue);
  EXPECT_EQ(book.take(iri(third)), Arrival::kDue);
  EXPECT_EQ(book.take(hi1(numbered(0))), Arrival::kDue) << "each kind has its own";
  EXPECT_EQ(book.take(iri(numbered(0, "LIID-2"))), Arrival::kDue);
  ASSERT_EQ(book.book.all().size(), 3U);
  EXPECT_EQ(book.book.all().front().cin, std::nullopt);
  HeaderParts begins_anew = numbered(0);
  begins_anew.cin = integer(0x81, 9);
  EXPECT_EQ(book.take(iri(begins_anew)), Arrival::kConflict);
}

TEST(Series, OfAnLiidIsRestartedByACinResetOfAnyCin) {
  Book book(Interface::kHi3, SeriesScope::kLiid);
  for (uint32_t number = 0; number < 3; ++number) book.cc_number(number);
  HeaderParts reset = numbered(0);
  reset.cin = integer(0x81, 8);
  EXPECT_EQ(book.take(tri(reset, 7)), Arrival::kDue);
  EXPECT_EQ(book.cc_number(1), Arrival::kDue);
}

TEST(Series, IdentifiersThatRunTogetherAreNotTheSame) {
  Book book(Interface::kHi3);
  HeaderParts one;
  one.operator_id = tlv(0x80, "AB");
  one.element = tlv(0x81, "C");
  HeaderParts other;
  other.operator_id = tlv(0x80, "A");
  other.element = tlv(0x81, "BC");
  EXPECT_EQ(book.take(cc(one)), Arrival::kDue);
  EXPECT_EQ(book.take(cc(other)), Arrival::kDue);
}

TEST(Series, OnHi2ACinResetRestartsIriWhereItCountsAndHi1) {
  Book book(Interface::kHi2);
  for (uint32_t number = 0; number < 3; ++number) {
    book.take(iri(numbered(number)));
    book.take(hi1(numbered(number)));
  }
  EXPECT_EQ(book.take(tri(numbered(0), 7)), Arrival::kDue);
  EXPECT_EQ(book.take(iri(numbered(1))), Arrival::kDue);
  EXPECT_EQ(book.take(hi1(numbered(0))), Arrival::kDue);
  EXPECT_EQ(book.book.totals().gaps + book.book.totals().repeats, 0U);
}

TEST(Series, OnHi3ACinResetRestartsCc) {
  Book book(Interface::kHi3);
  for (uint32_t number = 0; number < 3; ++number) book.cc_number(number);
  EXPECT_EQ(book.take(tri(numbered(0), 7)), Arrival::kDue);
  EXPECT_EQ(book.cc_number(1), Arrival::kDue);
  EXPECT_EQ(book.take(tri(numbered(0), 7)), Arrival::kRepeat) << "sent again after a reconnect, it restarts nothing";
  EXPECT_EQ(book.cc_number(1), Arrival::kRepeat);
  EXPECT_EQ(book.cc_number(2), Arrival::kDue);
}

TEST(Series, SegmentFlagsCountWithTheContentThatTheyBracket) {
  Book book(Interface::kHi3);
  EXPECT_EQ(book.take(tri(numbered(0), 5)), Arrival::kDue);
  EXPECT_EQ(book.cc_number(1), Arrival::kDue);
  EXPECT_EQ(book.take(tri(numbered(2), 6)), Arrival::kDue);
}

TEST(Series, KeepalivesHaveNoSeries) {
  Book book(Interface::kHi3);
  EXPECT_EQ(book.take(tri(numbered(5), 3)), Arrival::kUnnumbered);
  EXPECT_TRUE(book.book.all().empty());
}

TEST(Series, HolesAreBounded) {
  Book book(Interface::kHi3);
  constexpr uint32_t kHoles = SeriesBook::kHolesMax + 10;
  for (uint32_t number = 0; number <= 2 * kHoles; number += 2) book.cc_number(number);
  EXPECT_EQ(book.book.all().front().holes.size(), SeriesBook::kHolesMax);
  EXPECT_EQ(book.cc_number(2 * kHoles - 1), Arrival::kLate);
}

TEST(Series, SeriesAreBoundedAndWhatIsBeyondIsCounted) {
  Book book(Interface::kHi3);
  RecordView view;
  const std::string record = cc();
  walk_record(as_bytes(record), view);
  for (uint32_t cin = 0; cin < SeriesBook::kSeriesMax; ++cin) {
    view.cin = cin;
    ASSERT_EQ(book.book.arrived(view), Arrival::kDue);
  }
  view.cin = SeriesBook::kSeriesMax;
  EXPECT_EQ(book.book.arrived(view), Arrival::kUntracked);
  EXPECT_EQ(book.book.totals().untracked, 1U);
  view.cin = 5;
  view.number = 1;
  EXPECT_EQ(book.book.arrived(view), Arrival::kDue);
}

TEST(Series, IdentifiersBeyondTheirBoundHaveNoSeries) {
  Book book(Interface::kHi3);
  const std::string longest(SeriesBook::kIdentifierBytesMax, 'x');
  EXPECT_EQ(book.take(cc(numbered(0, longest))), Arrival::kDue);
  EXPECT_EQ(book.take(cc(numbered(0, longest + "x"))), Arrival::kUntracked);
}

}  // namespace
}  // namespace lictor::der
