"""The page of all nights as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from templates.environment import content_policy, environment, index_style_sheet, sort_script

if TYPE_CHECKING:
    from transforms.report.night_index import NightIndex


def render_index(index: NightIndex) -> str:
    """The calendar and the table of all nights, one self-contained page whose links are relative."""
    template = environment().get_template("layout/index.html.j2")
    return template.render(
        index=index, style_sheet=index_style_sheet(), sort_script=sort_script(), content_policy=content_policy()
    )
