"""What hftd adds to pytest: the fixture ``stage``, and the story of a test that failed with one.

Every run of pytest beside hftd imports this file, so what costs time is imported by the test that asks for it.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hftd.testing.theatre import Theatre


@pytest.fixture
def stage() -> "Theatre":
    """Put a model on a stage, as ``hftd.testing.play`` does; where the test fails, its report tells the story."""
    from hftd.testing.theatre import Theatre  # noqa: PLC0415

    return Theatre()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the story of each stage to the report of a test that failed."""
    report = yield
    stories = getattr(getattr(item, "funcargs", {}).get("stage"), "stories", None)
    if stories is not None and report.when == "call" and report.failed:
        report.sections += stories()
    return report
