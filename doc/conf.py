"""Sphinx configuration, used when the documentation of this package is built alone."""

from documenteer.conf.pipelinespkg import *  # noqa: F403

# The title and what documenteer reads are in documenteer.toml; its configuration
# for packages replaces the title by that of the Science Pipelines.
project = "drp_visit_summary"
html_title = project
html_short_title = project
