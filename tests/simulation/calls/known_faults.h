// What the product is known to do otherwise than it should: the simulation excuses it, and counts how often. A fault
// that is mended is taken out here.
#pragma once

namespace lictor::simulation {

// A fork that is refused keeps the ends that it had described, and those that it was offered, until the call is over.
constexpr bool kRefusedForksKeepTheirEnds = true;

// Of forks that a proxy sends over one hop with a relay's ends for each only the last one's are known: who offers is
// known by its tag and the hop.
constexpr bool kForksOnOneHopShareAnOffer = true;

// Where two answer and one is told to go, what a relay has on the caller's behalf for that one is armed until the call
// is over.
constexpr bool kEndedForksKeepWhatTheyWereOffered = true;

// An answer that comes once more behind the answer to its fork's BYE begins that fork anew: its ends are armed again,
// and no BYE of the others is the last.
constexpr bool kRepeatedAnswersReviveTheirFork = true;

// An answer that comes once more behind a change of its call brings back what it had described.
constexpr bool kRepeatedAnswersCountAnew = true;

// An offer whose answer was lost is given up with the next one, though what it says holds until that is taken.
constexpr bool kOffersWithoutAnswerGo = true;

// Of whom the message tells first that ends the call an end alone is told.
constexpr bool kFirstNamedByTheEndHasNoBegin = true;

// Media behind the end of a call have a second of grace, and what looks whether it is over comes once a second.
constexpr bool kGraceIsLookedAtOnceASecond = true;

}  // namespace lictor::simulation
