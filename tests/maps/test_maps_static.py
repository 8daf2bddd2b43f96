"""The hand-written files: words, colours, bundle, links, installed libraries."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from geo.errors import NotFound, StoreError
from geo.maps import assets
from geo.maps.bundle import bundle_modules, bundle_styles
from geo.maps.document import STATIC, STYLES
from geo.maps.outside import check_no_outside
from geo.messages import catalogue

MODULES = sorted((STATIC / "app").glob("*.js"))
SHEETS = sorted((STATIC / "css").glob("*.css"))
ENTRIES = ("plan", "edit", "compare", "issues", "coverage", "hotspots", "nets")
# Families of words whose last part the page's data names.
FAMILIES = ("n_", "sum_", "unit_", "state_", "status_", "fill_", "month_", "denominator_", "why_", "zoom_", "no_")


def test_files_are_short_and_every_style_sheet_is_used() -> None:
    for file in (*MODULES, *SHEETS):
        assert len(file.read_text(encoding="utf-8").splitlines()) <= 300, file.name
    assert {sheet.stem for sheet in SHEETS} == set(STYLES)


def test_every_word_of_the_scripts_exists_and_every_word_is_used() -> None:
    text = "\n".join(file.read_text(encoding="utf-8") for file in MODULES)
    python = "\n".join(file.read_text(encoding="utf-8") for file in STATIC.parent.glob("*.py"))
    words = {key.removeprefix("word_") for key in catalogue() if key.startswith("word_")}
    asked = set(re.findall(r'\bt\("(\w+)"', text))
    assert asked - words == set()
    stems = set(re.findall(r"\bt\(`(\w+_)\$\{", text))
    assert stems, "words with a part from the data"
    for stem in stems:
        assert any(word.startswith(stem) for word in words), stem
    literals = set(re.findall(r'"(\w+)"', text))
    used = asked | literals | {key.removeprefix("word_") for key in re.findall(r'"(word_\w+)"', python)}
    unused = {word for word in words - used if not word.startswith(tuple(stems))}
    assert unused == {word for word in unused if word.startswith("denominator_")}


def test_words_have_both_languages_with_the_same_placeholders() -> None:
    for key, texts in catalogue().items():
        if key.startswith("word_"):
            zh, en = (set(re.findall(r"\{(\w+)(?::[^}]*)?\}", texts[lang])) for lang in ("zh", "en"))
            assert zh <= en | {"m", "y"}, key


def test_modules_never_write_html_or_ask_outside() -> None:
    for file in MODULES:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), (
            file.name
        )
        outside = set(re.findall(r"https?://[^\"'` ]+", text)) - {"http://www.w3.org/2000/svg"}
        assert outside == set(), file.name
        # One module talks to the server; every address that others give it is of this host.
        assert bool(re.search(r"(?<!async )(?<![.\w])fetch\(", text)) == (file.name == "server.js"), file.name
        assert all(re.match(r"/(v1|maps)/", path) for path in re.findall(r"""\bask\(["`]([^"`]*)""", text)), file.name
        assert "XMLHttpRequest" not in text


def tokens() -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", (STATIC / "css" / "tokens.css").read_text(encoding="utf-8")))


def contrast(a: str, b: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        ("ink", "surface", 16), ("ink-2", "surface", 7.8), ("ink-3", "surface", 5.3), ("ink-3", "accent-wash", 4.6),
        ("ink-3", "sunken", 4.5), ("ink-3", "hover", 4.5), ("accent", "surface", 6.6), ("accent", "accent-wash", 5.7),
        ("danger", "danger-wash", 5.6), ("warn", "warn-wash", 6), ("ink", "warn-fill", 8.4), ("ok", "ok-wash", 5),
        ("over-text", "surface", 4.5), ("under-text", "surface", 4.5), ("line-strong", "surface", 3.5),
    ],
)  # fmt: skip
def test_contrast_of_tokens(text: str, ground: str, least: float) -> None:
    colours = tokens()
    assert contrast(colours[text], colours[ground]) >= least


def test_names_can_be_read_on_every_wash() -> None:
    source = (STATIC / "app" / "colours.js").read_text(encoding="utf-8")
    washes = re.findall(r"#[0-9A-F]{6}", source.split("WASH = ")[1].split(";")[0])
    assert len(washes) == 8
    for wash in washes:
        assert contrast(tokens()["ink"], wash) >= 10
        assert contrast(tokens()["ink-2"], wash) >= 4.9
        assert contrast(tokens()["over-text"], wash) >= 4.4
        assert contrast(tokens()["under-text"], wash) >= 4.4


@pytest.mark.parametrize("entry", ENTRIES)
def test_bundle_holds_each_module_once_before_its_users(entry: str) -> None:
    script = bundle_modules(STATIC / "app", entry)
    order = re.findall(r'^modules\["(\w+)"\] = ', script, re.MULTILINE)
    assert len(order) == len(set(order))
    assert order[-1] == entry
    assert not re.search(r"^\s*(import|export)\b", script, re.MULTILINE)
    for name in order:
        needs = re.findall(r'from "\./(\w+)\.js"', (STATIC / "app" / f"{name}.js").read_text(encoding="utf-8"))
        assert all(order.index(need) < order.index(name) for need in needs)


def test_bundle_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    for text in ('import x from "./b.js";', "export default 3;", "export { a };"):
        (tmp_path / "a.js").write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match="cannot bundle"):
            bundle_modules(tmp_path, "a")
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nexport const a = 1;', encoding="utf-8")
    (tmp_path / "b.js").write_text('import { a } from "./a.js";\nexport const b = 1;', encoding="utf-8")
    with pytest.raises(ValueError, match="circle"):
        bundle_modules(tmp_path, "a")
    (tmp_path / "a.js").write_text("export const a = '</script>';", encoding="utf-8")
    with pytest.raises(ValueError, match="end the script"):
        bundle_modules(tmp_path, "a")


def test_styles_carry_their_images(tmp_path: Path) -> None:
    (tmp_path / "i.png").write_bytes(b"\x89PNG")
    (tmp_path / "a.css").write_text("a{background:url(i.png)} b{behavior:url(#default#VML)}", encoding="utf-8")
    text = bundle_styles([tmp_path / "a.css"])
    assert 'url("data:image/png;base64,iVBORw==")' in text
    assert 'url("#default#VML")' in text


@pytest.mark.parametrize(
    "page",
    [
        '<img src="https://a.example/x.png">', "<script src=//a.example/x.js></script>", '<a href=" HTTP://a.example">x</a>',
        '<img srcset="x.png 1x, https://a.example/y.png 2x">', '<p style="background:url(//a.example/x)">x</p>',
        "<style>@import '//a.example/x.css';</style>", "<style>a{background:url( 'https://a.example/x' )}</style>",
        '<link href="ws://a.example">', '<form action="https://a.example">', '<object data="http://a.example"></object>',
    ],
)  # fmt: skip
def test_outside_references_are_found(page: str) -> None:
    with pytest.raises(StoreError) as caught:
        check_no_outside(f"<html><body>{page}</body></html>")
    assert "a.example" in caught.value.message("zh").lower()


def test_text_that_looks_like_an_address_is_not_mistaken() -> None:
    check_no_outside(
        '<script type="application/json">["<img src=\\"https://a.example\\">"]</script><p>url(https://a.example)</p>'
        '<img src="data:image/png;base64,AA"><a href="/maps/issues?next=//x">x</a><script>f("src=//a")</script>'
    )


def fake_project(root: Path, *, css: str = "a{background:url(images/x.png)}", drop: str = "") -> None:
    """A checkout whose npm is a script that lays the packages out and counts its calls."""
    (root / "package-lock.json").write_text("{}", encoding="utf-8")
    lines = ["#!/bin/sh", "echo run >> calls", "mkdir -p node_modules/leaflet/dist/images"]
    lines += [
        f"echo x > node_modules/{n}"
        for n in ("leaflet/dist/leaflet.js", "leaflet/dist/images/x.png", "leaflet/LICENSE")
    ]
    lines += [f"printf '%s' '{css}' > node_modules/leaflet/dist/leaflet.css"]
    if drop:
        lines.append(f"rm -r node_modules/{drop}")
    npm = root / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text("\n".join(lines), encoding="utf-8")
    npm.chmod(npm.stat().st_mode | stat.S_IEXEC)


def test_assets_are_installed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_project(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    vendor = tmp_path / "static" / "vendor"
    vendor.mkdir(parents=True)
    (vendor / "old.js").write_text("old", encoding="utf-8")
    assert assets.ensure(tmp_path, vendor) is True
    assert assets.ensure(tmp_path, vendor) is False
    assert (tmp_path / "calls").read_text(encoding="utf-8").count("run") == 1
    assert sorted(p.name for p in vendor.rglob("*.*") if p.is_file()) == [
        ".stamp",
        "leaflet.css",
        "leaflet.js",
        "x.png",
    ]
    (tmp_path / "package-lock.json").write_text('{"new": 1}', encoding="utf-8")
    assert assets.ensure(tmp_path, vendor) is True


@pytest.mark.parametrize(
    ("change", "error", "word"),
    [
        ({"css": "a{background:url(//cdn.example/x.png)}"}, StoreError, "cdn.example"),
        ({"css": '@import "https://cdn.example/x.css";'}, StoreError, "cdn.example"),
        ({"drop": "leaflet/LICENSE"}, NotFound, "LICENSE"),
    ],
)
def test_assets_that_cannot_be_used_leave_the_old_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], error: type[Exception], word: str
) -> None:
    fake_project(tmp_path, **change)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    vendor = tmp_path / "vendor"
    vendor.mkdir()
    (vendor / "leaflet.js").write_text("old", encoding="utf-8")
    with pytest.raises(error, match=word):
        assets.ensure(tmp_path, vendor)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("vendor")] == ["vendor"]
    assert (vendor / "leaflet.js").read_text(encoding="utf-8") == "old"


def test_assets_say_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound, match=r"package-lock\.json"):
        assets.ensure(tmp_path, tmp_path / "vendor")
    fake_project(tmp_path)
    (tmp_path / "bin" / "npm").write_text("#!/bin/sh\necho no network >&2\nexit 7\n", encoding="utf-8")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(StoreError, match=r"exit code 7.*no network"):
        assets.ensure(tmp_path, tmp_path / "vendor")


def test_lock_file_names_no_registry() -> None:
    text = (assets.ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert "http" not in text
    assert '"integrity"' in text


def selectors(name: str) -> list[str]:
    text = re.sub(r"/\*.*?\*/", "", (STATIC / "css" / f"{name}.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"@keyframes [^{]*\{(?:[^{}]*\{[^}]*\})*[^{}]*\}", "", text)
    found = [part.strip() for head in re.findall(r"([^{}]+)\{", text) for part in head.split(",")]
    return [part for part in found if part and not part.startswith(("@", "("))]


def test_styles_of_a_page_do_not_reach_the_others() -> None:
    # The words of the dispatch page (.main, .menu, .strip-note) are those of others too.
    assert [part for part in selectors("dispatch") if ".page-issues" not in part] == []
    for name in ("issues", "edit", "coverage", "hotspots", "foreign"):
        # A page that is printed lets the whole document grow.
        assert {part for part in selectors(name) if not re.search(r"[.#\[]", part)} <= {"html"}, name
