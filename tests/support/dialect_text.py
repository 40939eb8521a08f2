"""Rules on spelling, docstrings and messages, as functions from a source to what breaks them."""

from __future__ import annotations

__all__ = [
    "british_spelling",
    "comments_that_are_no_sentences",
    "messages_without_stop",
    "outside_documents",
    "predicates_not_named",
    "raises_without_condition",
    "summaries_without_noun",
]

import ast
import io
import itertools
import re
import tokenize
from collections.abc import Iterator

from support.sources import Finding, Source, first_line, is_property

# Beginnings and middles of words, because names join words: "centre" is also in "centres" and "recentred".
_BRITISH = {
    "analys(?=e[ds]?\\b|ing)": "analyz",
    "artefact": "artifact",
    "behaviour": "behavior",
    "cancell(?!ation)": "cancel",
    "catalogue": "catalog",
    "centr(?=e|ing)": "center",
    "colour": "color",
    "defence": "defense",
    "favour": "favor",
    "fibre": "fiber",
    "\\bfor ever\\b": "forever",
    "flavour": "flavor",
    "grey": "gray",
    "honour": "honor",
    "labell(?!edby)": "label",
    "licence": "license",
    "metre": "meter",
    "modell": "model",
    "neighbour": "neighbor",
    "programme(?!r|d)": "program",
    "travell": "travel",
    "vapour": "vapor",
    (
        "(?:author|character|custom|discret|equal|final|general|initial|linear|local|maxim|memor|minim|normal|optim"
        "|organ|parametr|pixel|quant|random|real|recogn|regular|serial|special|standard|summar|synchron|util"
        "|vector|visual)is(?=e|ing|ation)"
    ): "...iz",
}
_BRITISH_PATTERN = re.compile("|".join(_BRITISH), re.IGNORECASE)

# Files that lie beside the checkout where this was written, and numbers of its issues.
_OUTSIDE = re.compile(
    r"\bshared/|\b(?:design|style|numeric-semantics|api-surface)\.md|(?<![\w/])spec/|\bnumeric semantics"
    r"|\bspec(?:ification)? (?:section )?\d|\bissues?[ -]#?\d",
    re.IGNORECASE,
)

_RELATIVE = ("What", "Everything", "Whatever", "Whoever", "How", "Where", "Who", "Which", "When", "Why")
# Names of libraries, and code, keep their case.
_BEGINNING = re.compile(r"[A-Z0-9`(\"'_<.]|(astropy|cfitsio|numpy|pandas|pyast)\b|\w+[_.\[(]\w")
_ENDING = re.compile(r"[.:!?][)\"']?$")
_DIRECTIVE = re.compile(r"!|-\*-|--|noqa|type:|fmt:|mypy:")

_EXCEPTION = re.compile(r"\b[A-Z]\w*(Error|Exception|Exit|NoWorkFound)$")


def british_spelling(source: Source) -> Iterator[Finding]:
    """Iterate over words in British spelling.

    Parameters
    ----------
    source : `Source`
        A module or any other text.

    Yields
    ------
    finding : `Finding`
        The line and the word.
    """
    for number, line in enumerate(source.lines, 1):
        for match in _BRITISH_PATTERN.finditer(line):
            yield Finding(number, match[0])


def outside_documents(source: Source) -> Iterator[Finding]:
    """Iterate over mentions of documents that are not in the repository.

    Parameters
    ----------
    source : `Source`
        A module or any other text.

    Yields
    ------
    finding : `Finding`
        The line and the mention.
    """
    for number, line in enumerate(source.lines, 1):
        for match in _OUTSIDE.finditer(line):
            yield Finding(number, match[0])


def summaries_without_noun(source: Source) -> Iterator[Finding]:
    """Iterate over docstrings whose first line begins with "What", "Everything that" and the like.

    Parameters
    ----------
    source : `Source`
        A module.

    Yields
    ------
    finding : `Finding`
        The line of the docstring, and its first line.
    """
    for node, docstring in source.documented():
        if first_line(docstring).startswith(tuple(f"{word} " for word in _RELATIVE)):
            yield Finding(node.body[0].lineno, first_line(docstring))
    # Docstrings of attributes: texts that stand alone after an assignment.
    for node in ast.walk(source.tree):
        body = getattr(node, "body", [])
        for before, after in itertools.pairwise(body) if isinstance(body, list) else ():
            match before, after:
                case ((ast.Assign() | ast.AnnAssign()), ast.Expr(ast.Constant(str(text)))):
                    if text.startswith(tuple(f"{word} " for word in _RELATIVE)):
                        yield Finding(after.lineno, first_line(text))


