"""Sphinx configuration, used when the documentation of this package is built alone."""

from documenteer.conf.pipelinespkg import *  # noqa: F403

# The title and what documenteer reads are in documenteer.toml; its configuration
# for packages replaces the title by that of the Science Pipelines.
project = "drp_visit_summary"
html_title = project
html_short_title = project

# The notebook is executed when the pages are built, and its log lines are one output.
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_merge_streams = True
