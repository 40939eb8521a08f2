"""The command that shows what an update changed: its output, and its messages."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from astropy.io import fits
from astropy.table import Table
from PIL import Image

from lsst.afw.cameraGeom import Camera
from lsst.afw.table import ExposureCatalog
from lsst.daf.butler import Butler, DatasetType
from lsst.drp.tasks.update_visit_summary.report import format_report, make_tables, pictures
from lsst.drp.tasks.update_visit_summary.report.command import main
from reference_repo import ReferenceRepo, make_reference_repo
from support.catalogs import without_detectors
from support.expected import expected_catalog
from support.reference import DATA, Reference
from support.reports import reference_result

BEFORE = str(DATA / "visitSummary.fits")
AFTER = str(DATA / "expected_finalVisitSummary_tract_global_replacement.fits")
WITH_REPORT = "test/report"
WITHOUT_REPORT = "test/no_report"
"""Collections with an output of the task."""


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> ReferenceRepo:
    """Make a repository with two outputs of the task, one of them with its report."""
    repo = make_reference_repo(tmp_path_factory.mktemp("repo"))
    result = reference_result()
    with Butler.from_config(repo.root, writeable=True) as butler:
        types = {"finalVisitSummary": "ExposureCatalog", "finalVisitSummary_report": "ArrowAstropy"}
        for name, storage_class in types.items():
            butler.registry.registerDatasetType(
                DatasetType(name, ("instrument", "visit"), storage_class, universe=butler.dimensions)
            )
        for run in (WITH_REPORT, WITHOUT_REPORT):
            butler.collections.register(run)
            butler.put(result.output_summary_catalog, "finalVisitSummary", repo.data_id, run=run)
        butler.put(result.summary_report, "finalVisitSummary_report", repo.data_id, run=WITH_REPORT)
    return repo


class Done(NamedTuple):
    """What a command left."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    """Return the command as a function of its words."""

    def command(*arguments: str | int | Path) -> Done:
        code = main([str(argument) for argument in arguments])
        return Done(code, *capsys.readouterr())

    return command


# -- Files


def test_two_files(run: Command) -> None:
    """The tables are those of the functions; what files lack is said."""
    done = run(BEFORE, AFTER)
    assert done.code == 0
    tables = make_tables(Reference().summary, expected_catalog("tract_global_replacement"))
    report, remark = done.out.rsplit("\n\n", 1)
    assert report + "\n" == format_report(tables)
    assert remark == (
        "The causes are not known from files; the dataset that do_write_report writes has them.\n"
    )
    assert done.err == ""


def test_reader_that_stops_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``head`` does; that is no error."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        assert main([BEFORE, AFTER]) == 0


def test_selection_of_statistics_and_outliers(run: Command) -> None:
    """Options may stand between the files."""
    done = run(BEFORE, "--statistics", "nPsfStar, magLim", "--outliers", "3", AFTER)
    assert done.code == 0
    assert "nPsfStar" in done.out and "magLim [mag]" in done.out
    assert "psfSigma" not in done.out
    assert "Outliers, more than 3 robust sigmas" in done.out


def test_csv(run: Command, tmp_path: Path) -> None:
    """One file for each table, in a directory that need not exist."""
    directory = tmp_path / "new" / "tables"
    assert run(BEFORE, AFTER, "--csv", directory).code == 0
    names = ["components.csv", "losses.csv", "outliers.csv", "statistics.csv"]
    assert sorted(file.name for file in directory.iterdir()) == names
    statistics = Table.read(directory / "statistics.csv", format="ascii.csv")
    assert list(statistics["detector"]) == list(range(90, 99))
    assert statistics["zeroPoint_before [mag]"][0] == pytest.approx(Reference().summary[0]["zeroPoint"])


# -- Repositories


def test_repository_with_report(run: Command, repo: ReferenceRepo) -> None:
    """Sources and causes are those of the task."""
    collections = f"{WITH_REPORT},{repo.inputs}"
    done = run(repo.root, "--collections", collections, "--visit", repo.visit)
    assert done.code == 0, done.err
    assert "psf_overrides has none" in done.out
    assert "do_write_report" not in done.out


def test_repository_without_report(run: Command, repo: ReferenceRepo) -> None:
    """The report of another run says nothing about this one."""
    collections = ["--collections", f"{WITHOUT_REPORT},{WITH_REPORT}", "--before-collections", repo.inputs]
    done = run(repo.root, *collections, "--visit", repo.visit, "--instrument", repo.instrument)
    assert done.code == 0, done.err
    assert "only the summary before has one" in done.out
    remark = "The causes are not known without finalVisitSummary_report, which do_write_report writes."
    assert done.out.splitlines()[-1] == remark


def test_other_datasets(run: Command, repo: ReferenceRepo) -> None:
    """Any two summaries of a visit can be compared."""
    options = ["--dataset", "visitSummary", "--before-dataset", "finalVisitSummary"]
    collections = ["--collections", f"{WITH_REPORT},{repo.inputs}"]
    done = run(repo.root, *collections, "--visit", repo.visit, *options)
    assert done.code == 0, done.err
    assert "92 nan 1.6985 nan" in " ".join(done.out.split())


# -- Mistakes


def refused(done: Done, message: str) -> None:
    """Check that there is one sentence and nothing else."""
    assert (done.code, done.out) == (2, "")
    assert done.err == f"visit-summary-report: {message}\n"


def test_missing_files(run: Command, tmp_path: Path) -> None:
    missing = tmp_path / "none.fits"
    for pair in ((BEFORE, missing), (missing, AFTER)):
        refused(run(*pair), f"There is no file {missing}; name the file of a visit summary.")


@pytest.mark.parametrize("name", ["camera.yaml", "camera.fits", "calexp_90.fits", "skymap.pickle"])
def test_files_of_other_kinds(run: Command, name: str) -> None:
    message = f"{DATA / name} has no ExposureCatalog; name the FITS file of a visit summary."
    refused(run(BEFORE, DATA / name), message)


def test_damaged_files(run: Command, tmp_path: Path) -> None:
    """The middle of the message is that of the stack."""
    damaged = tmp_path / "damaged.fits"
    with fits.open(AFTER) as hdus:
        start_of_rows = hdus[1].fileinfo()["datLoc"]
    damaged.write_bytes(Path(AFTER).read_bytes()[:start_of_rows])
    done = run(BEFORE, damaged)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"visit-summary-report: {damaged} cannot be read (")
    assert done.err.endswith("); name the FITS file of a visit summary.\n")


def test_one_file(run: Command) -> None:
    message = f"{BEFORE} is one file; name two, the summary before and the summary after the update."
    refused(run(BEFORE), message)


def test_three_files(run: Command) -> None:
    message = "3 files were named; name two, the summary before and the summary after the update."
    refused(run(BEFORE, AFTER, AFTER), message)


def test_no_files(run: Command) -> None:
    done = run()
    assert done.code == 2
    assert done.err.endswith("; see visit-summary-report --help.\n")


def test_files_with_options_of_repositories(run: Command) -> None:
    message = (
        "Files were named together with --visit, --before-collections; leave these out, or name a repository "
        "instead of the files."
    )
    refused(run(BEFORE, AFTER, "--before-collections", "a", "--visit", "1"), message)


def test_different_detectors(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "few.fits"
    without_detectors(Reference().summary, {90, 98}).writeFits(str(path))
    message = (
        "The catalogs have different detectors (90, 98 only after); give the two summaries of one visit."
    )
    refused(run(path, AFTER), message)


def test_different_visits(run: Command, tmp_path: Path) -> None:
    other = Reference().summary
    for record in other:
        record["visit"] = 5
    other.writeFits(str(tmp_path / "other.fits"))
    message = (
        "The catalogs are of different visits (5 before, 2026032100001 after); give the two summaries of one "
        "visit."
    )
    refused(run(tmp_path / "other.fits", AFTER), message)


def test_unknown_statistics(run: Command) -> None:
    """Before any file is looked for."""
    done = run("a.fits", "b.fits", "--statistics", "psfSigma,seeing")
    assert done.code == 2
    assert done.err.startswith("visit-summary-report: There are no statistics seeing; name some of psfSigma,")
    assert done.err.endswith(", magLim.\n")


def test_no_statistics(run: Command) -> None:
    message = "No statistic is named; name one at least, for example psfSigma."
    refused(run(BEFORE, AFTER, "--statistics", ","), message)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "many"])
def test_number_of_sigmas(run: Command, text: str) -> None:
    message = f"Argument --outliers: {text!r} is not a positive number; name one, for example 5."
    refused(run(BEFORE, AFTER, f"--outliers={text}"), message)


def test_csv_is_no_directory(run: Command, tmp_path: Path) -> None:
    file = tmp_path / "thesis.tex"
    file.write_text("years of work")
    refused(run(BEFORE, AFTER, "--csv", file), f"{file} is not a directory; name another one with --csv.")
    done = run(BEFORE, AFTER, "--csv", file / "tables")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"visit-summary-report: {file / 'tables'} cannot be written (")
    assert done.err.endswith("; name another directory with --csv.\n")
    assert file.read_text() == "years of work"


def test_unknown_options(run: Command) -> None:
    message = "Unrecognized arguments: --verbose; see visit-summary-report --help."
    refused(run(BEFORE, AFTER, "--verbose"), message)


def test_directories_that_are_no_repositories(run: Command, tmp_path: Path) -> None:
    """The middle of the message is that of the middleware."""
    done = run(tmp_path / "none", "--collections", "a", "--visit", "1")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"visit-summary-report: {tmp_path / 'none'} is not a butler repository (")
    assert done.err.endswith("); name its root directory.\n")


@pytest.mark.parametrize("options", [(), ("--visit", "1"), ("--collections", "a")])
def test_repositories_need_collections_and_visit(
    run: Command, repo: ReferenceRepo, options: tuple[str, ...]
) -> None:
    message = f"The repository {repo.root} needs --collections and --visit; name both, or name two files."
    refused(run(repo.root, *options), message)


def test_unknown_dataset_types(run: Command, repo: ReferenceRepo) -> None:
    where = (repo.root, "--collections", WITH_REPORT, "--visit", repo.visit)
    for option in ("--dataset", "--before-dataset"):
        message = f"The repository has no dataset type finalSummary; name another with {option}."
        refused(run(*where, option, "finalSummary"), message)


def test_dataset_types_of_other_kinds(run: Command, repo: ReferenceRepo) -> None:
    where = (repo.root, "--collections", WITH_REPORT, "--visit", repo.visit)
    message = (
        "The dataset type calexpBackground is a Background of detector, instrument, visit, not an "
        "ExposureCatalog of a visit; name another with --dataset."
    )
    refused(run(*where, "--dataset", "calexpBackground"), message)


def test_missing_collections(run: Command, repo: ReferenceRepo) -> None:
    where = (repo.root, "--visit", repo.visit)
    message = f"Not all of the collections {WITH_REPORT}, u/nobody exist; name others with --collections."
    refused(run(*where, "--collections", f"{WITH_REPORT},u/nobody"), message)
    message = "Not all of the collections u/nobody exist; name others with --before-collections."
    refused(run(*where, "--collections", WITH_REPORT, "--before-collections", "u/nobody"), message)


def test_missing_datasets(run: Command, repo: ReferenceRepo) -> None:
    message = (
        f"There is no finalVisitSummary for visit {repo.visit} in {repo.inputs}; name the collections that "
        "have it with --collections."
    )
    refused(run(repo.root, "--visit", repo.visit, "--collections", repo.inputs), message)
    message = (
        f"There is no visitSummary for visit {repo.visit} in {WITH_REPORT}; name the collections that have "
        "it with --before-collections."
    )
    refused(run(repo.root, "--visit", repo.visit, "--collections", WITH_REPORT), message)


def test_missing_visits_and_instruments(run: Command, repo: ReferenceRepo) -> None:
    where = (repo.root, "--collections", WITH_REPORT)
    remedy = f"in {WITH_REPORT}; name the collections that have it with --collections."
    refused(run(*where, "--visit", "7"), f"There is no finalVisitSummary for visit 7 {remedy}")
    message = f"There is no finalVisitSummary for visit {repo.visit} of LATISS {remedy}"
    refused(run(*where, "--visit", repo.visit, "--instrument", "LATISS"), message)


def test_visits_of_several_instruments(run: Command, tmp_path: Path) -> None:
    """Their numbers may be the same."""
    repo = make_reference_repo(tmp_path)
    other = {"instrument": "OtherCam", "visit": repo.visit}
    with Butler.from_config(repo.root, writeable=True) as butler:
        register_visit(butler, other)
        butler.collections.register("other")
        butler.put(Reference().summary, "visitSummary", other, run="other")
    collections = f"other,{repo.inputs}"
    where = (repo.root, "--collections", collections, "--visit", repo.visit, "--dataset", "visitSummary")
    message = f"Visit {repo.visit} exists for the instruments OtherCam, RefCam; name one with --instrument."
    refused(run(*where), message)
    assert run(*where, "--instrument", "OtherCam").code == 0


def register_visit(butler: Butler, data_id: dict[str, str | int]) -> None:
    """Register a visit of another instrument, of which nothing is known."""
    instrument, visit = data_id["instrument"], data_id["visit"]
    insert = butler.registry.insertDimensionData
    insert("instrument", {"name": instrument, "class_name": "examples.OtherCam"})
    insert("physical_filter", {"instrument": instrument, "name": "i_1", "band": "i"})
    insert("day_obs", {"instrument": instrument, "id": 20260321})
    common = {"instrument": instrument, "physical_filter": "i_1", "day_obs": 20260321}
    insert("visit", common | {"id": visit, "name": str(visit)})


# -- The camera


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Return the names of the cameras in whose focal planes detectors are drawn, without pictures."""
    names: list[str | None] = []

    def record(*arguments: Any) -> list[Any]:
        camera = arguments[-1]
        names.append(None if camera is None else camera.getName())
        return []

    monkeypatch.setattr(pictures, "make_pictures", record)
    return names


