"""The surface on which a chart is drawn: its titles, its legend, and what room they leave."""

from collections.abc import Sequence
from html import escape

from sheets_emulator.view.axes import shortened, text_width
from sheets_emulator.view.charts import Chart

INK, SOFT = "#202124", "#5f6368"
SMALL, TITLE = 12, 16


class Board:
    """The picture under way: its parts, and the free rectangle that is left to draw in."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._parts: list[str] = []
        self.left, self.top = 16.0, 16.0
        self.right, self.bottom = chart.width - 16.0, chart.height - 16.0
        for words, size, colour in ((chart.title, TITLE, INK), (chart.subtitle, SMALL, SOFT)):
            if words:
                self.top += size
                self.text(
                    self.left,
                    self.top,
                    shortened(words, size, self.right - self.left),
                    size=size,
                    colour=colour,
                )
                self.top += 8

    def add(self, element: str, **attributes: float | str) -> None:
        """Put one element down; underscores in names stand for dashes."""
        told = "".join(f' {k.strip("_").replace("_", "-")}="{_attribute(v)}"' for k, v in attributes.items())
        self._parts.append(f"<{element}{told}/>")

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        anchor: str = "start",
        size: int = SMALL,
        colour: str = SOFT,
    ) -> None:
        """Put words down at the left end, middle or right end (`anchor`) of their line."""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}">'
            f"{escape(words)}</text>"
        )

    def upright(self, x: float, y: float, words: str) -> None:
        """A text that runs from below to above, around its middle."""
        self._parts.append(
            f'<text transform="translate({x:.1f} {y:.1f}) rotate(-90)" font-size="{SMALL}" fill="{SOFT}" '
            f'text-anchor="middle">{escape(words)}</text>'
        )

    def legend(self, names: Sequence[tuple[str, str]], position: str) -> None:
        """(name, colour) of each entry, at the side asked for; takes its room from the picture."""
        names = [(name, tint) for name, tint in names if name]
        if not names or position == "NO":
            return
        if position in {"LEFT", "RIGHT"}:
            self._legend_beside(names, position)
            return
        at, x = (self.bottom - 2 if position == "BOTTOM" else self.top + 12), self.left
        for name, tint in names:
            words = shortened(name, SMALL, 180)
            if x + 16 + text_width(words, SMALL) > self.right:
                break
            self._entry(x, at, words, tint)
            x += 16 + text_width(words, SMALL) + 16
        if position == "BOTTOM":
            self.bottom -= 24
        else:
            self.top += 24

    def _legend_beside(self, names: Sequence[tuple[str, str]], position: str) -> None:
        wide = min(max(text_width(name, SMALL) for name, _ in names) + 20, (self.right - self.left) / 3)
        x = self.right - wide if position == "RIGHT" else self.left
        for number, (name, tint) in enumerate(names):
            at = self.top + 14 + 20 * number
            if at > self.bottom:
                break
            self._entry(x, at, shortened(name, SMALL, wide - 16), tint)
        if position == "RIGHT":
            self.right -= wide + 12
        else:
            self.left += wide + 12

    def _entry(self, x: float, y: float, words: str, tint: str) -> None:
        self.add("rect", x=x, y=y - 10, width=11, height=11, rx=2, fill=tint)
        self.text(x + 16, y, words, colour=INK)

    def svg(self) -> str:
        """The whole picture."""
        chart = self._chart
        names = ", ".join(filter(None, (one.name for one in chart.series)))
        label = escape(": ".join(filter(None, (chart.title, names))) or chart.kind, quote=True)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" width="{chart.width}" '
            f'height="{chart.height}" viewBox="0 0 {chart.width} {chart.height}">'
            f'<rect width="100%" height="100%" fill="{chart.background}" stroke="#dadce0"/>'
            f"{''.join(self._parts)}</svg>"
        )


def _attribute(value: float | str) -> str:
    return escape(value, quote=True) if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
