"""Sessions outlive the dataplane's process: ended in order, or killed."""

from pathlib import Path

from support import radius
from support.delivered import by_liid
from support.sessions import ADDRESS, ALICE, BOB, OTHER_ADDRESS, LiveSessionsTest, accounting, packets_of, signalling
from support.waiting import wait_for

START, INTERIM, STOP = radius.START, radius.INTERIM, radius.STOP


class SessionRestarts(LiveSessionsTest):
    def kept(self, **more) -> dict:
        """Sessions outlive the process by this."""
        key = self.folder / "sessions.key"
        key.write_bytes(bytes(range(32)))
        key.chmod(0o600)
        return {"file": str(self.folder / "sessions.snapshot"), "key": str(key), **more}

    def test_a_killed_process_s_sessions_go_on_under_their_cins_and_what_was_over_stays_over(self):
        """No round through all sessions is due: what happened since the first one was added to the file at once."""
        kept = self.kept(interval_s=250)
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        dataplane = self.live_dataplane(**signalling(self.folder, when="always", snapshot=kept))
        dataplane.wait_statistics(lambda now: now["sessions"]["snapshots_written"] == 1, "the first file is there")
        for liid, user in (("LIID-A", ALICE), ("LIID-B", BOB)):
            self.active_warrant("lea", liid, [f"radius-user:{user}"])
        self.injector.send(accounting(START, ALICE, "s1", ADDRESS), accounting(START, BOB, "s2", OTHER_ADDRESS, identifier=1))
        self.heard(dataplane, 2)
        before, after = self.packets(0, 20), self.packets(100, 20)
        self.send(before)
        self.send(self.packets(200, 20, OTHER_ADDRESS))
        dataplane.wait_statistics(lambda now: now["packets"]["matched"] >= 40, "all are matched")
        dataplane.wait_delivered()
        size = Path(kept["file"]).stat().st_size
        self.injector.send(accounting(STOP, BOB, "s2", OTHER_ADDRESS, identifier=2))
        self.heard(dataplane, 3)
        wait_for(lambda: Path(kept["file"]).stat().st_size > size, "that it is over is added")
        dataplane.wait_delivered()
        dataplane.kill()
        self.assertNotIn(ALICE.encode(), Path(kept["file"]).read_bytes())
        dataplane.start()
        dataplane.wait_statistics(lambda now: now["ports"][0]["link_up"] and now["sessions"]["targets_sessions"] >= 1,
                                  "the session is there again, and in force")
        self.assertEqual(dataplane.statistics()["sessions"]["sessions_open"], 1)
        self.send(self.packets(300, 20, OTHER_ADDRESS))
        self.send(after)
        dataplane.wait_statistics(lambda now: now["packets"]["matched"] >= 20, "all are matched")
        self.injector.send(accounting(STOP, ALICE, "s1", ADDRESS, identifier=3))
        self.heard(dataplane, 1)
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        contents = by_liid(lemf.contents())
        self.assertEqual(packets_of(contents[b"LIID-A"]), before + after)
        self.assertEqual(len({one.cin for one in contents[b"LIID-A"]}), 1, "one session, one CIN")
        self.assertEqual(packets_of(contents[b"LIID-B"]), self.packets(200, 20, OTHER_ADDRESS), "its session was over")
        for liid in (b"LIID-A", b"LIID-B"):
            kinds = lemf.hi2_stream().kinds(liid)
            self.assertEqual((kinds.count("iri 1"), kinds.count("iri 8")), (1, 1), kinds)

    def test_what_is_told_late_behind_a_kill_gives_a_former_holder_nothing(self):
        """The address is somebody's whom no warrant names, and the file alone knows it."""
        kept = self.kept(interval_s=250)
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        dataplane = self.live_dataplane(**signalling(self.folder, when="always", snapshot=kept))
        dataplane.wait_statistics(lambda now: now["sessions"]["snapshots_written"] == 1, "the first file is there")
        self.active_warrant("lea", "LIID-A", [f"radius-user:{ALICE}"])
        self.injector.send(accounting(START, ALICE, "s1", ADDRESS))
        self.heard(dataplane, 1)
        before, after = self.packets(0, 20), self.packets(100, 20)
        self.send(before)
        dataplane.wait_statistics(lambda now: now["packets"]["matched"] >= 20, "all are matched")
        size = Path(kept["file"]).stat().st_size
        self.injector.send(accounting(START, BOB, "s2", ADDRESS, identifier=1))
        self.heard(dataplane, 2)
        wait_for(lambda: Path(kept["file"]).stat().st_size > size, "that it changed hands is added")
        dataplane.wait_delivered()
        dataplane.kill()
        dataplane.start()
        dataplane.wait_statistics(lambda now: now["ports"][0]["link_up"] and now["sessions"]["sessions_open"] == 1,
                                  "the one session is there again")
        late = [radius.number(radius.ACCT_DELAY_TIME, 200)]
        self.injector.send(accounting(INTERIM, ALICE, "s1", ADDRESS, identifier=2, more=late))
        self.injector.send(accounting(INTERIM, ALICE, "s3", OTHER_ADDRESS, identifier=3, more=late))
        self.heard(dataplane, 2)
        self.send(after)
        self.send(self.packets(200, 20, OTHER_ADDRESS))
        self.injector.send(accounting(START, ALICE, "s4", OTHER_ADDRESS, identifier=4))
        self.heard(dataplane, 3)
        fresh = self.packets(300, 20, OTHER_ADDRESS)
        self.send(fresh)
        dataplane.wait_statistics(lambda now: now["packets"]["matched"] >= 20, "all are matched")
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual(packets_of(lemf.contents()), before + fresh, "she has the other address from her Start on")

    def test_a_session_goes_on_behind_a_restart_under_its_cin(self):
        kept = self.kept()
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        dataplane = self.live_dataplane(**signalling(self.folder, when="always", snapshot=kept))
        self.active_warrant("lea", "LIID-A", [f"radius-user:{ALICE}"])
        self.injector.send(accounting(START, ALICE, "s1", ADDRESS))
        self.heard(dataplane, 1)
        before, after = self.packets(0, 20), self.packets(100, 20)
        self.send(before)
        dataplane.wait_statistics(lambda now: now["packets"]["matched"] >= 20, "all are matched")
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertNotIn(ALICE.encode(), Path(kept["file"]).read_bytes())
        dataplane.start()
        dataplane.wait_statistics(lambda now: now["ports"][0]["link_up"] and now["sessions"]["tables"] >= 1,
                                  "the session is there again, and in force")
        self.send(after)
        dataplane.wait_statistics(lambda now: now["packets"]["matched"] >= 20, "all are matched")
        self.injector.send(accounting(STOP, ALICE, "s1", ADDRESS, identifier=1))
        self.heard(dataplane, 1)
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        contents = lemf.contents()
        self.assertEqual(packets_of(contents), before + after)
        self.assertEqual(len({one.cin for one in contents}), 1, "one session, one CIN")
        kinds = lemf.hi2_stream().kinds(b"LIID-A")
        self.assertEqual((kinds.count("iri 1"), kinds.count("iri 8")), (1, 1), kinds)


del LiveSessionsTest
