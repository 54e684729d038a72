"""The modules of the app in one file: they do what they did, or are refused."""

import shutil
import subprocess
from pathlib import Path

import pytest

from amiral.rooms.field.web import shell
from amiral.rooms.field.web.bundling import CannotBundle, bundle

MODULES = {
    "a/one.js": 'import { two as deux, THREE } from "./two.js";\n'
    'import { far } from "../b/far.js";\nexport const out = [deux(), THREE, far];\n'
    'console.log(JSON.stringify(out));\nimport("./late.js").then(({ late }) => console.log(late()));\n',
    "a/two.js": "export function two() {\n  return 2;\n}\nexport const THREE = 3;\n",
    "a/late.js": "export async function unused() {}\nexport function late() {\n  return 'late';\n}\n",
    "b/far.js": "export const far = 'far';\nconsole.log('far is made');\n",
}


def test_one_file_does_what_the_modules_did(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is absent; scripts/setup installs it")
    for name, text in MODULES.items():
        path = tmp_path / name.replace(".js", ".mjs")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace('.js"', '.mjs"'))
    together = tmp_path / "all.mjs"
    together.write_text(bundle(modules=MODULES, entry="a/one.js") + "console.log(out.length);\n")
    apart, joined = (
        subprocess.run([node, str(path)], check=True, capture_output=True, text=True).stdout
        for path in (tmp_path / "a/one.mjs", together)
    )
    assert apart == 'far is made\n[2,3,"far"]\nlate\n'
    assert joined == 'far is made\n[2,3,"far"]\n3\nlate\n'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a/x.js", 'import two from "./two.js";\n'),
        ("a/x.js", 'import * as two from "./two.js";\n'),
        ("a/x.js", "export default 1;\n"),
        ("a/x.js", "export let x = 1;\n"),
        ("a/x.js", "export { x };\n"),
        ("a/x.js", 'import { x } from "./absent.js";\n'),
        ("a/x.js", "console.log(import.meta.url);\n"),
        ("a/two.js", 'import { out } from "./one.js";\n'),
    ],
)
def test_another_way_of_writing_is_refused(name: str, text: str) -> None:
    with pytest.raises(CannotBundle):
        bundle(modules={**MODULES, name: text}, entry="a/one.js")


def test_our_own_modules_go_into_one_file() -> None:
    """So that nobody writes one in another way without noticing."""
    made = shell.shell()
    kept = [name for name in shell.kept_names(made.files) if name.endswith(".js")]
    assert kept == [shell.MAIN, shell.START, "qr/decode.js", "qr/index.js"]
    assert b"\n//" not in made.files[shell.MAIN].content


def test_without_it_they_go_one_by_one() -> None:
    files = {
        name: shell.File(content=b"import", digest="", type="")
        for name in (shell.MAIN, shell.START, "field/log/fold.js", "kit/app.css")
    }
    assert shell.kept_names(files) == sorted(files)
    files[shell.MAIN] = shell.File(content=b"const made = {};", digest="", type="")
    assert shell.kept_names(files) == [shell.MAIN, shell.START, "kit/app.css"]
