"""The classes of the protocol files: ``python tests/oipscorer_testing/generation.py`` writes them into the package."""

import sys
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parents[2]
PLACE = "oipscorer/rpc/generated"
PROTOS = ("open_inference_grpc", "model_repository")


def generate(to: Path) -> list[Path]:
    """Writes them below `to`, and tells their paths. Raises RuntimeError with protoc's exit status."""
    well_known = str(files("grpc_tools") / "_proto")
    arguments = ["protoc", f"-I{ROOT}", f"-I{well_known}", f"--python_out={to}", f"--pyi_out={to}"]
    status = protoc.main([*arguments, *(f"{PLACE}/{name}.proto" for name in PROTOS)])
    if status:
        raise RuntimeError(f"protoc exited with {status}; it says why on stderr")
    return [to / PLACE / f"{name}_pb2{ending}" for name in PROTOS for ending in (".py", ".pyi")]


if __name__ == "__main__":
    sys.stdout.write("".join(f"{path}\n" for path in generate(ROOT)))
