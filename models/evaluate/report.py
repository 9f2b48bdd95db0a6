"""The report as one self-contained HTML page: definitions, numbers, contact sheets."""

from __future__ import annotations

import base64
from html import escape
from typing import Any

STYLE = """body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{border-bottom:1px solid #ddd;padding:.2rem .7rem;text-align:left}
td.n{text-align:right;font-variant-numeric:tabular-nums}img{max-width:100%;display:block;margin:.3rem 0 1.5rem}h2{margin-top:2.2rem}"""
MEANING = {
    "skin": "ITA° and ΔE00 of median Lab over plain lit cheeks and forehead, the same pixels of photo and drawing; slope and offset of out on in "
            "without greyscale photos; bin_gap: worst less best Monk tone (by the photo's ITA°) with at least five people",
    "glasses, beard": "kept: clearly drawn among those who have them by the tags; invented: drawn, be it faintly, among those who have not; "
                      "stubble counts neither way",
    "eyes": "each eye by itself; closed: lids pulled shut in the photo until its face mesh says so; read again from the drawing by the mesh",
    "warp_ratio": "(E_out / G_out) / (E_in / G_in) over the whole picture, E the squared colour error after warping by the input's flow, "
                  "G the mean squared gradient; raw: E_out / E_in; face: in the face's box; live pipeline, first 15 pictures left out",
    "flicker_ratio": "drawing over input: mean over pixels of the deviation over time of L*, a still with webcam noise (sigma 4, JPEG 85)",
    "expression_r": "correlation over a video of the openness of eyes and mouth that a fresh face mesh finds in input and drawing",
    "shift_psnr_db": "the network's layers of a crop moved by 1 … 6 pixels against its moved layers",
    "teacher": "the teacher's layers (its rules alone) through the same painter with the same colours and ink, so lines of eyes, nose and mouth "
               "agree by construction; medians; sharpness: gradients on the teacher's lines, 1 is as sharp",
    "failure by family": "up to 24 people of those drawn as they are, in a square of 256 pixels around a face of about 98",
    "failure by character": "the same 24 people as each character; those that print in one ink or stand in another light (screen, grade) miss the "
                            "photo's skin on purpose",
    "face_ms": "network, paint, put_on for one face 256 pixels high on one core, median of 50; load_average tells what else ran"}
HEAD = ("machine", "engine", "date", "style", "characters", "parameters", "people", "drawn")
SINGLE = ("warp_ratio", "warp_ratio_raw", "warp_ratio_face", "warp_ratio_raw_face", "flicker_ratio", "sharpness_ratio", "face_ms")
NESTED = ("expression_r", "shift_psnr_db")


def page(numbers: dict[str, Any], pictures: dict[str, bytes]) -> str:
    """``numbers``: the report's dictionary · ``pictures``: JPEG by name."""
    parts = [f"<h1>How the drawings do</h1>{_table([(k, numbers.get(k)) for k in HEAD])}",
             "<h2>What counts as failed</h2>", _table(list(numbers["definitions"].items())),
             "<h2>What the numbers mean</h2>", _table(list(numbers["meaning"].items())),
             "<h2>Failures</h2>", _rates({"everybody": numbers["failure"]})]
    parts += [f"<h3>By {escape(kind)}</h3>{_rates(groups)}" for kind, groups in numbers["failure"]["by"].items()]
    parts += ["<h2>Skin</h2>", _table([(k, v) for k, v in numbers["skin"].items() if k != "bins"]),
              _table([(tone, f"{b['people']} people, ΔE00 {b['de00_median']:.2f}") for tone, b in numbers["skin"]["bins"].items()]),
              "<h3>By character</h3>", _table([(f"{name} {k}", v) for name, t in numbers["skin_by_character"].items() for k, v in t.items()]),
              "<h2>Glasses, beard, eyes</h2>", _kept(numbers),
              "<h2>Steadiness, expression, speed</h2>",
              _table([(k, numbers.get(k)) for k in SINGLE] + [(f"{k} {n}", v) for k in NESTED for n, v in numbers[k].items()]),
              "<h2>Against the teacher</h2>",
              _table([(f"IoU {k}", v) for k, v in numbers["teacher"]["iou"].items()]),
              _table([(k, v) for k, v in numbers["teacher"].items() if "iou" not in k])]
    parts += ["<h2>Pictures</h2>", *(_picture(name, data) for name, data in pictures.items())]
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>Drawings, measured</title><style>{STYLE}</style>"
    return f"{head}<body>{''.join(parts)}</body></html>"


def _shown(value: Any) -> str:
    if value is None:
        return "not measured"
    return f"{value:.3f}" if isinstance(value, float) else escape(str(value))


def _table(rows: list[tuple[str, Any]]) -> str:
    cell = lambda v: f'<td class="{"n" if isinstance(v, int | float) else ""}">{_shown(v)}</td>'
    return "<table>" + "".join(f"<tr><th>{escape(k.replace('_', ' '))}</th>{cell(v)}</tr>" for k, v in rows) + "</table>"


def _interval(rate: dict[str, Any]) -> str:
    return f"{rate['k']} of {rate['n']}" + ("" if rate["rate"] is None else f" = {rate['rate']:.1%} ({rate['low']:.1%} … {rate['high']:.1%})")


def _rates(groups: dict[str, dict]) -> str:
    """Failed k of n with its Wilson 95 % interval, and why, one row a group."""
    why = lambda g: ", ".join(f"{escape(r)} {k}" for r, k in g["reasons"].items())
    return "<table>" + "".join(f"<tr><th>{escape(n)}</th><td>{_interval(g)}</td><td>{why(g)}</td></tr>" for n, g in groups.items()) + "</table>"


def _kept(numbers: dict[str, Any]) -> str:
    rows = [(f"{thing} {what}", _interval(numbers[thing][f"{what}_counts"])) for thing in ("glasses", "beard") for what in ("kept", "invented")]
    rows += [(f"eyes drawn {name}", _interval(numbers["eyes"][f"{name}_counts"])) for name in ("closed", "open")]
    return _table(rows)


def _picture(name: str, data: bytes) -> str:
    return f'<h3>{escape(name)}</h3><img alt="{escape(name)}" src="data:image/jpeg;base64,{base64.b64encode(data).decode()}">'
