"""The code of this package's modules, taken apart without running it.

A module is read as statements at its top level, each with the names that it defines and uses.
Prose is left out of a statement: comments, docstrings, log messages, and sentences about errors. So
are defaults, bounds and descriptions of options, whose values are parameters of the rules that
depend on them.
"""

import ast
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

PACKAGE = __package__
PACKAGE_FOLDER = Path(__file__).parent
# Names of variables and arguments that hold sentences about errors.
_SENTENCES = frozenset(("damaged", "description", "fault", "help", "remedy", "not_found"))
# What takes a sentence and gives it to nobody but a reader.
_ERRORS = frozenset(("BrokenAnswer", "Damaged", "InputError", "Rejected", "warn"))
# Fields of syntax trees that some versions of Python have, or that follow from the others.
_NOT_SPELT = frozenset(("ctx", "kind", "type_comment", "type_ignores", "type_params"))
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Statement:
    """A statement at the top level of a module, without its prose.

    Attributes
    ----------
    text : str
        What it does, in one spelling.
    names : frozenset of str
        Names that it uses, but for the modules in `members`.
    members : frozenset of (str, str)
        Names before and behind a dot, as in ``numpy.mean``.
    texts : frozenset of str
        Its texts.
    imports : dict
        Names that are imported within the statement -> module and name there.
    """

    text: str
    names: frozenset[str]
    members: frozenset[tuple[str, str]]
    texts: frozenset[str]
    imports: dict[str, tuple[str, str]]


@dataclass(frozen=True, eq=False)
class Module:
    """The top level of a module.

    Attributes
    ----------
    name : str
        Dotted name, or the name of a script's file.
    folder : Path
        Where its file is.
    definitions : dict
        Name -> the statements that define it; those that run on import have the empty name.
    imports : dict
        Names that the module imports -> module and name there.
    """

    name: str
    folder: Path
    definitions: dict[str, list[Statement]] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add(self, name: str, statement: Statement) -> None:
        """Add a statement to those that define a name."""
        self.definitions.setdefault(name, []).append(statement)


def _without_text_or_log(node: ast.Expr) -> ast.Expr | None:
    value = node.value
    text = isinstance(value, ast.Constant) and isinstance(value.value, str)
    call = value.func if isinstance(value, ast.Call) else None
    logs = isinstance(call, ast.Attribute) and getattr(call.value, "id", "") == "logger"
    return None if text or logs else node


def _without_reason(node: ast.Raise) -> ast.Raise:
    if isinstance(node.exc, ast.Call):
        node.exc.args, node.exc.keywords = [], []
    return node


def _unless_sentence(node: ast.Assign) -> ast.Assign | None:
    names = [getattr(target, "id", "") for target in node.targets]
    return None if _SENTENCES.issuperset(names) and _is_sentence(node.value) else node


def _without_sentences(node: ast.Call) -> ast.Call:
    if getattr(node.func, "id", getattr(node.func, "attr", "")) in _ERRORS:
        node.args, node.keywords = [], []
    node.keywords = [
        one for one in node.keywords if one.arg not in _SENTENCES or not _is_sentence(one.value)
    ]
    return node


def _without_option(node: ast.AnnAssign) -> ast.AnnAssign:
    if isinstance(node.value, ast.Call) and getattr(node.value.func, "id", "") == "Field":
        node.value = None
    return node


# What remains of a node without what only people read; the nodes below it are not looked at.
_WITHOUT_PROSE = {
    ast.Pass: lambda node: None,
    ast.Expr: _without_text_or_log,
    ast.Raise: _without_reason,
    ast.Assign: _unless_sentence,
    ast.Call: _without_sentences,
    ast.AnnAssign: _without_option,
}


def _without_prose(node: ast.AST) -> ast.AST | None:
    shorten = _WITHOUT_PROSE.get(type(node))
    return shorten(node) if shorten else node


def _is_sentence(node: ast.AST) -> bool:
    text = getattr(node, "value", "")
    return isinstance(node, ast.JoinedStr) or (isinstance(text, str) and " " in text)


@cache
def module_named(name: str) -> Module:
    """Return the top level of a module of this package, given its dotted name."""
    return read_module(file_of(name), name=name)


@cache
def file_of(name: str) -> Path | None:
    """Return the file of a module of this package, or None if there is no such module."""
    if name != PACKAGE and not name.startswith(f"{PACKAGE}."):
        return None
    path = PACKAGE_FOLDER.joinpath(*name.split(".")[1:])
    files = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in files if file.is_file()), None)


