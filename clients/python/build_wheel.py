"""Builds the wheel that carries the trailblazer program.

The wheel's platform is read from the program itself, so that a wheel never
claims to be for another system than its program is.

    python clients/python/build_wheel.py --binary dist/trailblazer --out dist
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
LICENSE = HERE.parents[1] / "LICENSE"

_ELF_MACHINES = {0x3E: "x86_64", 0xB7: "aarch64", 0xF3: "riscv64"}
_MACH_MACHINES = {0x01000007: "x86_64", 0x0100000C: "arm64"}
_PE_MACHINES = {0x8664: "win_amd64", 0xAA64: "win_arm64"}
_PT_INTERP = 3
# The oldest macOS that programs of today's Go run on.
_MACOS = "12_0"


def platform_tag(program: bytes) -> str:
    """Returns the platform tag of a wheel that carries a program.

    A static Linux program runs on any distribution, so its wheel is tagged for
    those with glibc (manylinux) and those with musl (musllinux).

    Raises:
        ValueError: the program is of no known kind, or not static.
    """
    if program.startswith(b"\x7fELF\x02\x01"):
        (machine,) = struct.unpack_from("<H", program, 18)
        (table,) = struct.unpack_from("<Q", program, 32)
        size, count = struct.unpack_from("<HH", program, 54)
        kinds = [
            struct.unpack_from("<I", program, table + i * size)[0] for i in range(count)
        ]
        if _PT_INTERP in kinds:
            raise ValueError(
                "the program is not static: build it with CGO_ENABLED=0, -tags noblas"
            )
        if machine in _ELF_MACHINES:
            name = _ELF_MACHINES[machine]
            if name == "riscv64":
                return f"manylinux_2_31_{name}.musllinux_1_2_{name}"
            return f"manylinux_2_17_{name}.manylinux2014_{name}.musllinux_1_1_{name}"
    if program.startswith(b"\xcf\xfa\xed\xfe"):
        (machine,) = struct.unpack_from("<I", program, 4)
        if machine in _MACH_MACHINES:
            return f"macosx_{_MACOS}_{_MACH_MACHINES[machine]}"
    if program.startswith(b"MZ"):
        (header,) = struct.unpack_from("<I", program, 0x3C)
        (machine,) = struct.unpack_from("<H", program, header + 4)
        if machine in _PE_MACHINES:
            return _PE_MACHINES[machine]
    raise ValueError("this is no program for a system that wheels exist for")


def build(binary: Path, out: Path) -> Path:
    """Builds the wheel.

    Args:
        binary: the program, built with CGO_ENABLED=0.
        out: folder that the wheel is put into; older wheels of the package that
            lie there are removed.

    Returns:
        Path of the wheel.
    """
    program = binary.read_bytes()
    tag = platform_tag(program)
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("trailblazer_gym-*.whl"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        plain = _build_plain(Path(folder))
        wheel = out / plain.name.replace("-any.whl", f"-{tag}.whl")
        _add_program(plain, wheel, program, tag)
    return wheel


def _build_plain(folder: Path) -> Path:
    """Builds the wheel without a program, from a copy of the sources."""
    source = folder / "source"
    skip = shutil.ignore_patterns("bin", "*.egg-info", "__pycache__")
    shutil.copytree(HERE / "src", source / "src", ignore=skip)
    for file in (HERE / "pyproject.toml", HERE / "README.md", LICENSE):
        shutil.copy(file, source)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--wheel-dir", str(folder), str(source)], check=True)
    (wheel,) = folder.glob("*-none-any.whl")
    return wheel


def _add_program(plain: Path, wheel: Path, program: bytes, tag: str) -> None:
    """Copies a wheel, adds the program, and says which platform it is for."""
    name = "trailblazer.exe" if tag.startswith("win") else "trailblazer"
    with (
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        files = {info.filename: source.read(info) for info in source.infolist()}
        files[f"trailblazer_gym/bin/{name}"] = program
        (about,) = (path for path in files if path.endswith(".dist-info/WHEEL"))
        record = about.replace("WHEEL", "RECORD")
        del files[record]
        tags = "".join(f"Tag: py3-none-{part}\n" for part in tag.split("."))
        files[about] = (
            files[about]
            .replace(b"Root-Is-Purelib: true", b"Root-Is-Purelib: false")
            .replace(b"Tag: py3-none-any\n", tags.encode())
        )
        lines = [f"{path},{_digest(data)},{len(data)}" for path, data in files.items()]
        files[record] = "\n".join([*lines, f"{record},,", ""]).encode()
        for path, data in files.items():
            info = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o755 if path.startswith("trailblazer_gym/bin/") else 0o644
            info.external_attr = (stat.S_IFREG | mode) << 16
            target.writestr(info, data)


def _digest(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
    return "sha256=" + digest.decode().rstrip("=")


def main() -> None:
    """Builds the wheel and prints its path."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=Path, default=Path("bin/trailblazer"))
    parser.add_argument("--out", type=Path, default=Path("dist"))
    args = parser.parse_args()
    try:
        print(build(args.binary, args.out))
    except (OSError, ValueError) as error:
        sys.exit(f"build_wheel: {args.binary}: {error}")


if __name__ == "__main__":
    main()
