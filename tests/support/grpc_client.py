"""A gRPC client made from proto/ alone: what an integrator who has nothing but the contracts does."""

import importlib
import subprocess
import sys
from pathlib import Path

from support.environment import TREE, need_module
from support.made_once import made_once


def _compile_protos(out: Path) -> None:
    out.mkdir()
    protos = sorted((TREE / "proto" / "lictor" / "v1").glob("*.proto"))
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", f"-I{TREE / 'proto'}", f"--python_out={out}",
                    f"--grpc_python_out={out}", *map(str, protos)], check=True)


class Client:
    """Stubs and messages of lictor.v1 towards one address; `tls`: the files of authority, key and certificate."""

    def __init__(self, address: str, tls: tuple = ()):
        need_module("grpc_tools.protoc")
        self.grpc = need_module("grpc")
        self._out = made_once("stubs", _compile_protos)
        self.channel = self.grpc.secure_channel(address, self.grpc.ssl_channel_credentials(*(Path(one).read_bytes() for one in tls))) if tls \
            else self.grpc.insecure_channel(address)
        for name in ("types", "agency", "warrant", "directive", "fleet", "audit"):
            setattr(self, name, self._module(f"{name}_pb2"))
        self.agencies = self._module("agency_pb2_grpc").AgencyServiceStub(self.channel)
        self.warrants = self._module("warrant_pb2_grpc").WarrantServiceStub(self.channel)
        self.fleets = self._module("fleet_pb2_grpc").FleetServiceStub(self.channel)

    def _module(self, name: str):
        if str(self._out) not in sys.path:
            sys.path.insert(0, str(self._out))
        return importlib.import_module(f"lictor.v1.{name}")

    def services(self, name: str):
        """The module of a contract's services, for whoever serves them himself."""
        return self._module(f"{name}_pb2_grpc")

    def violations(self, error) -> list[tuple[str, str]]:
        """(field, description) of each problem that the error's detail names."""
        detail = self.types.ErrorDetail()
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                detail.ParseFromString(value)
        return [(one.field, one.description) for one in detail.violations]

    def raw(self, method: str, request: bytes = b"") -> bytes:
        """A call of a service whose proto is not ours: "/grpc.health.v1.Health/Check"."""
        call = self.channel.unary_unary(method, request_serializer=bytes, response_deserializer=bytes)
        return call(request, timeout=10)

    def close(self) -> None:
        self.channel.close()
