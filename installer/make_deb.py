"""Makes dist/loam_VERSION_amd64.deb from the folder that PyInstaller built.

    python installer/make_deb.py BUNDLE DIST [--compression xz]

BUNDLE: PyInstaller's folder. Run with the environment that was packed, whose licences are
collected. Writes sizes by component and the list of parts (loam_VERSION.cdx.json) to DIST as well.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import subprocess
import sys
from email.utils import format_datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(HERE)]

import contents  # noqa: E402
import icons  # noqa: E402
import licences  # noqa: E402
import system_libraries  # noqa: E402
import terminal  # noqa: E402
from complete import complete  # noqa: E402
from versions import moment, version  # noqa: E402

from app.services import about  # noqa: E402

MAINTAINER = "Loam contributors <contributors@loam.invalid>"
BUILD_ONLY = {"gcc", "g++", "make", "git", "python3-venv"}
RECOMMENDED = ("tesseract-ocr", "tesseract-ocr-eng")
"""Reads text in pictures and on scanned pages."""
SUGGESTED = (
    "libreoffice-writer",
    "libreoffice-impress",
    "gnome-keyring",
    "mesa-vulkan-drivers",
)
"""Draw documents as they look; keep access tokens; run a plug-in for cards."""
_DESCRIPTION = """\
Description: local language models in a window
 Chat with language models on this computer, ask your documents and see the
 passages that an answer rests on, and fine-tune models on your own examples.
 .
 A model, the model that reads documents and sample documents are inside, so
 that nothing is fetched after installing.
"""


def dependencies(program: Path) -> tuple[list[str], list[str]]:
    """(what the package depends on, what it recommends): Debian's packages of the system's
    libraries that the program's files name, and the ones that Qt loads by name."""
    listed = (HERE / "debian-packages.txt").read_text("utf-8").split()
    needed = set(listed) - BUILD_ONLY - set(RECOMMENDED)
    needed |= system_libraries.packages(program)
    return sorted((needed - {"libc6"}) | {"libc6 (>= 2.36)"}), list(RECOMMENDED)


def stage(bundle: Path, tree: Path) -> None:
    """Lay out the files of the package under `tree`, without the control files."""
    program = tree / "usr/lib/loam"
    shutil.copytree(bundle, program, symlinks=True)
    inside = program / "_internal"
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "usr/bin/loam").symlink_to("../lib/loam/loam")
    today = moment().strftime("%Y-%m-%d")
    for name, place in (
        ("loam.desktop", "applications"),
        ("loam.xml", "mime/packages"),
        ("loam.metainfo.xml", "metainfo"),
    ):
        text = (HERE / "linux" / name).read_text("utf-8")
        _write(tree / "usr/share" / place / name, _filled(text, today).encode())
    manual = _filled((HERE / "linux/loam.1").read_text("utf-8"), today)
    manual = manual.replace("@COMMANDS@", terminal.manual())
    _write(tree / "usr/share/bash-completion/completions/loam", terminal.completion().encode())
    _write(tree / "usr/share/man/man1/loam.1.gz", _packed(manual))
    _write(
        tree / "usr/share/lintian/overrides/loam",
        (HERE / "linux/lintian-overrides").read_bytes(),
    )
    icons.write(ROOT / "resources/icons/sprout.svg", tree / "usr/share/icons/hicolor")
    docs = tree / "usr/share/doc/loam"
    parts = complete(bundle, inside, moment())
    _write(docs / "copyright", licences.copyright_file(parts).encode())
    # The About box shows the same texts.
    (docs / "licences").symlink_to(f"../../../lib/loam/_internal/{about.LICENCES}")
    entry = f"loam ({version()}) stable; urgency=medium\n\n  * See CHANGELOG.md.\n\n"
    entry += f" -- {MAINTAINER}  {format_datetime(moment())}\n"
    _write(docs / "changelog.gz", _packed(entry))
    _write(docs / "CHANGELOG.md.gz", _packed((ROOT / "CHANGELOG.md").read_text("utf-8")))


def control(tree: Path) -> None:
    """Write the control files for what `stage` laid out."""
    depends, recommends = dependencies(tree / "usr/lib/loam")
    kib = sum(p.lstat().st_size for p in tree.rglob("*") if p.is_file()) // 1024
    _write(
        tree / "DEBIAN/control",
        (
            f"Package: loam\nVersion: {version()}\nArchitecture: amd64\nMaintainer: {MAINTAINER}\n"
            f"Section: science\nPriority: optional\nInstalled-Size: {kib}\n"
            f"Depends: {', '.join(depends)}\nRecommends: {', '.join(recommends)}\n"
            f"Suggests: {', '.join(SUGGESTED)}\n{_DESCRIPTION}"
        ).encode(),
    )
    _write(tree / "DEBIAN/postrm", (HERE / "linux/postrm").read_bytes())
    sums = [
        f"{contents.md5(path)}  {path.relative_to(tree)}"
        for path in sorted(tree.rglob("*"))
        if path.is_file() and not path.is_symlink() and "DEBIAN" not in path.parts
    ]
    _write(tree / "DEBIAN/md5sums", ("\n".join(sums) + "\n").encode())


def main() -> int:
    """Build the package; prints its path and its sizes."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("bundle", type=Path)
    words.add_argument("dist", type=Path)
    words.add_argument("--compression", default="xz", choices=("xz", "zstd", "gzip", "none"))
    given = words.parse_args()
    tree = given.bundle.parent / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    stage(given.bundle, tree)
    control(tree)
    contents.settle_modes(tree)
    given.dist.mkdir(exist_ok=True)
    package = given.dist / f"loam_{version()}_amd64.deb"
    build = ["dpkg-deb", "--root-owner-group", f"-Z{given.compression}", "--threads-max=2"]
    if given.compression == "gzip":
        build.append("-z1")  # for trying things: large, and made in seconds
    subprocess.run([*build, "--build", str(tree), str(package)], check=True)
    listed = given.dist / f"loam_{version()}.cdx.json"
    shutil.copyfile(tree / "usr/lib/loam/_internal" / about.BOM, listed)
    report = contents.report(tree, package)
    (given.dist / "sizes.txt").write_text(report, "utf-8")
    print(report)
    return 0


def _filled(text: str, today: str) -> str:
    return text.replace("@VERSION@", version()).replace("@DATE@", today)


def _packed(text: str) -> bytes:
    return gzip.compress(text.encode(), 9, mtime=0)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
