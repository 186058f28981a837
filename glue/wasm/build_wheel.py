"""python build_wheel.py FOLDER: builds a wheel of the converter on WebAssembly, for any machine with wasmtime."""

from __future__ import annotations

import base64
import hashlib
import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

try:
    import tomllib
except ImportError:  # before Python 3.11
    import tomli as tomllib

HERE = Path(__file__).parent
GLUE = HERE.parent


def files(project: dict[str, object]) -> dict[str, bytes]:
    """The files of the wheel by path, without RECORD."""
    package = project["name"]
    info = f"{package}-{project['version']}.dist-info"
    scripts = "".join(f"{name} = {target}\n" for name, target in project["scripts"].items())
    return {
        **{
            f"{package}/{file.name}": file.read_bytes()
            for file in sorted((GLUE / "python" / package).glob("*.py"))
        },
        **{f"{package}/{name}": (HERE / name).read_bytes() for name in ("_engine.py", "unparquet.wasm")},
        f"{info}/METADATA": (
            f"Metadata-Version: 2.1\nName: {package}\nVersion: {project['version']}\n"
            f"Requires-Python: {project['requires-python']}\nRequires-Dist: wasmtime\n"
        ).encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{scripts}".encode(),
    }


def build(folder: Path) -> None:
    project = tomllib.loads((GLUE / "pyproject.toml").read_text())["project"]
    content = files(project)
    record = f"{project['name']}-{project['version']}.dist-info/RECORD"
    lines = [f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in content.items()]
    content[record] = "".join([*lines, f"{record},,\n"]).encode()
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{project['name']}-{project['version']}-py3-none-any.whl"
    with ZipFile(wheel, "w", ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def _digest(data: bytes) -> str:
    """The digest in the form of RECORD."""
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


if __name__ == "__main__":
    build(Path(sys.argv[1]))