def read_module(path: Path, *, name: str) -> Module:
    """Read the top level of a Python file.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Dotted name of the module, or any name for a script.

    Returns
    -------
    Module
    """
    module = Module(name, path.parent)
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module.imports.update(_bindings([node]))
            continue
        node = _without_prose(node)
        if node is None:
            continue
        statement = _statement(node)
        if not isinstance(node, _DEFINITIONS):
            module.imports.update(statement.imports)  # of a branch at the top level
        for defined in _defined(node):
            module.add(defined, statement)
        if _runs_on_import(node):
            module.add("", statement)
    return module


def _defined(node: ast.stmt) -> set[str]:
    """Return the names that a statement at the top level of a module defines."""
    if isinstance(node, _DEFINITIONS):
        return {node.name}
    inside = list(ast.walk(node))
    names = [one for one in inside if isinstance(one, ast.Name)]
    stored = {one.id for one in names if isinstance(one.ctx, ast.Store)}
    return stored | {one.name for one in inside if isinstance(one, _DEFINITIONS)}


def _runs_on_import(node: ast.stmt) -> bool:
    """Return whether a statement does more than to define names for those who use them."""
    if isinstance(node, _DEFINITIONS):
        # a decorator may record the definition where others find it without its name
        return any("register" in ast.unparse(one) for one in node.decorator_list)
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return True
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    inside = [one for target in targets for one in ast.walk(target)]
    return any(isinstance(one, ast.Attribute | ast.Subscript) for one in inside)


def _statement(node: ast.stmt) -> Statement:
    uses = _Uses()
    uses.add(node)
    return Statement(
        text=" ".join(uses.words),
        names=frozenset(uses.names),
        members=frozenset(uses.members),
        texts=frozenset(uses.texts),
        imports=_bindings(uses.imports),
    )


class _Uses:
    """Collects what a statement says and uses, in a spelling that no version of Python changes."""

    def __init__(self):
        self.words: list[str] = []
        self.names: set[str] = set()
        self.members: set[tuple[str, str]] = set()
        self.texts: set[str] = set()
        self.imports: list[ast.AST] = []
        self._before_dot: set[int] = set()

    def add(self, node: ast.AST) -> None:
        """Add a node and all nodes below it, and take what is prose out of the tree."""
        words = self.words
        words.append(type(node).__name__)
        self._note(node)
        for field_name in node._fields:
            value = getattr(node, field_name)
            if isinstance(value, list):
                shortened = [(one, _without_prose(one)) for one in value]
                value[:] = [new for old, new in shortened if new is not None or old is None]
            if value is None or value == [] or field_name in _NOT_SPELT:
                continue
            words.append(field_name)
            for item in value if isinstance(value, list) else [_without_prose(value)]:
                if isinstance(node, ast.JoinedStr) and getattr(item, "value", None) == "":
                    continue  # Python 3.12.1 has these, others have not
                if isinstance(item, ast.AST):
                    self.add(item)
                else:
                    words.append(repr(item))
        words.append(";")

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            self.members.add((node.value.id, node.attr))
            self._before_dot.add(id(node.value))
        elif isinstance(node, ast.Name) and id(node) not in self._before_dot:
            self.names.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.texts.add(node.value)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self.imports.append(node)


def _bindings(nodes: list[ast.AST]) -> dict[str, tuple[str, str]]:
    """Return the names that imports bind -> module and name there (empty for the module itself)."""
    found = {}
    for node in nodes:
        _check_import(node)
        if isinstance(node, ast.Import):
            for alias in node.names:
                target = alias.name if alias.asname else alias.name.partition(".")[0]
                found[alias.asname or target] = (target, "")
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                target = (inner, "") if file_of(inner) else (node.module, alias.name)
                found[alias.asname or alias.name] = target
    return found


def _check_import(node: ast.Import | ast.ImportFrom) -> None:
    """Raise ValueError for an import of this package that is not followed here."""
    plain = isinstance(node, ast.Import)
    own = any(
        name.split(".")[0] == PACKAGE
        for name in ([alias.name for alias in node.names] if plain else [node.module or ""])
    )
    star = any(alias.name == "*" for alias in node.names)
    if (own and (plain or star)) or getattr(node, "level", 0):
        raise ValueError(f"{ast.unparse(node)}: write `from {PACKAGE}.module import name`")
