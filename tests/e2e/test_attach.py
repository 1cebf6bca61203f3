"""Fleet.Attach from the dataplane's side, spoken by a Python client: what is refused, what comes down, what is resumed."""

import queue
import threading


from support.bench import NOBODY, E2eTest
from support.grpc_client import Client
from support.waiting import BOUND_S

IN_SYNC = object()
PERSONAL = ("Test Judge", "REF-1")


class Element:
    """One stream as a dataplane would hold it."""

    def __init__(self, client: Client, **hello):
        self.client = client
        self.pb = client.fleet
        self._out: queue.Queue = queue.Queue()
        self.stream = client.fleets.Attach(iter(self._out.get, None), timeout=60)
        self._in: queue.Queue = queue.Queue()
        fields = {"network_element_id": "NE-PY", "interception_point_id": "IP1", "incarnation": b"i" * 16, "lab": True, **hello}
        self.send(hello=self.pb.Hello(**fields))

    def send(self, **kind) -> None:
        self._out.put(self.pb.DataplaneMessage(**kind))

    def welcome(self):
        """The first answer; from then on every directive is acknowledged as it comes."""
        welcome = next(self.stream).welcome
        threading.Thread(target=self._read, daemon=True).start()
        return welcome

    def until_in_sync(self) -> list:
        """The directives up to InSync."""
        return list(iter(lambda: self._in.get(timeout=BOUND_S), IN_SYNC))

    def next_directive(self):
        return self._in.get(timeout=BOUND_S)

    def _read(self) -> None:
        try:
            for message in self.stream:
                if message.WhichOneof("kind") == "in_sync":
                    self._in.put(IN_SYNC)
                    continue
                directive = self.client.directive.Directive.FromString(message.directive.directive)
                self.send(acknowledgement=self.pb.Acknowledgement(generation=directive.generation,
                                                                  result=self.pb.DIRECTIVE_RESULT_APPLIED))
                self._in.put(directive)
        except self.client.grpc.RpcError:
            return  # the test hung up

    def hang_up(self) -> None:
        self.stream.cancel()
        self._out.put(None)


