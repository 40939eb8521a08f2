"""Merge final components of a visit's exposures into its summary catalog."""

from __future__ import annotations

__all__ = [
    "Component",
    "DetectorUpdateError",
    "Diagnosis",
    "Figure",
    "GlobalInput",
    "InvalidInputsError",
    "Outcome",
    "PerHealpixInput",
    "PerTractInput",
    "PossiblyMultipleInput",
    "UpdateVisitSummaryConfig",
    "UpdateVisitSummaryConnections",
    "UpdateVisitSummaryTask",
    "WorkerDiedError",
    "__version__",
    "apply_visit_summary",
    "compute_center_for_detector_record",
]

from . import _stack  # noqa: F401, I001 (in front of all others: says what to install without a stack)
from .apply import apply_visit_summary
from .config import UpdateVisitSummaryConfig
from .connections import UpdateVisitSummaryConnections
from .diagnosis import Component, Diagnosis, Figure, Outcome
from .errors import DetectorUpdateError, InvalidInputsError
from .override_inputs import (
    GlobalInput,
    PerHealpixInput,
    PerTractInput,
    PossiblyMultipleInput,
    compute_center_for_detector_record,
)
from .parallel import WorkerDiedError
from .task import UpdateVisitSummaryTask
from .version import __version__

# Saved pipelines, configurations and pickles name classes by their modules:
# these are the names that users import, wherever a class is written.
for _class in (
    Component,
    DetectorUpdateError,
    Diagnosis,
    Figure,
    GlobalInput,
    InvalidInputsError,
    Outcome,
    PerHealpixInput,
    PerTractInput,
    PossiblyMultipleInput,
    UpdateVisitSummaryConfig,
    UpdateVisitSummaryConnections,
    UpdateVisitSummaryTask,
    WorkerDiedError,
):
    _class.__module__ = __name__
del _class
