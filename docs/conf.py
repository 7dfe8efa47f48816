"""How the documentation is built: HTML with furo, and the man pages hftd(8) and hftd.toml(5)."""

import sys
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "hftd"
author = "the hftd authors"
copyright = "the hftd authors"
version = release = installed("hftd")

extensions = ["sphinx.ext.autodoc", "hftd_docs"]
exclude_patterns = ["_ext", "examples"]
# A word in single backticks is what somebody types or reads: settings and help texts are written that way.
default_role = "code"
highlight_language = "none"

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 90
add_module_names = False

html_theme = "furo"
html_title = f"hftd {version}"
html_static_path = ["_static"]
html_css_files = ["hftd.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": True}

man_pages = [
    ("reference/hftd", "hftd", "the trading daemon for Linux", "", 8),
    ("reference/hftd.toml", "hftd.toml", "settings of the trading daemon", "", 5),
]
man_show_urls = False
