"""Every module that we serve can be read by the browsers of 2018: what cannot be parsed does not run at all.

The syntax is that of ES2018, and dynamic ``import()``, which those browsers had before it was written down.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

import amiral
from amiral.rooms.field.web import shell

ROOT = Path(amiral.__file__ or "").parent
ACORN = Path(settings.FRONT_DIR) / "acorn" / "dist" / "acorn.js"
NODE = shutil.which("node")

VENDORED = {
    "htmx": "ES5 by its own promise; comfort only: without it pages are whole forms and links",
    "leaflet": "ES5 by its own promise; comfort only: without it maps are still drawn pictures",
}
"""Served as they were published, and not read here."""

NEWER = {
    "qr/decode.js": "the vendored reader of QR codes has class fields (2021). It is loaded when somebody"
    " reads codes in a browser that has no reader of its own, and then in a module of its own: where it"
    " cannot be read, that one screen says so and offers the text and the file, and nothing else needs it",
}
"""Files of the app that are allowed to be newer, and why."""

CHECK = """
const acorn = require(process.argv[1]);
const later = (node, found) => {
  if (node === null || typeof node !== "object") return found;
  if (Array.isArray(node)) { node.forEach((one) => later(one, found)); return found; }
  if (node.type === "ChainExpression") found.push("?.");
  if (node.type === "LogicalExpression" && node.operator === "??") found.push("??");
  if (node.type === "CatchClause" && node.param === null) found.push("catch {");
  if (node.type === "ExportAllDeclaration" && node.exported) found.push("export * as");
  if (node.bigint) found.push("a big integer");
  Object.keys(node).forEach((key) => later(node[key], found));
  return found;
};
const files = JSON.parse(require("fs").readFileSync(0, "utf8"));
const told = {};
Object.keys(files).forEach((name) => {
  try {
    const found = later(acorn.parse(files[name], { ecmaVersion: 2020, sourceType: "module" }), []);
    if (found.length) told[name] = [...new Set(found)].join(", ");
  } catch (problem) {
    told[name] = problem.message;
  }
});
console.log(JSON.stringify(told));
"""

needs_node = pytest.mark.skipif(
    NODE is None or not ACORN.exists(),
    reason="node and its package acorn, which scripts/setup installs, are missing",
)


def too_new(files: dict[str, str]) -> dict[str, str]:
    """What the browsers of 2018 cannot read, by file."""
    asked = [str(NODE), "-e", CHECK, str(ACORN)]
    done = subprocess.run(
        asked, input=json.dumps(files), capture_output=True, text=True, timeout=60, check=True
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


@needs_node
def test_our_modules_are_of_2018() -> None:
    files = {path.relative_to(ROOT).as_posix(): path.read_text() for path in ROOT.rglob("static/**/*.js")}
    assert len(files) > 30
    assert too_new(files) == {}


@needs_node
def test_the_app_as_it_is_served_is_of_2018() -> None:
    served = shell.shell()
    files = {name: file.content.decode() for name, file in served.files.items() if name.endswith(".js")}
    assert set(too_new({**files, "sw.js": served.worker.decode()})) == set(NEWER)


@needs_node
@pytest.mark.parametrize(
    "new", ["a?.b", "a ?? b", "try { a() } catch { b() }", "a ??= b", "class A { #b = 1 }", "const a = 1n;"]
)
def test_the_check_sees_what_is_newer(new: str) -> None:
    assert too_new({"new.js": new})


def test_what_is_not_read_is_named() -> None:
    folders = {one[0] for one in settings.STATICFILES_DIRS if isinstance(one, tuple)}
    assert folders - {"qr"} == set(VENDORED)
