"""Several persons at one lictord: each is a uid on its local socket, as `access.people` names them."""

import json
import os
import subprocess

from support.bench import NOBODY, E2eTest, from_now, identities_in
from support.environment import program

GROUP = 65534  # nogroup, of every Debian: whom the socket lets in
FIRST_UID = 70001


class PeopleTest(E2eTest):
    """`people` says who there is, and what: name -> (roles, desks). `clerks` are agencies' own: name -> agency. `elements` are dataplanes
    that whoever runs the tests starts. `policy` goes into the configuration."""

    people: dict[str, tuple[list[str], list[str]]] = {}
    clerks: dict[str, str] = {}
    elements: tuple[str, ...] = ()
    policy: dict = {}

    def setUp(self) -> None:
        super().setUp()
        os.chmod(self.folder, 0o755)
        self.uids = {name: FIRST_UID + i for i, name in enumerate([*self.people, *self.clerks])}
        self.order = self.folder / "order.pdf"
        self.order.write_bytes(b"the court's order")
        self.open_office()

    def open_office(self) -> None:
        """`self.lictord` serves these people."""
        settings = self.lictord.settings
        settings["listen"]["group"] = "nogroup"
        people = [{"uid": self.uids[name], "name": name, "roles": roles, **({"desks": desks} if desks else {})}
                  for name, (roles, desks) in self.people.items()]
        people += [{"uid": self.uids[name], "name": name, "roles": ["agency"], "agency": agency} for name, agency in self.clerks.items()]
        people += [{"uid": os.getuid(), "name": name, "roles": ["dataplane"], "element": name} for name in self.elements]
        settings["access"] = {"people": people}
        settings["policy"].update(self.policy)
        self.lictord.start()

    def as_(self, name: str, *words) -> subprocess.CompletedProcess:
        return subprocess.run([program("lictorctl"), "--server", self.lictord.address, "--json", *map(str, words)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=60, user=self.uids[name], group=GROUP,
                              extra_groups=[])

    def done(self, name: str, *words) -> dict:
        run = self.as_(name, *words)
        self.assertEqual(run.returncode, 0, (name, words, run.stderr))
        return json.loads(run.stdout)

    def refused(self, name: str, *words) -> str:
        run = self.as_(name, *words)
        self.assertEqual(run.returncode, 1, (name, words, run.stdout, run.stderr))
        return run.stderr

    def make_agency(self, by: str, agency: str, lemf=NOBODY) -> None:
        self.done(by, "agency", "create", "--id", agency, "--name", agency, "--country", "AT", "--hi2", lemf.hi2_address, "--hi3",
                  lemf.hi3_address, "--lab", "--security", "plain-lab")

    def file_warrant(self, by: str, agency: str, liid: str, target: str, *options, hours: int = 1) -> str:
        self.secrets |= {liid} | identities_in(target)
        return self.done(by, "warrant", "create", "--agency", agency, "--liid", liid, "--reference", "REF-1", "--authorised-by", "Test Judge",
                         "--country", "AT", "--operator", "OP1", "--user-label", "subscriber", "--access-type", "lan", "--end",
                         from_now(hours * 3600), "--content", "both", "--target", target, "--order-file", self.order, *options)["warrant"]["id"]

    def entry(self, waiting: dict) -> list:
        """What an approver reads in the order that `preview` shows, and which revision he has looked at, as options of `warrant approve`."""
        warrant = waiting["warrant"]
        content = warrant["content"].removeprefix("CONTENT_").lower().replace("iri_and_cc", "both")
        words = ["--revision", waiting["revision"], "--liid", warrant["liid"], "--end", warrant["end"], "--order-file", self.order,
                 "--content", content]
        for target in warrant["targets"]:
            words += ["--target", target["selector"]]
        for prefix in warrant.get("exclusions", []):
            words += ["--exclude", prefix]
        return words

    def state(self, by: str, warrant: str) -> str:
        return self.done(by, "warrant", "show", warrant)["warrant"]["state"]
