"""HI1 goes before the IRI that waits for an agency: after an outage the agency first learns what is said of its warrants."""

from support.bench import E2eTest, from_now
from support.dataplane import pcap_port, task_of
from support.delivered import Stream
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.waiting import wait_for

# Whose beginnings wait, and make the backlog.
NEWCOMERS = 12


class Express(E2eTest):
    def outage(self, *options: str, **settings):
        """An old warrant is in force and its beginning delivered; then the agency is away, and the IRI of newcomers' beginnings waits;
        at last the old one is changed."""
        self.lictord.start()
        self.receiver = self.lemf()
        self.agency("lea", self.receiver, "--confirm", "transported", *options)
        capture = self.folder / "nothing.pcap"
        write_pcap(capture, conversation("198.51.100.77", PEER, 1, 100))
        dataplane = self.dataplane([pcap_port(capture)], **settings).start()
        old = self.active_warrant("lea", "LIID-OLD", [f"ipv4:{TARGET}"])
        dataplane.wait_tasks(1)
        dataplane.wait_delivered()
        self.receiver.process.kill()
        wait_for(lambda: len(self.alarms("destination_down")) == 2, "it is away, on both interfaces")
        self.newcomers = [self.active_warrant("lea", f"LIID-NEW-{i}", [f"ipv4:192.0.2.{100 + i}"]) for i in range(NEWCOMERS)]
        dataplane.wait_tasks(NEWCOMERS + 1)
        self.waits(dataplane, 2 * NEWCOMERS)
        self.ctl.json("warrant", "modify", old, "--end", from_now(7200))
        self.waits(dataplane, 2 * NEWCOMERS + 1)
        self.xid_old = self.xids(old)[0]
        return dataplane

    def waits(self, dataplane, records: int) -> None:
        dataplane.wait_statistics(lambda now: now["records"]["in_rings"] == 0 and now["records"]["in_spool"] >= records,
                                  f"{records} records wait")

    def delivered(self, dataplane) -> Stream:
        self.receiver.start()
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        self.assertEqual(sum(statistics["records"]["given_up"].values()), 0)
        self.assertEqual(task_of(statistics, self.xid_old)["records"]["in_spool"], 0)
        self.assertEqual(self.receiver.stop(), 0)
        stream = self.receiver.hi2_stream()
        self.assertEqual(stream.gaps(), [])
        return stream

    def order(self, stream: Stream) -> list[tuple[str, str]]:
        """LIID and kind of each record of HI2, as they came."""
        kinds = {liid: iter(stream.kinds(liid)) for liid in {pdu["pSHeader"]["lawfulInterceptionIdentifier"] for pdu in stream.pdus}}
        liids = [pdu["pSHeader"]["lawfulInterceptionIdentifier"] for pdu in stream.pdus]
        return [(liid.decode(), next(kinds[liid])) for liid in liids]

    def check(self, order: list[tuple[str, str]]) -> None:
        """The change, told last, came before all IRI that had waited; of each newcomer the beginning is first."""
        waited = [at for at, (liid, kind) in enumerate(order) if liid.startswith("LIID-NEW") and kind.startswith("iri")]
        self.assertGreaterEqual(len(waited), NEWCOMERS)
        self.assertLess(order.index(("LIID-OLD", "liModified")), waited[0], order)
        for i in range(NEWCOMERS):
            own = [kind for liid, kind in order if liid == f"LIID-NEW-{i}"]
            self.assertEqual(own[0], "liActivated", own)
            self.assertIn("iri 7", own)

    def test_a_change_and_a_message_go_before_the_iri_that_waits_and_an_end_behind_it(self):
        dataplane = self.outage()
        self.ctl.json("agency", "message", "lea", "--text", "the line was cut")
        self.ctl.json("warrant", "end", self.newcomers[0])
        self.waits(dataplane, 2 * NEWCOMERS + 4)
        order = self.order(self.delivered(dataplane))
        self.check(order)
        waited = [at for at, (_, kind) in enumerate(order) if kind.startswith("iri")][1:]  # but for the old warrant's
        self.assertLess([kind for _, kind in order].index("operatorLeaMessage"), waited[0], order)
        # The message goes under any warrant's LIID.
        ended = [kind for liid, kind in order if liid == "LIID-NEW-0" and kind != "operatorLeaMessage"]
        self.assertEqual(len(ended), 4, ended)
        self.assertEqual(ended[-1], "liDeactivated")

    def test_after_kill_9_too(self):
        dataplane = self.outage("--cin", "same", spool={"directory": str(self.folder / "spool"), "segment_bytes": 256 << 10})
        dataplane.kill()
        dataplane.start()
        dataplane.wait_tasks(NEWCOMERS + 1)
        dataplane.wait_statistics(lambda now: now["records"]["recovered"] >= 2 * NEWCOMERS + 1, "what was left is found")
        order = self.order(self.delivered(dataplane))
        self.check(order)
        self.assertNotIn("cINReset", [kind for _, kind in order])
        for liid in ["LIID-OLD", *(f"LIID-NEW-{i}" for i in range(NEWCOMERS))]:
            self.assertEqual([kind for of, kind in order if of == liid].count("liActivated"), 2, "anew by the next process")

    def test_on_a_connection_for_each_liid_too(self):
        """Each has its own spools: whatever waits, one's HI1 stands before its IRI, and nobody waits for others."""
        dataplane = self.outage("--connection-per-liid")
        order = self.order(self.delivered(dataplane))
        for i in range(NEWCOMERS):
            self.assertEqual([kind for liid, kind in order if liid == f"LIID-NEW-{i}"][0], "liActivated")
