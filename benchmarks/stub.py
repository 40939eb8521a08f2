"""A task with the inputs and outputs of ours that computes nothing."""

from __future__ import annotations

__all__ = ["StubTask"]

from typing import TYPE_CHECKING

from lsst.drp.tasks.update_visit_summary import UpdateVisitSummaryTask

if TYPE_CHECKING:
    from lsst.pipe.base import InputQuantizedConnection, OutputQuantizedConnection, QuantumContext


class StubTask(UpdateVisitSummaryTask):
    """Writes a summary without rows, and reads nothing: what remains is the work of the middleware."""

    def runQuantum(
        self,
        butlerQC: QuantumContext,
        inputRefs: InputQuantizedConnection,
        outputRefs: OutputQuantizedConnection,
    ) -> None:
        """Write the empty catalog that is the schema of the output."""
        butlerQC.put(self.output_summary_schema, outputRefs.output_summary_catalog)
