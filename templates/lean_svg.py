"""The same picture with a third of the nodes: what lets-plot writes for its own interactive viewer is left out.

Each node costs the PDF's renderer as much as a table cell. Nothing is rasterised and nothing seen is dropped: empty and
pointless groups go, style sheets become attributes, grid lines of one look become one path, numbers keep two decimals.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree import ElementTree as ET

DECIMALS: Final = 2  # of a unit that is a third of a millimetre on paper
_UNPARSED: Final = re.compile(r' xmlns="[^"]*"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]')
_RULE: Final = re.compile(r"\.([\w-]+)\s*\{([^}]*)\}")
_NUMBER: Final = re.compile(r"-?\d+\.\d+(?:[eE]-?\d+)?")
_TRANSLATE: Final = re.compile(r"^translate\((\S+) (\S+)\)$")
_POINTLESS: Final = frozenset(
    {"buffered-rendering", "clip-bounds-jfx", "pointer-events", "class", "style", "stroke-dashoffset"}
)
_FULL: Final = {"fill-opacity": "1", "stroke-opacity": "1", "font-weight": "normal", "font-style": "normal"}
_DEFAULTS: Final = {"x": "0", "y": "0", "fill": "#000000", "text-anchor": "start"}
_STROKE: Final = ("stroke", "stroke-width", "stroke-opacity")
_ENDS: Final = ("x1", "y1", "x2", "y2")


def lean(svg: str) -> str:
    """The drawing with fewer nodes and shorter numbers and no style sheet; who frames it names the font, once."""
    root = ET.fromstring(_UNPARSED.sub("", svg))  # noqa: S314 - lets-plot wrote it, and it has no document type
    looks: dict[str, dict[str, str]] = {}
    for sheet in root.iter("style"):
        for name, declarations in _RULE.findall(sheet.text or ""):
            looks.setdefault(name, _declared(declarations))
    used = set(re.findall(r"url\(#([^)]+)\)", svg))
    _simplify(root, looks, used)
    return ET.tostring(root, encoding="unicode")


def _declared(text: str) -> dict[str, str]:
    """CSS declarations as attributes."""
    pairs = (part.split(":", 1) for part in text.split(";") if ":" in part)
    return {name.strip(): value.strip().removesuffix("px") for name, value in pairs}


def _simplify(parent: ET.Element, looks: dict[str, dict[str, str]], used: set[str]) -> None:
    """Simplify what is below an element, from the leaves up."""
    kept: list[ET.Element] = []
    for child in parent:
        if child.tag == "style":
            continue
        if child.tag == "text":
            _set_look(child, looks)
        _shorten(child, used)
        if child.tag == "clipPath" and "id" not in child.attrib:  # nothing is cut by it
            continue
        if child.tag == "text":
            _place(child)
        _simplify(child, looks, used)
        kept += _without_group(child)
    parent[:] = _joined_lines(kept)
    if parent.tag not in {"text", "tspan"}:
        parent.text = None
    for child in kept:
        child.tail = None


def _set_look(text: ET.Element, looks: dict[str, dict[str, str]]) -> None:
    """Write the font and colour of a text on the text itself; one plain span becomes its content."""
    look = looks.get(text.get("class", ""), {}) | _declared(text.get("style", ""))
    for name, value in look.items():
        if name != "font-family":  # said once, on the drawing
            text.set(name, value)
    if len(text) == 1 and not text[0].attrib and not len(text[0]):
        text.text = text[0].text
        text.remove(text[0])
    else:
        text.text = None


def _place(text: ET.Element) -> None:
    """Say where a text stands by its x and y, where it is only shifted; what is so by default is not said."""
    shift = _TRANSLATE.match(text.get("transform", ""))
    if shift and text.get("x", "0") == text.get("y", "0") == "0":
        text.attrib |= {"x": shift[1], "y": shift[2]}
        del text.attrib["transform"]
    for name, default in _DEFAULTS.items():
        if text.get(name) == default:
            del text.attrib[name]


def _shorten(element: ET.Element, used: set[str]) -> None:
    for name, value in list(element.attrib.items()):
        short = _NUMBER.sub(_rounded, value).strip()
        if name in _POINTLESS or _FULL.get(name) == short or (name == "id" and value not in used):
            del element.attrib[name]
        elif name == "transform":
            _set_transform(element, short.replace(" )", ")"))
        else:
            element.set(name, short)
    if element.get("stroke-opacity") == "0" or element.get("stroke-width") == "0":
        for name in _STROKE:
            element.attrib.pop(name, None)


def _set_transform(element: ET.Element, transform: str) -> None:
    if re.match(r"^(rotate\(0( [^)]*)?\)|translate\(0 0\))$", transform):
        del element.attrib["transform"]
    else:
        element.set("transform", transform)


def _rounded(number: re.Match[str]) -> str:
    text = f"{float(number[0]):.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _without_group(element: ET.Element) -> list[ET.Element]:
    """An element; or, of a group that says nothing, what it holds: its shift goes to an only child."""
    if element.tag not in {"g", "defs"}:
        return [element]
    if not len(element):
        return []
    if not element.attrib and element.tag == "g":
        return list(element)
    if len(element) == 1 and set(element.attrib) == {"transform"}:
        (child,) = element
        shift, own = element.get("transform", ""), child.get("transform", "")
        if "clip-path" not in child.attrib:
            child.set("transform", _together(shift, own))
            return [child]
    return [element]


def _together(outer: str, inner: str) -> str:
    """Two transforms as one; two shifts add up."""
    first, second = _TRANSLATE.match(outer), _TRANSLATE.match(inner)
    if first and second:
        x, y = (_rounded_sum(first[i], second[i]) for i in (1, 2))
        return f"translate({x} {y})"
    return f"{outer} {inner}".strip()


def _rounded_sum(left: str, right: str) -> str:
    return f"{round(float(left) + float(right), DECIMALS):g}"


def _joined_lines(elements: list[ET.Element]) -> list[ET.Element]:
    """Neighbouring lines of one look as one path."""
    joined: list[ET.Element] = []
    for element in elements:
        if element.tag != "line":
            joined.append(element)
            continue
        ends = [element.attrib.pop(name, "0") for name in _ENDS]
        step = f"M{ends[0]} {ends[1]}L{ends[2]} {ends[3]}"
        element.attrib.pop("fill-opacity", None)
        look = element.attrib | {"fill": "none"}
        before = joined[-1] if joined else None
        if before is not None and before.tag == "path" and before.attrib == look | {"d": before.get("d", "")}:
            if step not in before.get("d", ""):  # a rule is drawn once for each row of the data
                before.set("d", before.get("d", "") + step)
        else:
            path = ET.Element("path", look | {"d": step})
            joined.append(path)
    return joined