class Attach(E2eTest):
    def setUp(self) -> None:
        super().setUp()
        self.lictord.start()
        self.client = Client(self.lictord.address)
        self.addCleanup(self.client.close)

    def attached(self, **hello) -> Element:
        element = Element(self.client, **hello)
        self.addCleanup(element.hang_up)
        return element

    def refusal(self, element: Element):
        with self.assertRaises(self.client.grpc.RpcError) as refusal:
            next(element.stream)
        return refusal.exception

    def active(self, liid: str, target: str = "ipv4:192.0.2.7") -> str:
        if not self.ctl.json("agency", "list").get("agencies"):
            self.agency("lea", NOBODY)
        return self.active_warrant("lea", liid, [target])

    def test_each_wrong_field_of_hello_is_refused_by_name(self):
        for field, value in (("network_element_id", ""), ("network_element_id", "n" * 17), ("network_element_id", "a b"),
                             ("interception_point_id", "i" * 9), ("interception_point_id", "\u00e4"), ("incarnation", b""),
                             ("incarnation", b"i" * 17), ("software_version", "v" * 65),
                             ("ports", [self.client.fleet.PortInfo(name="p" * 65)]),
                             ("ports", [self.client.fleet.PortInfo(name="p")] * 257)):
            with self.subTest(field=field, value=str(value)[:20]):
                error = self.refusal(self.attached(**{field: value}))
                self.assertEqual(error.code().name, "INVALID_ARGUMENT")
                self.assertIn(f"hello.{field}", error.details())
        self.assertEqual(self.ctl.json("dataplane", "list").get("dataplanes", []), [])

    def test_a_stream_that_does_not_begin_with_hello_is_refused(self):
        stream = self.client.fleets.Attach(iter([self.client.fleet.DataplaneMessage(
            statistics=self.client.fleet.Statistics(taken_unix_ns=1))]), timeout=30)
        with self.assertRaises(self.client.grpc.RpcError) as refusal:
            next(stream)
        self.assertEqual(refusal.exception.code().name, "INVALID_ARGUMENT")

    def test_a_name_that_a_live_dataplane_has_is_refused(self):
        self.attached().welcome()
        error = self.refusal(self.attached(incarnation=b"j" * 16))
        self.assertEqual(error.code().name, "ALREADY_EXISTS")

    def test_who_comes_back_hears_only_what_is_new(self):
        self.active("LIID-FIRST")
        first = self.attached()
        welcome = first.welcome()
        self.assertTrue(welcome.full)
        held = first.until_in_sync()
        self.assertEqual({one.WhichOneof("kind") for one in held}, {"tap", "mediation"})
        first.hang_up()
        self.active("LIID-SECOND", "ipv4:192.0.2.8")
        last = max(one.generation for one in held)
        again = self.attached(fleet_id=welcome.fleet_id, resume_epoch=welcome.epoch, resume_generation=last)
        self.assertFalse(again.welcome().full)
        news = again.until_in_sync()
        self.assertTrue(news)
        self.assertTrue(all(one.generation > last for one in news))
        self.assertFalse({one.tap.xid for one in news} & {one.tap.xid for one in held if one.tap.xid})

    def test_directives_carry_no_person_and_no_reference(self):
        self.active("LIID-BARE")
        element = self.attached()
        element.welcome()
        octets = b"".join(one.SerializeToString() for one in element.until_in_sync())
        self.assertIn(b"LIID-BARE", octets)
        for secret in PERSONAL:
            self.assertNotIn(secret.encode(), octets)

    def test_a_tap_knows_no_liid_and_a_mediation_no_target(self):
        self.active("LIID-APART")
        element = self.attached()
        element.welcome()
        for one in element.until_in_sync():
            octets = one.SerializeToString()
            if one.WhichOneof("kind") == "tap":
                self.assertNotIn(b"LIID-APART", octets)
                self.assertEqual([target.prefix.address for target in one.tap.targets], [bytes([192, 0, 2, 7])])
            else:
                self.assertEqual(one.mediation.liid, b"LIID-APART")

    def test_changes_come_as_they_happen_and_an_end_is_a_withdrawal(self):
        element = self.attached()
        element.welcome()
        self.assertEqual(element.until_in_sync(), [])
        warrant = self.active("LIID-LATER")
        kinds = {element.next_directive().WhichOneof("kind") for _ in range(2)}
        self.assertEqual(kinds, {"tap", "mediation"})
        self.ctl.json("warrant", "end", warrant)
        withdrawal = element.next_directive()
        self.assertEqual(withdrawal.WhichOneof("kind"), "withdrawal")
        self.assertEqual(withdrawal.withdrawal.reason, self.client.directive.WITHDRAWAL_REASON_ENDED)

    def test_nonsense_from_a_dataplane_harms_nobody(self):
        element = self.attached()
        element.welcome()
        element.until_in_sync()
        pb = self.client.fleet
        task = pb.TaskStatistics(xid=b"short", state=77)
        for message in ({"acknowledgement": pb.Acknowledgement(generation=1 << 60)}, {"hello": pb.Hello()}, {},
                        {"statistics": pb.Statistics(tasks=[task] * 100)}, {"alarm": pb.Alarm(code="x" * 5000, xid=b"1")}):
            element.send(**message)
        warrant = self.active("LIID-AFTER")
        self.assertEqual(self.ctl.json("warrant", "show", warrant)["warrant"]["state"], "WARRANT_STATE_ACTIVE")
        for words in (("tap", "list"), ("alarm", "list"), ("dataplane", "statistics", "NE-PY")):
            self.ctl.json(*words)

    def test_a_restored_backup_brings_no_key_and_no_cin_back(self):
        self.agency("lea", NOBODY, "--encryption", "aes256", "--payload-key-per-warrant")
        warrant = self.active("LIID-RESTORED")
        first = self.attached()
        welcome = first.welcome()
        before = self.mediation_in(first.until_in_sync())
        copy = self.ctl.json("store", "backup")["path"]
        self.ctl.json("warrant", "revoke", warrant)
        first.hang_up()
        self.client.close()
        self.lictord.process.stop()
        self.lictord.options = ("--restore", copy, "--accept-store", "the disk was lost")
        self.lictord.start()
        self.client = Client(self.lictord.address)
        self.addCleanup(self.client.close)
        self.client.fleets.ListDataplanes(self.client.fleet.ListDataplanesRequest(), wait_for_ready=True, timeout=60)
        again = self.attached(fleet_id=welcome.fleet_id, resume_epoch=welcome.epoch, resume_generation=before.generation)
        anew = again.welcome()
        self.assertTrue(anew.full)
        self.assertGreater(anew.epoch, welcome.epoch)
        after = self.mediation_in(again.until_in_sync())
        self.assertGreater(after.generation, before.generation + 2**31)
        self.assertEqual(after.mediation.liid, before.mediation.liid)
        self.assertNotIn(after.mediation.spool_key, (b"", before.mediation.spool_key))
        self.assertNotIn(after.mediation.payload_key, (b"", before.mediation.payload_key))
        self.assertGreater(after.mediation.cin.static_cin, before.mediation.cin.static_cin + 2**19)
        self.assertTrue(self.alarms("payload_key"), "whoever has the former key is told")

    def mediation_in(self, directives: list):
        return next(one for one in directives if one.WhichOneof("kind") == "mediation")