def test_camera(run: Command, repo: ReferenceRepo, drawn: list[str | None], tmp_path: Path) -> None:
    """It is a file beside two files, and a dataset of a repository otherwise."""
    plot = ("--plot", tmp_path)
    repository = (repo.root, "--visit", repo.visit, "--collections", f"{WITH_REPORT},{repo.inputs}")
    assert run(BEFORE, AFTER, *plot).code == 0
    assert run(BEFORE, AFTER, *plot, "--camera", DATA / "camera.fits").code == 0
    assert run(*repository, *plot, "--camera", "camera").code == 0
    name = Camera.readFits(str(DATA / "camera.fits")).getName()
    assert drawn == [None, name, name]


def test_pictures_in_the_focal_plane(run: Command, tmp_path: Path) -> None:
    """They are those that the functions draw, and others than those on the sky."""
    arguments = (BEFORE, AFTER, "--statistics", "psfSigma", "--plot")
    assert run(*arguments, tmp_path / "sky").code == 0
    assert run(*arguments, tmp_path / "camera", "--camera", DATA / "camera.fits").code == 0
    sky, camera = ((tmp_path / name / "psfSigma.png").read_bytes() for name in ("sky", "camera"))
    assert sky != camera
    summaries = map(ExposureCatalog.readFits, (BEFORE, AFTER))
    first, _ = pictures.make_pictures(
        *summaries, statistics=["psfSigma"], camera=Camera.readFits(str(DATA / "camera.fits"))
    )
    assert Image.open(io.BytesIO(first.to_png())).tobytes() == Image.open(io.BytesIO(camera)).tobytes()


