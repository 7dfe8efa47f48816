"""``python -m hftd`` is ``hftd``."""

import sys

from hftd.cli.main import main

sys.exit(main())