def predicates_not_named(source: Source) -> Iterator[Finding]:
    """Iterate over functions that return `bool` and do not say "Return whether".

    Those that do something, too, may say it first: "Remove a name, and return whether it existed."

    Parameters
    ----------
    source : `Source`
        A module.

    Yields
    ------
    finding : `Finding`
        The line of the docstring, and its first line.
    """
    for node, docstring in source.documented():
        if (
            not isinstance(node, ast.FunctionDef)
            or node.returns is None
            or ast.unparse(node.returns) != "bool"
        ):
            continue
        wanted = r"Whether " if is_property(node) else r"Return whether |[A-Z].* and return whether "
        if not re.match(wanted, first_line(docstring)):
            yield Finding(node.body[0].lineno, first_line(docstring))


def raises_without_condition(source: Source) -> Iterator[Finding]:
    """Iterate over entries of sections "Raises" that do not begin with "Raised if".

    Parameters
    ----------
    source : `Source`
        A module.

    Yields
    ------
    finding : `Finding`
        The line of the docstring, and the entry.
    """
    for node, docstring in source.documented():
        section = re.search(r"^Raises\n-+\n(.*?)(?=^\S[^\n]*\n---|\Z)", docstring, re.MULTILINE | re.DOTALL)
        for kind, text in re.findall(
            r"^(\S[^\n]*)\n((?:[ ]+\S[^\n]*\n?|\n)*)", section[1] if section else "", re.M
        ):
            if not re.match(r"Raised if\b", text.strip()):
                yield Finding(node.body[0].lineno, f"{kind}: {text.strip()}")


def messages_without_stop(source: Source) -> Iterator[Finding]:
    """Iterate over messages of exceptions that visibly do not end with a full stop.

    The message of another error may be the end: it has its own stop.

    Parameters
    ----------
    source : `Source`
        A module.

    Yields
    ------
    finding : `Finding`
        The line of the call, and the message.
    """
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and node.args and _EXCEPTION.search(ast.unparse(node.func)):
            end = _visible_end(node.args[0])
            if end is not None and not end.rstrip().endswith("."):
                yield Finding(node.lineno, ast.unparse(node.args[0]))


def comments_that_are_no_sentences(source: Source) -> Iterator[Finding]:
    """Iterate over comments on lines of their own that do not begin or end as sentences do.

    Headings ("# -- Reading") and directives to tools are no comments.

    Parameters
    ----------
    source : `Source`
        A module.

    Yields
    ------
    finding : `Finding`
        The first line of the comment, and its text.
    """
    for line, text in _comments(source.text):
        if not _DIRECTIVE.match(text) and not (_BEGINNING.match(text) and _ENDING.search(text)):
            yield Finding(line, text)


def _comments(text: str) -> Iterator[tuple[int, str]]:
    """Iterate over the first lines and texts of comments on lines of their own."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    blocks: list[list[tokenize.TokenInfo]] = []
    for token in tokens:
        if token.type == tokenize.COMMENT and token.line.lstrip().startswith("#"):
            if blocks and token.start == (blocks[-1][-1].start[0] + 1, blocks[-1][-1].start[1]):
                blocks[-1].append(token)
            else:
                blocks.append([token])
    for block in blocks:
        yield block[0].start[0], " ".join(token.string.lstrip("#").strip() for token in block).strip()


def _visible_end(node: ast.expr) -> str | None:
    """Return the last piece of a text, or `None` if it is computed."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=[*_, last]):
            return _visible_end(last)
        case ast.BinOp(right=right, op=ast.Add()):
            return _visible_end(right)
        case ast.BinOp(left=left, op=ast.Mod()):
            return _visible_end(left)
        case ast.FormattedValue(value=value):
            names = {name.id for name in ast.walk(value) if isinstance(name, ast.Name)}
            return None if any(name.startswith("err") for name in names) else ""
        case _:
            return None
