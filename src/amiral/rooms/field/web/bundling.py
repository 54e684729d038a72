"""Our modules put into one file: one request instead of thirty, over the line of a stairwell.

There is no build and no tool: our modules are written in one plain way (named imports, exports before a
declaration, no cycle), which a few rules turn into functions that are called when first needed. Whatever is
written otherwise is refused, and then the modules are sent one by one.
"""

import posixpath
import re
from collections.abc import Mapping

IMPORT = re.compile(r'(?m)^import \{([^}]*)\} from "([^"]+)";\n')
EXPORT = re.compile(r"(?m)^export (?=(?:async )?(?:function|class|const) ([A-Za-z_$][\w$]*))")
DYNAMIC = re.compile(r'\bimport\("([^"]+)"\)')
LEFT = re.compile(r"(?m)^(?:import|export)\b|\bimport\.meta\b")


class CannotBundle(ValueError):
    """A module is written in another way than the rules know."""


def bundle(*, modules: Mapping[str, str], entry: str) -> str:
    """One module in the place of ``entry``, with its exports; ``modules`` by their names, which are paths.

    Files that are not among them are imported from there, when they are needed. Raises ``CannotBundle``.
    """
    _check_no_cycle(modules)
    makers = "".join(f'"{name}": (use) => {{\n{_body(name, modules)}}},\n' for name in sorted(modules))
    return (
        "const made = {};\n"
        f"const makers = {{\n{makers}}};\n"
        "const use = (name) => made[name] || (made[name] = makers[name](use));\n"
        f'export const {{ {", ".join(EXPORT.findall(modules[entry]))} }} = use("{entry}");\n'
    )


def _body(name: str, modules: Mapping[str, str]) -> str:
    def static(found: re.Match[str]) -> str:
        target = _known(name, found[2], modules)
        return f'const {{{found[1].replace(" as ", ": ")}}} = use("{target}");\n'

    def dynamic(found: re.Match[str]) -> str:
        target = _resolved(name, found[1])
        return f'Promise.resolve().then(() => use("{target}"))' if target in modules else found[0]

    text = modules[name]
    exports = EXPORT.findall(text)
    text = EXPORT.sub("", DYNAMIC.sub(dynamic, IMPORT.sub(static, text)))
    if LEFT.search(text):
        raise CannotBundle(f"{name}: {LEFT.findall(text)[0]}")
    return f"{text}return {{ {', '.join(exports)} }};\n"


def _resolved(name: str, said: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), said))


def _known(name: str, said: str, modules: Mapping[str, str]) -> str:
    target = _resolved(name, said)
    if target not in modules:
        raise CannotBundle(f"{name}: {said} is not among the modules")
    return target


def _check_no_cycle(modules: Mapping[str, str]) -> None:
    needs = {
        name: {_known(name, said, modules) for _names, said in IMPORT.findall(text)}
        for name, text in modules.items()
    }
    while needs:
        free = {name for name, others in needs.items() if not others & needs.keys()}
        if not free:
            raise CannotBundle(f"a cycle among {sorted(needs)}")
        needs = {name: others for name, others in needs.items() if name not in free}
