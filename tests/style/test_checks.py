"""The style suite finds what it is there to find: each check is shown a tree with one fault in it, and one without."""

import os
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/lib"))

import tree  # noqa: E402
from checks.suite import CHECKS  # noqa: E402

OPENING = "// What it is for.\n"

# check, file, text without the fault, text with it. {0} keeps forbidden words out of this file.
FAULTS = [
    ("walls", "dataplane/base/a.h", '#include "dataplane/base/b.h"\n', '#include "encoders/encoder.h"\n'),
    ("walls", "dataplane/packet/a.cc", '#include "dataplane/base/b.h"\n', '#include "dataplane/rx_loop.h"\n'),
    ("walls", "encoders/etsi/a.cc", '#include "encoders/spool/spool.h"\n', '#include "dataplane/dpdk/port.h"\n'),
    ("walls", "encoders/etsi/b.cc", '#include "dataplane/packet/a.h"\n', '#include "control/store/store.h"\n'),
    ("walls", "control/rpc/a.cc", '#include "lictor/v1/fleet.pb.h"\n', '#include "dataplane/packet/a.h"\n'),
    ("walls", "dataplane/rx.cc", '#include "encoders/encoder.h"\n', '#include "control/store/store.h"\n'),
    ("walls", "encoders/a.cc", "#include <vector>\n", "#include <rte_mbuf.h>\n"),
    ("walls", "dataplane/rx_loop.h", "struct rte_mbuf;\n", "#include <rte_mbuf.h>\n"),
    ("walls", "dataplane/packet/b.cc", "#include <vector>\n", "#include <rte_ether.h>\n"),
    ("walls", "control/rpc/b.cc", "#include <string>\n", "#include <SQLiteCpp/SQLiteCpp.h>\n"),
    ("walls", "encoders/handover/a.cc", "#include <string>\n", "#include <grpcpp/grpcpp.h>\n"),
    ("include_paths", "control/a.cc", '#include "control/b.h"\n', '#include "../b.h"\n'),
    ("include_cycles", "control/c.h", '#include "control/d.h"\n', '#include "control/c.h"\n'),
    ("function_length", "a.cc", "int f() {\n" + "  g();\n" * 68 + "}\n", "int f() {\n" + "  g();\n" * 69 + "}\n"),
    ("function_length", "b.cc", "struct S {\n" + "  int a;\n" * 90 + "};\n",
     "struct S {\n  int f() {\n" + '    g("}");\n' * 69 + "  }\n};\n"),
    ("function_length", "c.py", "def f():\n" + "    g()\n" * 69, "def f():\n" + "    g()\n" * 70),
    ("function_length", "d.sh", "f() {\n" + "  g\n" * 68 + "}\n", "f() {\n" + "  g\n" * 69 + "}\n"),
    ("file_length", "a.cc", "\n" * 400, "\n" * 401),
    ("opening", "e.py", '"""What it is for."""\n', "import os\n"),
    ("words", "a.md", "Whatever was meant to be done is done.\n", "TO{0}DO: the rest\n"),
    ("words", "b.md", "the session table\n", "not impl{0}emented\n"),
    ("words", "c.md", "proto/home/x\n", "see /ho{0}me/somebody\n"),
    ("words", "scripts/x", "mktemp -d\n", "cd /t{0}mp/somewhere\n"),
    ("hosts", "scripts/y", "http://example.org/\n", "ht{0}tp://example.nl/\n"),
    ("addresses", "tests/a.txt", "192.0.2.1 2001:db8::1 at 12:34:56, release 1.2.3\n", "10.{0}0.0.1\n"),
    ("addresses", "scripts/b.txt", "02:00:00:00:00:01 is a MAC address\n", "2a00{0}:1450::1\n"),
    ("format", "a.cc", "int a;\n", "int    a;\n"),
    ("whitespace", "a.txt", "a\n", "a \n"),
    ("whitespace", "b.txt", "a\n", "a"),
    ("scripts", "a.sh", "true\n", "if true\n"),
    ("scripts", "b.py", "a = 1\n", "a =\n"),
    ("packages", "scripts/packages.txt", "[build]\na-b  # for this\nc-d  # for that\n", "[build]\nc-d  # x\na-b  # x\n"),
    ("packages", "scripts/packages.txt", "[build]\na-b  # for this\n", "[build]\na-b\n"),
]


class Checks(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.addCleanup(tree.use, ROOT)

    def findings(self, check: str, path: str, text: str) -> list[str]:
        """What `check` finds in a tree of this one file."""
        place = Path(self.folder.name) / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text.replace("{0}", ""), encoding="utf-8")
        tree.use(Path(self.folder.name))
        return [finding for finding in CHECKS[check]() if finding.startswith((path, "include cycle"))]

    def test_each_fault_is_found_and_nothing_else(self):
        for check, path, good, bad in FAULTS:
            with self.subTest(check=check, path=path):
                opening = OPENING if path.endswith((".cc", ".h")) and check not in ("file_length", "format") else ""
                self.assertEqual(self.findings(check, path, opening + good), [])
                self.assertNotEqual(self.findings(check, path, opening + bad), [])

    def test_an_unintroduced_file_is_found(self):
        self.assertEqual(self.findings("opening", "a.cc", OPENING), [])
        self.assertNotEqual(self.findings("opening", "a.cc", "#include <vector>\n"), [])
        self.findings("opening", "a.h", OPENING)
        self.assertEqual(CHECKS["opening"](), [])  # the header speaks for it

    def test_a_folder_without_readme_is_found(self):
        self.findings("readmes", "control/new/a.cc", OPENING)
        self.assertEqual(CHECKS["readmes"](), ["control/new: has no README.md"])
        self.findings("readmes", "control/new/README.md", "# New\n")
        self.assertEqual(CHECKS["readmes"](), [])
        self.assertNotEqual(self.findings("readmes", "control/new/README.md", "line\n" * 101), [])

    def test_a_script_that_cannot_run_is_found(self):
        self.assertNotEqual(self.findings("executable", "tool", "#!/bin/sh\n"), [])
        os.chmod(Path(self.folder.name) / "tool", 0o755)
        tree.use(Path(self.folder.name))
        self.assertEqual(CHECKS["executable"](), [])

    def test_every_check_has_a_fault_here(self):
        shown = {check for check, *_ in FAULTS} | {"opening", "readmes", "executable"}
        self.assertEqual(shown, set(CHECKS))


if __name__ == "__main__":
    unittest.main()
