"""The wheel carries the program, and says for which systems."""

import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import build_wheel


def elf(machine, *segments):
    """Returns the headers of a Linux program with segments of some kinds."""
    header = bytearray(64 + 56 * len(segments))
    header[:6] = b"\x7fELF\x02\x01"
    struct.pack_into("<H", header, 18, machine)
    struct.pack_into("<Q", header, 32, 64)
    struct.pack_into("<HH", header, 54, 56, len(segments))
    for i, kind in enumerate(segments):
        struct.pack_into("<I", header, 64 + 56 * i, kind)
    return bytes(header)


def pe(machine):
    return (
        b"MZ"
        + bytes(0x3A)
        + struct.pack("<I", 0x40)
        + b"PE\0\0"
        + struct.pack("<H", machine)
    )


@pytest.mark.parametrize(
    ("program", "tag"),
    [
        (
            elf(0x3E, 1),
            "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
        ),
        (
            elf(0xB7, 1),
            "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        ),
        (b"\xcf\xfa\xed\xfe" + struct.pack("<I", 0x0100000C), "macosx_12_0_arm64"),
        (pe(0x8664), "win_amd64"),
    ],
)
def test_the_platform_is_the_programs(program, tag):
    assert build_wheel.platform_tag(program) == tag


@pytest.mark.parametrize(
    ("program", "text"),
    [
        (elf(0x3E, 1, 3), "CGO_ENABLED=0"),
        (elf(0x08), "no program"),
        (b"#!/bin/sh", "no"),
    ],
)
def test_other_programs_are_refused(program, text):
    with pytest.raises(ValueError, match=text):
        build_wheel.platform_tag(program)


@pytest.fixture
def static_program():
    """Returns the program without OpenBLAS, which is what needs a C library."""
    path = os.environ.get("TRAILBLAZER_STATIC_BINARY")
    if not path:
        pytest.skip("needs TRAILBLAZER_STATIC_BINARY, which `make test-python` sets")
    return Path(path)


def test_wheel_carries_the_program(static_program, tmp_path):
    """The wheel installs, alone, what the README promises."""
    wheel = build_wheel.build(static_program, tmp_path)
    assert wheel.parent == tmp_path
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert not [
            name
            for name in names
            if name.startswith(("tests", "trailblazer_gym/bin/_"))
        ]
        assert "trailblazer_gym/py.typed" in names
    target = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--target", str(target), str(wheel)], check=True)
    carried = target / "trailblazer_gym" / "bin" / "trailblazer"
    assert carried.read_bytes() == static_program.read_bytes()
    version = subprocess.run([carried, "version"], capture_output=True, check=True)
    assert b"trailblazer" in version.stdout
