"""A directive that reads lines of reStructuredText a function makes, as if they stood on the page."""

from collections.abc import Callable, Iterable

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

Lines = Callable[[str], Iterable[str]]


def made_of(lines: Lines) -> type[SphinxDirective]:
    """A directive for what ``lines`` returns; it is given the directive's argument, empty where there is none."""

    class Made(SphinxDirective):
        """Stands where its lines would."""

        optional_arguments = 1

        def run(self) -> list[nodes.Node]:
            self.env.note_reread()  # the program may have changed where the page has not
            argument = self.arguments[0] if self.arguments else ""
            return self.parse_text_to_nodes("\n".join(lines(argument)), allow_section_headings=True)

    return Made


def indented(text: str, by: str = "   ") -> list[str]:
    """The lines of ``text``, moved to the right: the body of a directive."""
    return [f"{by}{line}".rstrip() for line in text.splitlines()]
