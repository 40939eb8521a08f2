"""The files in ``examples/bps``, as ``bps`` reads them."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from lsst.daf.butler import Butler
from reference_repo import REFERENCE_VISIT, ReferenceRepo, describe_reference_repo, make_reference_repo
from support.commands import environment
from support.expected import assert_is_expected, options_of

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "bps"
CLASS = "lsst.drp.tasks.update_visit_summary.UpdateVisitSummaryTask"


def require(*modules: str) -> None:
    """Skip the test where a part of BPS cannot be installed, and say which."""
    for module in modules:
        try:
            found = importlib.util.find_spec(module) is not None
        except ModuleNotFoundError:
            found = False
        if not found:
            pytest.skip(f"{module} is not installed (extra bps).")


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> ReferenceRepo:
    """Make a repository with the reference visit under two numbers."""
    root = tmp_path_factory.mktemp("bps") / "repo"
    more = describe_reference_repo(root).visit + 1
    return make_reference_repo(root, more_visits={more: REFERENCE_VISIT})


def run_bps(
    command: str, repo: ReferenceRepo, output: str, config: Mapping[str, object], directory: Path
) -> Path:
    """Run ``bps`` in a directory, and return that of the submission."""
    file = directory / "submit.yaml"
    file.write_text(yaml.safe_dump(dict(config)))
    arguments = ["-b", str(repo.root), "-i", repo.inputs, "--output-run", output, "-d", repo.where_all]
    script = "from lsst.ctrl.bps.cli.bps import main; main()"
    # Commands of jobs are looked for on PATH, and by older versions in these directories.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    places = dict.fromkeys(("CTRL_MPEXEC_DIR", "DAF_BUTLER_DIR"), sys.prefix)
    done = subprocess.run(
        [sys.executable, "-c", script, command, str(file), *arguments],
        capture_output=True,
        text=True,
        cwd=directory,
        # The submission goes where the shell says that it is.
        env=places | environment() | {"PATH": path, "PWD": str(directory)},
    )
    assert done.returncode == 0, done.stderr[-5000:]
    return directory / "submit" / output


def pipeline_of(repo: ReferenceRepo, configuration: str, directory: Path) -> Path:
    """Write a pipeline that has the options of a configuration."""
    statistics = [f"config.compute_summary_stats.{name} = {value}" for name, value in repo.fiducials.items()]
    options = options_of(configuration) | {"python": "\n".join(statistics)}
    pipeline = {"description": "test", "tasks": {"updateVisitSummary": {"class": CLASS, "config": options}}}
    file = directory / "pipeline.yaml"
    file.write_text(yaml.safe_dump(pipeline))
    return file


def test_parsl_runs_all_jobs_on_this_machine(repo: ReferenceRepo, tmp_path: Path) -> None:
    """Init, two quanta and the final job; outputs are those that ``pipetask run`` writes."""
    require("lsst.ctrl.bps.parsl")
    pipeline = pipeline_of(repo, "full", tmp_path)
    config = {
        "includeConfigs": str(EXAMPLES / "parsl_local.yaml"),
        "pipelineYaml": str(pipeline),
        "taskOptions": "",
    }
    submission = run_bps("submit", repo, "bps/parsl", config, tmp_path)
    jobs = {path.parent.relative_to(submission / "logs").parts[0] for path in submission.rglob("*.stderr")}
    assert jobs == {"pipetaskInit", "updateVisitSummary", "finalJob"}
    assert len(list(submission.rglob("*_updateVisitSummary_*.stderr"))) == 2
    with Butler.from_config(repo.root, collections="bps/parsl") as butler:
        for visit in repo.visits:
            output = butler.get("finalVisitSummary", instrument=repo.instrument, visit=visit)
            assert_is_expected(output, "full")
        names = [ref.datasetType.name for ref in butler.query_all_datasets("bps/parsl")]
    assert names.count("updateVisitSummary_metadata") == 2
    assert names.count("packages") == 1


def test_htcondor_writes_the_files_of_its_jobs(repo: ReferenceRepo, tmp_path: Path) -> None:
    """Both visits in one job, with the memory of one."""
    require("lsst.ctrl.bps.htcondor", "htcondor")
    config = {"includeConfigs": [str(EXAMPLES / name) for name in ("htcondor.yaml", "clusters.yaml")]}
    submission = run_bps("prepare", repo, "bps/htcondor", config, tmp_path)
    jobs = {path.stem: path.read_text() for path in (submission / "jobs").rglob("*.sub")}
    assert sorted(jobs) == ["finalJob", "pipetaskInit", "visits_RefCam_001"]
    (dag,) = submission.glob("*.dag")
    assert re.search(r"^PARENT pipetaskInit CHILD visits_RefCam_001$", dag.read_text(), re.MULTILINE)
    both = jobs["visits_RefCam_001"]
    assert '+bps_job_quanta = "updateVisitSummary:2"' in both
    common = yaml.safe_load((EXAMPLES / "common.yaml").read_text())
    requests = common["pipetask"]["updateVisitSummary"]
    assert f"request_cpus={requests['requestCpus']}\n" in both
    # The first try, and twice as much after a job was killed for its memory.
    memory = requests["requestMemory"]
    assert f"max({{{memory}, MemoryUsage" in both
    assert f"{memory} * pow({requests['memoryMultiplier']}, NumJobStarts)" in both
    assert f"max_retries={requests['numberOfRetries']}\n" in both
    assert f"request_cpus={common['finalJob']['requestCpus']}\n" in jobs["finalJob"]


def test_slurm_gets_a_workflow_of_parsl(repo: ReferenceRepo, tmp_path: Path) -> None:
    """The site's settings are understood, and options of the task are part of further ones."""
    require("lsst.ctrl.bps.parsl")
    config = {
        "includeConfigs": str(EXAMPLES / "parsl_slurm.yaml"),
        "extraQgraphOptions": "{taskOptions} -c updateVisitSummary:do_write_visit_geometry=True",
    }
    submission = run_bps("prepare", repo, "bps/slurm", config, tmp_path)
    assert (submission / "parsl_workflow.pickle").exists()
    command = (submission / "quantumGraphGeneration.out").read_text().splitlines()[0]
    options = yaml.safe_load((EXAMPLES / "common.yaml").read_text())["taskOptions"]
    assert f" {options.strip()} -c updateVisitSummary:do_write_visit_geometry=True" in command


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.yaml")))
def test_files_are_described(name: str) -> None:
    """Each file says what it is for, and the README lists it."""
    text = (EXAMPLES / name).read_text()
    assert text.startswith("# ")
    assert f"`{name}`" in (EXAMPLES / "README.md").read_text()
    included = yaml.safe_load(text).get("includeConfigs")
    assert included is None or (EXAMPLES / included).exists()
