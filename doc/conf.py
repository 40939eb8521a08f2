"""Sphinx configuration, used when the documentation of this package is built alone."""

from documenteer.conf.pipelinespkg import *  # noqa: F403

project = "drp_visit_summary"
html_theme_options["logotext"] = project  # noqa: F405
html_title = project
html_short_title = project
doxylink = {}
exclude_patterns = ["_build"]
