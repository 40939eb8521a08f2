"""Frames of a WCS, called by their domain: what `astshim.FrameDict` holds, without its objects."""

from __future__ import annotations

__all__ = ["FrameDict"]

from typing import Any

import starlink.Ast as Ast

import lsst.pex.exceptions as pex_exceptions


class FrameDict:
    """A chain of frames with the mappings between neighbors.

    Parameters
    ----------
    frame_set : `starlink.Ast.FrameSet`
        Frame set to wrap; copied. Frames without a domain cannot be asked for.
    """

    def __init__(self, frame_set: Any) -> None:
        self._set = frame_set.copy()
        self._index = self._find_domains()

    @classmethod
    def from_chain(cls, first: Any, *links: tuple[Any, Any]) -> FrameDict:
        """Build from a base frame and pairs (mapping from the previous frame, frame); the last is current."""
        frame_set = Ast.FrameSet(first.copy())
        for mapping, frame in links:
            frame_set.addframe(frame_set.Nframe, mapping.copy(), frame.copy())
        return cls(frame_set)

    def _find_domains(self) -> dict[str, int]:
        found = {self._set.getframe(i).Domain: i for i in range(1, self._set.Nframe + 1)}
        found.pop("", None)
        return found

    @property
    def baseDomain(self) -> str:
        """Domain of the base frame (`str`)."""
        return self._set.getframe(self._set.Base).Domain

    @property
    def currentDomain(self) -> str:
        """Domain of the current frame (`str`)."""
        return self._set.getframe(self._set.Current).Domain

    def hasDomain(self, domain: str) -> bool:
        """Return whether there is a frame of this domain."""
        return domain in self._index

    def getAllDomains(self) -> set[str]:
        """Return all domains."""
        return set(self._index)

    def getIndex(self, domain: str) -> int:
        """Return the 1-based number of a frame.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if there is no such domain.
        """
        if domain not in self._index:
            raise pex_exceptions.NotFoundError(f"no frame {domain!r} among {sorted(self._index)}.")
        return self._index[domain]

    def getFrame(self, domain: str) -> Any:
        """Return a copy of a frame (`starlink.Ast.Frame`)."""
        return self._set.getframe(self.getIndex(domain)).copy()

    def getMapping(self, source: str, target: str) -> Any:
        """Return the mapping from one domain to another (`starlink.Ast.Mapping`), not simplified."""
        return self._set.getmapping(self.getIndex(source), self.getIndex(target))

    def getFrameSet(self) -> Any:
        """Return a copy of the frame set (`starlink.Ast.FrameSet`)."""
        return self._set.copy()
