# Sourced by bin/demo and bin/test: finds the Python environment, or creates it.
# shellcheck shell=bash
#
# After `prepare_environment EXTRA` the shell has the environment active:
#   ROOT       the checkout
#   PYTHON     the interpreter
#   STACKLITE  1 if lsst.afw is the one of stacklite/, 0 if it is the real stack

ROOT=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)

say() { printf '==> %s\n' "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# File in an environment that these scripts have made and keep up to date.
_MARKER=made-by-drp_visit_summary

# True if the interpreter $1 has the stack's C++ packages, or stacklite, and is
# not in an environment that these scripts have made.
_has_stack() {
    "$1" -c '
import os, sys
import lsst.afw.table
sys.exit(os.path.exists(os.path.join(sys.prefix, sys.argv[1])))
' "$_MARKER" >/dev/null 2>&1
}

# True if uv is on PATH; it then makes the environment, and pip does otherwise.
_has_uv() { command -v uv >/dev/null 2>&1; }

# Prints "ok" or the problem with the interpreter $1. uv needs no module of it.
_judge_python() {
    "$1" -c '
import sys
version = ".".join(map(str, sys.version_info[:3]))
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    print("is " + version)
elif sys.argv[1] == "uv":
    print("ok")
else:
    try:
        import ensurepip, venv
    except ImportError:
        print("is " + version + " without the modules venv and ensurepip")
    else:
        print("ok")
' "$2" 2>/dev/null || printf 'does not run\n'
}

# Sets PYTHON to the first usable interpreter on PATH.
_choose_python() {
    local candidate verdict found='' tool=pip
    ! _has_uv || tool=uv
    for candidate in python3 python3.13 python3.12 python3.11; do
        command -v "$candidate" >/dev/null 2>&1 || continue
        verdict=$(_judge_python "$candidate" "$tool")
        if [ "$verdict" = ok ]; then
            PYTHON=$candidate
            return
        fi
        found="$found${found:+, }$candidate $verdict"
    done
    # The interpreters that uv has installed need not be on PATH.
    if [ "$tool" = uv ] && candidate=$(uv python find --no-project --system '>=3.11,<3.14' 2>/dev/null) &&
        [ -n "$candidate" ]; then
        PYTHON=$candidate
        return
    fi
    die "Python 3.11, 3.12 or 3.13 with its venv module is needed on PATH (${found:-no python3 found})."
}

# True if files can be made in the directory $1.
_can_write() { [ -w "$1" ]; }

# Sets VENV: .venv in the checkout, or in a cache directory where the checkout cannot be written.
_choose_venv() {
    local cache
    VENV=$ROOT/.venv
    if [ -e "$VENV" ]; then
        ! _can_write "$VENV" || return 0
    else
        ! _can_write "$ROOT" || return 0
    fi
    cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/drp_visit_summary
    # Of each checkout its own, with the path as name.
    VENV=$cache/${ROOT//[!A-Za-z0-9._-]/_}/.venv
    mkdir -p -- "${VENV%/*}" 2>/dev/null ||
        die "neither $ROOT nor $cache can be written: set XDG_CACHE_HOME to a directory for the environment."
}

# True if VENV exists and somebody else has made it.
_is_foreign() { [ -e "$VENV" ] && [ ! -e "$VENV/$_MARKER" ]; }

# Sets PYTHON for VENV: the interpreter in it if somebody else has made it, and one on PATH otherwise.
_choose_interpreter() {
    local tool=pip
    ! _has_uv || tool=uv
    if ! _is_foreign; then
        _choose_python
    elif _venv_works && [ "$(_judge_python "$VENV/bin/python" "$tool")" = ok ]; then
        PYTHON=$VENV/bin/python
    else
        die "$VENV is no environment of Python 3.11, 3.12 or 3.13 with pip: remove it, or activate another one."
    fi
}

# Prints the version of the interpreter $1, as the names of its directories have it.
_python_version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }

# Prints the files and paths that the environment depends on.
_fingerprint() {
    printf '%s\n' "$ROOT" "$(_python_version "$PYTHON")"
    cat -- "$ROOT/pyproject.toml" "$ROOT/kernels/pyproject.toml" "$ROOT/stacklite/pyproject.toml"
    cat -- "$ROOT/python/lsst/drp/tasks/update_visit_summary/version.py" \
        "$ROOT/kernels/python/visit_kernels/version.py" "$ROOT/stacklite/python/lsst_stacklite/version.py"
}

# Copies what pip or uv says from standard input to the file $1. Prints its steps, and in between, every
# few seconds at most, how many packages there are so far: a terminal and a log can be read alike.
_show_progress() {
    local line name count=0 start=$SECONDS next=$((SECONDS + 5))
    while IFS= read -r line || [ -n "$line" ]; do
        printf '%s\n' "$line" >&3
        case $line in
            'Collecting '*)
                count=$((count + 1))
                name=${line#Collecting }
                if [ "$SECONDS" -ge "$next" ]; then
                    say "  packages collected: $count, now ${name%%[!A-Za-z0-9._-]*} ($((SECONDS - start)) s)"
                    next=$((SECONDS + 5))
                fi
                ;;
            'Obtaining file://'*) say "  preparing ${line##*/}" ;;
            'Building wheels for '* | 'Resolved '* | 'Prepared '* | 'Installed '* | 'Downloading '*iB\))
                say "  $line"
                ;;
            'Installing collected packages: '*)
                say "  packages collected: $count, installing them ($((SECONDS - start)) s)"
                ;;
            'Successfully installed '*)
                say "  installed ($((SECONDS - start)) s)"
                ;;
        esac
    done 3>"$1"
}

