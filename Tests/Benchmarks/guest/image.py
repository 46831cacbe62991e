"""The guest's kernel and first file system, made of Debian packages that are unpacked but never installed."""

import gzip
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from box import binary

CACHE = Path(tempfile.gettempdir()) / "musicbox-guest"
# A card whose codec nobody knows yet is given up.
MODULES = ["snd-hda-codec-generic", "snd-hda-intel", "e1000"]


class Missing(Exception):
    """Something that no guest can be made without."""


def packages() -> Path:
    """The folder that the packages were unpacked into, once per machine and kernel."""
    depends = _apt("apt-cache", "depends", "linux-image-amd64")
    found = re.search(r"linux-image-\S+-amd64$", depends, re.MULTILINE)
    if not found:
        raise Missing("no Debian kernel (linux-image-amd64) to be had")
    folder = CACHE / found[0]
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _apt("apt-get", "download", found[0], "busybox-static", "alsa-utils", folder=folder)
        for package in folder.glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, folder], check=True)
            package.unlink()
        (folder / "complete").touch()
    return folder


def _apt(*command: str, folder: Path | None = None) -> str:
    try:
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise Missing(f"{' '.join(command)}: {getattr(error, 'stderr', None) or error}") from error


def build(target: Path) -> tuple[Path, Path]:
    """The kernel, and below `target` an initramfs with the programs of the box."""
    unpacked = packages()
    kernel = next(unpacked.glob("boot/vmlinuz-*"))
    busybox = unpacked / "bin" / "busybox"
    if not busybox.exists():
        busybox = unpacked / "usr" / "bin" / "busybox"
    root = target / "root"
    (root / "bin").mkdir(parents=True)
    shutil.copy(busybox, root / "bin")
    shutil.copy(Path(__file__).with_name("init"), root / "init")
    (root / "init").chmod(0o755)
    _modules(next(unpacked.glob("lib/modules/*")), busybox, root / "modules")
    # Symbols would be half of what the guest keeps in memory.
    subprocess.run(["strip", "-o", root / "bin" / "musicboxd", binary("musicboxd")], check=True)
    shutil.copy(unpacked / "usr" / "bin" / "aplay", root / "bin")
    _libraries([binary("musicboxd"), unpacked / "usr" / "bin" / "aplay"], root)
    shutil.copytree("/usr/share/alsa", root / "usr/share/alsa", ignore=shutil.ignore_patterns("ucm*", "alsa.conf.d"))
    (root / "etc").mkdir()
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/:/bin/sh\n")
    # Who may share a card: dmix refuses to be opened where there is no such group.
    (root / "etc" / "group").write_text("root:x:0:\naudio:x:29:\n")
    image = target / "initramfs.gz"
    names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    archive = subprocess.run(
        [busybox, "cpio", "-o", "-H", "newc"], cwd=root, input=names.encode(), check=True, capture_output=True
    ).stdout
    image.write_bytes(gzip.compress(archive, 1))
    shutil.rmtree(root)
    return kernel, image


def _modules(tree: Path, busybox: Path, target: Path) -> None:
    """The drivers and what they need, and in which order they must be loaded."""
    if not (tree / "modules.dep").exists():
        subprocess.run([busybox, "depmod", "-b", tree.parents[2], tree.name], check=True, capture_output=True)
    lines = [line.split(":") for line in (tree / "modules.dep").read_text().splitlines()]
    needs = {name: rest.split() for name, rest in lines}
    order: list[str] = []

    def add(name: str) -> None:
        for needed in needs[name]:
            if needed not in order:
                add(needed)
        if name not in order:
            order.append(name)

    for module in MODULES:
        add(next(name for name in needs if Path(name).stem.replace("_", "-") == module))
    target.mkdir()
    for name in order:
        shutil.copy(tree / name, target)
    (target / "order").write_text("".join(f"{Path(name).name}\n" for name in order))


def _libraries(programs: Iterable[Path], root: Path) -> None:
    for program in programs:
        output = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
        for path in re.findall(r"(/\S+) \(0x", output):
            target = root / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copy(os.path.realpath(path), target)
