"""Changes while packets flow: new targets, a new end, an annulled order, a process that ends with a backlog."""

import signal

from support.bench import from_now
from support.dataplane import task_of
from support.delivered import missing_numbers
from support.live import TARGET, LiveTest, numbers_of, stamp_of

OTHER = "192.0.2.8"


class Changes(LiveTest):
    def active(self, **settings):
        self.lictord.start()
        self.receiver = self.lemf()
        self.agency("lea", self.receiver)
        self.warrant_id = self.active_warrant("lea", "LIID-CHANGE", [f"ipv4:{TARGET}"])
        dataplane = self.live_dataplane(**settings)
        dataplane.wait_tasks(1)
        return dataplane

    def received_at_least(self, dataplane, count: int) -> None:
        dataplane.wait_statistics(lambda now: now["packets"]["received"] >= count, f"{count} packets have arrived")

    def test_a_modified_warrant_copies_its_new_target_and_tells_the_agency(self):
        dataplane = self.active()
        old, new = self.sender("old", count=300, rate=1000), self.sender("new", source=OTHER, count=300, rate=1000)
        old.sent(), new.sent()
        self.received_at_least(dataplane, 600)
        self.secrets.add(OTHER)
        self.ctl.json("warrant", "modify", self.warrant_id, "--target", f"ipv4:{OTHER}", "--end", from_now(7200))
        before = dataplane.statistics()["packets"]["received"]
        old, new = (self.sender("old", first=1000, count=300, rate=1000),
                    self.sender("new", source=OTHER, first=1000, count=300, rate=1000))
        sent = [number for number, _ in new.sent()]
        old.sent()
        self.received_at_least(dataplane, before + 600)
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(self.receiver.stop(), 0)
        contents = self.receiver.contents()
        self.assertEqual([one.packet[12:16] for one in contents], [bytes([192, 0, 2, 7])] * 300 + [bytes([192, 0, 2, 8])] * 300)
        self.assertEqual(numbers_of(contents)[300:], sent)
        self.assertEqual(sum(missing_numbers(contents).values()), 0)
        self.assertEqual(len({one.series for one in contents}), 1, "numbers go on")
        kinds = self.receiver.hi2_stream().kinds(b"LIID-CHANGE")
        self.assertEqual([kind for kind in kinds if kind.startswith("li")], ["liActivated", "liModified"])

    def test_a_modification_that_the_dataplane_refuses_takes_away_all_the_same(self):
        dataplane = self.active(limits={"flows_max": 1})
        sent = [number for number, _ in self.sender("before", count=200, rate=1000).sent()]
        self.received_at_least(dataplane, len(sent))
        self.secrets.add(OTHER)
        flows = [word for port in (1, 2) for word in ("--target", f"flow:udp,{OTHER}:{port},any")]
        self.ctl.refused("warrant", "modify", self.warrant_id, *flows, "--end", from_now(7200))
        self.assertIn("limits.flows_max", self.alarms("directive_refused")[0]["text"])
        # Offered: with nothing tapped any more the port is left alone, and what arrives is counted as idle.
        before = dataplane.statistics()["packets"]["offered"]
        self.sender("after", first=1000, count=200, rate=1000).sent()
        dataplane.wait_statistics(lambda now: now["packets"]["offered"] >= before + 200, "what follows has arrived")
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(self.receiver.stop(), 0)
        self.assertEqual(numbers_of(self.receiver.contents()), sent)

    def test_an_end_that_is_brought_forward_holds_to_the_packet(self):
        dataplane = self.active()
        sender = self.sender(rate=1000)
        self.received_at_least(dataplane, 100)
        end = self.ctl.json("warrant", "modify", self.warrant_id, "--end", from_now(5))["warrant"]["window"]["end_unix_ns"]
        dataplane.wait_statistics(lambda now: not any(
            str(task["state"]).lower().endswith("active") for task in now["tasks"]), "the warrant has ended")
        sender.stop()
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(self.receiver.stop(), 0)
        contents = self.receiver.contents()
        self.assertLess(max(one.timestamp_us * 1000 for one in contents), int(end))
        self.assertLess(max(stamp_of(one)[1] for one in contents), int(end))
        self.assertEqual(self.receiver.hi2_stream().kinds(b"LIID-CHANGE")[-2:], ["iri 9", "liDeactivated"])

    def backlog(self, dataplane) -> None:
        """Copies that a frozen receiver does not take."""
        self.receiver.process.signal(signal.SIGSTOP)
        self.sender("flood", count=15_000, payload=1400).sent()
        dataplane.wait_statistics(lambda now: now["records"]["in_spool"] > 100, "records wait in the spool")

    def test_a_revoked_warrants_backlog_is_given_up_and_counted(self):
        dataplane = self.active()
        self.backlog(dataplane)
        xid = self.xids(self.warrant_id)[0]
        self.ctl.json("warrant", "revoke", self.warrant_id)
        dataplane.wait_statistics(
            lambda now: any(task["xid"] == xid and task["records"]["given_up"].get("revoked", 0) > 0 for task in now["tasks"]),
            "the backlog is given up")
        self.receiver.process.signal(signal.SIGCONT)
        dataplane.wait_delivered()
        records = task_of(dataplane.stop(), xid)["records"]
        self.assertEqual(self.receiver.stop(), 0)
        contents = self.receiver.contents()
        self.assertGreater(records["given_up"]["revoked"], 100)
        self.assertLess(len(contents), records["matched"])
        self.assertEqual(self.receiver.hi2_stream().kinds(b"LIID-CHANGE").count("iri 9"), 0, "no closing records")

    def test_an_ending_process_counts_the_backlog_that_it_could_not_deliver(self):
        dataplane = self.active(handover={"drain_ms": 500})
        self.backlog(dataplane)
        records = dataplane.stop()["records"]
        self.assertGreater(records["given_up"]["shutdown"] + records["unconfirmed"], 0)
        self.assertEqual((records["in_spool"], records["in_rings"]), (0, 0))
        self.receiver.process.signal(signal.SIGCONT)
        self.receiver.stop()

    def test_a_frozen_agency_does_not_delay_another(self):
        self.lictord.start()
        frozen, lively = self.lemf("lemf-frozen"), self.lemf("lemf-lively")
        for name, lemf in (("frozen", frozen), ("lively", lively)):
            self.agency(name, lemf)
            self.active_warrant(name, f"LIID-{name}", [f"ipv4:{TARGET}"])
        dataplane = self.live_dataplane()
        dataplane.wait_tasks(2)
        frozen.process.signal(signal.SIGSTOP)
        sent = [number for number, _ in self.sender(count=3000, rate=2000, payload=1400).sent()]
        self.received_at_least(dataplane, len(sent))
        dataplane.wait_statistics(lambda now: lively.received() > 1400 * len(sent), "the lively agency has it all")
        frozen.process.signal(signal.SIGCONT)
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual((frozen.stop(), lively.stop()), (0, 0))
        self.assertEqual(numbers_of(lively.contents()), sent)
        # While it stands still for long, its connection is taken for dead, and what it may not have comes once more.
        self.assertEqual(list(dict.fromkeys(numbers_of(frozen.contents()))), sent)