# Installs what the arguments $@ of pip or uv name, shows how far it is, and explains a failure in one sentence.
_install() {
    local log=$VENV/install.log tool=pip
    local command=("$VENV/bin/python" -m pip install --disable-pip-version-check --progress-bar off)
    if _has_uv; then
        tool=uv
        command=(uv pip install --python "$VENV/bin/python" --color never)
    fi
    # With pipefail, which both scripts set, the status is that of the installer.
    if "${command[@]}" "$@" 2>&1 | _show_progress "$log"; then
        return
    fi
    if grep -qiE "$_NO_NETWORK" "$log"; then
        die "the Python packages could not be downloaded: is the network reachable? ($tool's output: $log)"
    fi
    die "the Python packages could not be installed ($tool's output: $log)."
}

# What pip and uv say where there is no network.
_NO_NETWORK='NewConnectionError|NameResolutionError|ProxyError|ConnectTimeout|Network is unreachable'
_NO_NETWORK="$_NO_NETWORK|from versions: none|failed to fetch|error sending request|network was disabled"

# True if the environment has an interpreter and what installs packages into it.
_venv_works() {
    [ -x "$VENV/bin/python" ] && "$VENV/bin/python" -c '' >/dev/null 2>&1 || return
    _has_uv || "$VENV/bin/python" -m pip --version >/dev/null 2>&1
}

# Makes an empty virtual environment, in place of one that does not work or has another Python.
_make_empty_venv() {
    if _has_uv; then
        # Old versions of uv clear it anyway, and have no option for that.
        UV_VENV_CLEAR=1 uv venv --quiet --no-project --python "$(command -v "$PYTHON")" "$VENV" || return
    else
        "$PYTHON" -m venv --clear --without-pip -- "$VENV" || return
    fi
    # Before pip comes, which takes a while: what an interruption leaves is made again.
    printf 'bin/demo and bin/test of %s keep this environment up to date.\n' "$ROOT" >"$VENV/$_MARKER"
    _has_uv || "$VENV/bin/python" -m ensurepip --default-pip >/dev/null
}

# Creates the virtual environment with the packages of extra $1 of pyproject.toml ("" for none).
_make_venv() {
    local extra=$1 stamp=$VENV/stamp-${1:-run}
    if [ -f "$stamp" ] && [ "$(cat -- "$stamp")" = "$(_fingerprint)" ]; then
        say "Using the Python environment $VENV"
        return
    fi
    if ! _venv_works || [ "$(_python_version "$VENV/bin/python")" != "$(_python_version "$PYTHON")" ]; then
        say "Making the Python environment $VENV with $("$PYTHON" --version)"
        _make_empty_venv || die "the environment $VENV could not be made."
    fi
    say "Installing the kernels, stacklite, this package and what they need into it (a few minutes the first time)"
    _install -e "$ROOT/kernels" -e "$ROOT/stacklite" -e "$ROOT${extra:+[$extra]}"
    _fingerprint >"$stamp"
}

# Activates an environment that has lsst.afw: the active one, or one of our own
# with the packages of extra $1 of pyproject.toml ("" for none).
prepare_environment() {
    local python
    for python in python3 python; do
        if command -v "$python" >/dev/null 2>&1 && _has_stack "$python"; then
            PYTHON=$python
            say "Using the active Python environment: lsst.afw is there ($(command -v "$python"))"
            break
        fi
    done
    if [ -z "${PYTHON:-}" ]; then
        _choose_venv
        _choose_interpreter
        _make_venv "$1"
        PYTHON=$VENV/bin/python
        PATH=$VENV/bin:$PATH
        export PATH VIRTUAL_ENV=$VENV
    fi
    # shellcheck disable=SC2034  # bin/test looks at it
    STACKLITE=0
    # The code of this checkout comes first, whatever the environment holds.
    PYTHONPATH=$ROOT/python:$ROOT/kernels/python:$ROOT/examples${PYTHONPATH:+:$PYTHONPATH}
    if "$PYTHON" -c 'import lsst_stacklite' >/dev/null 2>&1; then
        # shellcheck disable=SC2034
        STACKLITE=1
        PYTHONPATH=$ROOT/stacklite/python:$PYTHONPATH
    fi
    export PYTHONPATH DRP_VISIT_SUMMARY_DIR=$ROOT
    # One thread per process: the parallelism is in the processes.
    export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
}
