"""Reading of YAML that may have been written to take forever."""

from __future__ import annotations

__all__ = ["load_yaml"]

from collections.abc import Iterable
from typing import Any

import yaml

from ._expansion import check_expansion
from ._limits import YAML_DIGITS, YAML_VALUES

_NUMBERS = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp"})


def _parts(node: Any) -> tuple[int, Iterable[Any]]:
    """Return the size of a node without its parts, and the parts."""
    if isinstance(node, yaml.MappingNode):
        return 1, [each for pair in node.value for each in pair]
    if isinstance(node, yaml.SequenceNode):
        return 1, node.value
    if node.tag in _NUMBERS and len(node.value) > YAML_DIGITS:
        raise ValueError(f"a number has {len(node.value)} digits.")
    return 1 + len(node.value) // 16, ()


def load_yaml(text: str, limit: int = YAML_VALUES) -> Any:
    """Load a YAML document of plain data, and of metadata of the stack.

    Parameters
    ----------
    text : `str`
        The document. Tags that name Python objects are refused.
    limit : `int`, optional
        Largest number of values that it may have once all aliases are
        replaced by what they stand for.

    Returns
    -------
    content : `object`
        Content of the document; `None` if it is empty.

    Raises
    ------
    yaml.YAMLError
        Raised if it is no YAML, or holds anything else.
    """
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        check_expansion(node, _parts, limit)
        return loader.construct_document(node)
    except (ValueError, RecursionError) as err:
        raise yaml.YAMLError(f"a YAML document is refused: {err}") from err
    finally:
        loader.dispose()