@pytest.mark.parametrize(
    ("camera", "message"),
    [
        ("none.fits", "There is no file none.fits; name the FITS file of a camera with --camera."),
        (BEFORE, f"{BEFORE} cannot be read as a camera ("),
    ],
)
def test_files_that_are_no_cameras(run: Command, tmp_path: Path, camera: str, message: str) -> None:
    done = run(BEFORE, AFTER, "--plot", tmp_path, "--camera", camera)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"visit-summary-report: {message}")
    assert done.err.count("\n") == 1


def test_datasets_that_are_no_cameras(run: Command, repo: ReferenceRepo, tmp_path: Path) -> None:
    words = (repo.root, "--visit", repo.visit, "--plot", tmp_path, "--before-collections", repo.inputs)
    words += ("--collections",)
    assert run(*words, WITH_REPORT, "--camera", "camera").err == (
        f"visit-summary-report: There is no camera for visit {repo.visit} in {WITH_REPORT}; name the "
        "dataset type of a camera with --camera, and add the collection that has it to --collections.\n"
    )
    collections = f"{WITH_REPORT},{repo.inputs}"
    assert "There is no nothing for visit" in run(*words, collections, "--camera", "nothing").err
    assert run(*words, collections, "--camera", "visitSummary").err == (
        "visit-summary-report: The dataset visitSummary is no camera but ExposureCatalog; name the dataset "
        "type of a camera with --camera.\n"
    )


def test_camera_without_pictures(run: Command) -> None:
    done = run(BEFORE, AFTER, "--camera", DATA / "camera.fits")
    assert done == (2, "", "visit-summary-report: --camera is for pictures; add --plot or --html.\n")


# -- Ways to start it


def test_module_is_a_command() -> None:
    """From a process of its own."""
    words = [sys.executable, "-m", "lsst.drp.tasks.update_visit_summary.report", BEFORE]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"visit-summary-report: {BEFORE} is one file;")


def test_help(run: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    assert "REPO --collections C --visit N" in capsys.readouterr().out


def test_package_has_the_command() -> None:
    """Under the name that its messages have."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"visit-summary-report": f"{main.__module__}:main"}
