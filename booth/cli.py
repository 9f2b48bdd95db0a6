"""The command line: one function per command, each thin."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from booth.errors import UsageError

if TYPE_CHECKING:
    from booth.settings import Settings


def parser() -> argparse.ArgumentParser:
    """All commands. Every sub-parser sets ``command``: a function from parsed arguments to an exit code."""
    top = argparse.ArgumentParser(prog="booth", description="Toonbooth: visitors before a screen become webtoon characters, live.",
                                  epilog="'booth COMMAND -h' explains a command.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("-v", "--verbose", action="store_true", help="more words, and the trace of an error")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    p = commands.add_parser("run", parents=[common], help="start the booth",
                            description="Start the booth: the signage fills the screen, the operator window opens beside it.")
    _run_arguments(p)
    p.set_defaults(command=_run)

    p = commands.add_parser("keep", parents=[common], help="start the booth and keep it alive",
                            description="Takes what 'booth run' takes. A booth that crashes or hangs is started again within seconds, after three "
                                        "quick crashes with the processor only and default settings.")
    _run_arguments(p)
    p.set_defaults(command=_keep)

    p = commands.add_parser("image", parents=[common], help="draw one photo",
                            description="Draw every face of a photo, and the rest, at full resolution. OUT ends in .png, .jpg or .webp.")
    p.add_argument("input", type=Path, metavar="IN")
    p.add_argument("output", type=Path, metavar="OUT")
    p.add_argument("--style", default="romance", help="the character ('booth styles' lists them)")
    _styles_folder(p)
    p.set_defaults(command=_image)

    p = commands.add_parser("video", parents=[common], help="draw an event video",
                            description="Draw every picture of a video; its sound is kept. OUT ends in .mp4, .mov or .mkv and must not exist. "
                                        "An interrupted run goes on with --resume.")
    p.add_argument("input", type=Path, metavar="IN")
    p.add_argument("output", type=Path, metavar="OUT")
    p.add_argument("--style", default="romance", help="the character ('booth styles' lists them)")
    p.add_argument("--per-person", action="store_true", help="every person another character")
    p.add_argument("--resume", action="store_true", help="go on with what an interrupted run has left")
    p.add_argument("--engine", choices=("auto", "cuda", "cpu"), default="auto")
    _styles_folder(p)
    p.set_defaults(command=_video)

    p = commands.add_parser("reel", parents=[common], help="an event film of a day's visits",
                            description="Join a moment of each visit of a day, cut out of what 'booth run --record FOLDER' recorded, into OUT.mp4, "
                                        "with titles. Deleted visits are not in it, and voices only where their owners agreed to keep them.")
    p.add_argument("recordings", type=Path, metavar="FOLDER", help="where the day was recorded")
    p.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.mp4")
    p.add_argument("--sessions", type=Path, metavar="FOLDER", help="where its visitors' pictures are kept (default: as for 'booth run')")
    p.add_argument("--event", metavar="NAME", help="the event's name, written in front (default: as the operator set it)")
    p.add_argument("--day", metavar="YYYY-MM-DD", help="default: today")
    p.add_argument("--language", choices=("ko", "en", "ja"), help="of the words in it")
    _styles_folder(p)
    p.set_defaults(command=_reel)

    p = commands.add_parser("strip", parents=[common], help="draw a four-cut from photos",
                            description="Draw photos and lay them into a four-cut. OUT ends in .png, .jpg or .webp.")
    p.add_argument("inputs", type=Path, nargs="+", metavar="IN")
    p.add_argument("-o", "--output", type=Path, required=True, metavar="OUT")
    p.add_argument("--layout", default="strip", help="'booth layouts' lists them")
    _layouts_folder(p)
    p.add_argument("--style", default="romance", help="the character ('booth styles' lists them)")
    p.add_argument("--event", default="", metavar="NAME", help="the event's name, written on the strip")
    _brand_arguments(p)
    p.add_argument("--language", choices=("ko", "en", "ja"), default="ko", help="of the words on it")
    _styles_folder(p)
    p.set_defaults(command=_strip)

    p = commands.add_parser("talk", parents=[common], help="make a portrait talk",
                            description="A portrait says what is in a sound file, or copies the face in a video. Photos are drawn first; drawings "
                                        "stay as they are unless --style is given. OUT ends in .mp4, .webp or .gif, or in .zip: stickers.")
    p.add_argument("portraits", type=Path, nargs="+", metavar="PORTRAIT", help="one to sixteen stills of one character")
    by = p.add_mutually_exclusive_group(required=True)
    by.add_argument("--audio", type=Path, metavar="SOUND", help="what is said: any file with sound in it")
    by.add_argument("--drive", type=Path, metavar="VIDEO", help="the face in it is copied, its sound kept")
    p.add_argument("-o", "--output", type=Path, required=True, metavar="OUT")
    p.add_argument("--style", help="draw as this character first ('booth styles' lists them)")
    _styles_folder(p)
    p.add_argument("--mood", default="calm", help="calm, lively, shy or angry")
    p.add_argument("--seed", type=int, default=1, metavar="N", help="another number, other blinks and nods")
    p.add_argument("--size", type=int, default=512, metavar="PIXELS", help="side of the picture, 128 … 2048")
    p.add_argument("--rig", type=Path, metavar="FILE.json", help="use this rig; it is written when it is not there, so that it can be mended")
    p.set_defaults(command=_talk)

    p = commands.add_parser("layouts", parents=[common], help="list the layouts", description="List the four-cuts that visitors can make.")
    _layouts_folder(p)
    p.set_defaults(command=_layouts)

    p = commands.add_parser("bench", parents=[common], help="how fast this machine is",
                            description="Measure every stage and the whole on this machine, without a window. Takes about two minutes.")
    p.add_argument("--json", type=Path, metavar="FILE", help="write the numbers as JSON too")
    p.add_argument("--quick", action="store_true", help="half a minute, less certain")
    p.add_argument("--engine", choices=("auto", "cuda", "cpu"), default="auto")
    p.set_defaults(command=_bench)

    p = commands.add_parser("doctor", parents=[common], help="is everything ready?",
                            description="Check camera, screen, GPU, microphone, disk and networks; say what to do about each fault.")
    p.add_argument("--json", action="store_true", help="print JSON instead of a table")
    p.set_defaults(command=_doctor)

    p = commands.add_parser("support", parents=[common], help="a file for who helps",
                            description="Write logs, versions, the doctor's findings and settings without names into OUT.zip. No pictures.")
    p.add_argument("output", type=Path, metavar="OUT.zip")
    p.set_defaults(command=_support)

    p = commands.add_parser("styles", parents=[common], help="list the characters", description="List the characters that visitors can become.")
    _styles_folder(p)
    p.set_defaults(command=_styles)
    return top


def _run_arguments(p: argparse.ArgumentParser) -> None:
    """What is not given here is as the operator saved it, or as it is by default."""
    p.add_argument("--camera", metavar="demo|FILE|FOLDER|URL|DEVICE",
                   help="where pictures come from; without it the first webcam, or the demo camera when there is none")
    p.add_argument("--style", help="the character ('booth styles' lists them)")
    p.add_argument("--mix", metavar="NAME,SHARE", help="everybody is SHARE (0 … 1) of the way to a second character")
    p.add_argument("--each", action="store_true", help="visitors take turns in all characters")
    _styles_folder(p)
    p.add_argument("--engine", choices=("auto", "cuda", "cpu"), help="what draws: a GPU or the processor")
    p.add_argument("--kiosk", action="store_true", help="signage only, without the operator window; Escape does not close it")
    p.add_argument("--screen", type=int, metavar="N", help="display that the signage fills, counted from 0")
    p.add_argument("--no-mirror", action="store_true", help="show the picture as the camera sees it")
    p.add_argument("--region", metavar="LEFT,TOP,RIGHT,BOTTOM", help="faces outside this part of the picture take no part; fractions, as 0,0.1,1,0.9")
    p.add_argument("--sessions", type=Path, metavar="FOLDER", help="where visitors' pictures are kept (default: the user's data folder)")
    p.add_argument("--no-sessions", action="store_true", help="take no pictures: visitors only play live")
    p.add_argument("--rotate", type=int, choices=(0, 90, 180, 270), help="degrees clockwise that the camera's pictures are turned by")
    p.add_argument("--event", metavar="NAME", help="the event's name, written on strips")
    _brand_arguments(p)
    p.add_argument("--printer", metavar="QUEUE|FOLDER/", help="a CUPS queue, or a folder that prints go into")
    p.add_argument("--port", type=int, metavar="N", help="port of the page for phones")
    p.add_argument("--language", choices=("ko", "en", "ja"), help="what the screens speak until a visitor chooses")
    _layouts_folder(p)
    p.add_argument("--record", type=Path, metavar="FOLDER", help="record the day there, drawn, with the microphone's sound")
    p.add_argument("--live", metavar="URL", help="send the picture to an rtmp:// or srt:// address, with the stream's key")
    p.add_argument("--virtual", metavar="DEVICE", help="be a webcam for other programs: /dev/videoN of v4l2loopback, its label, or auto (Linux)")
    p.add_argument("--puppet", type=Path, metavar="STILL", help="visitors move this drawing of a character instead of becoming one; no sessions")
    p.add_argument("--seconds", type=float, metavar="N", help="stop by itself after N seconds")
    p.add_argument("--report", type=Path, metavar="FILE.json", help="write what was measured")
    p.add_argument("--fault", action="append", default=[], metavar="PART=KIND@AT+FOR",
                   help="break something on purpose, to see what the booth does: camera=unplug@20+5; may be given again")
    p.add_argument("--safe", action="store_true", help="processor only and default settings, for when the booth does not start otherwise")


def _brand_arguments(p: argparse.ArgumentParser) -> None:
    p.add_argument("--logo", type=Path, metavar="FILE", help="the event's logo: PNG, WebP or JPEG")
    p.add_argument("--accent", metavar="#RRGGBB", help="the event's colour, for frames and buttons")


def _styles_folder(p: argparse.ArgumentParser) -> None:
    p.add_argument("--styles", type=Path, metavar="FOLDER", help="a folder of your own characters, each FOLDER/NAME/style.toml")


def _layouts_folder(p: argparse.ArgumentParser) -> None:
    p.add_argument("--layouts", type=Path, metavar="FOLDER", help="a folder of your own layouts, each FOLDER/NAME/layout.toml")


def _checked_folder(folder: Path | None) -> Path | None:
    if folder is not None and not folder.is_dir():
        raise UsageError(f"there is no folder {folder}")
    return folder


def _mix(text: str | None) -> tuple[str | None, float]:
    if text is None:
        return None, 0.0
    name, _, share = text.partition(",")
    try:
        part = float(share)
    except ValueError:
        part = -1.0
    if not 0 <= part <= 1:
        raise UsageError(f"--mix {text}: a character and a share 0 … 1 are needed, as chibi,0.5")
    return name, part


def _run(args: argparse.Namespace) -> int:
    from booth.app import run
    from booth.faults import parse_faults
    from booth.house.kept import SettingsFile
    from booth.house.logs import keep_log

    if args.seconds is not None and args.seconds <= 0:
        raise UsageError("--seconds must be more than 0")
    keep_log("booth")
    settings, note = _settings(args)
    return run(settings, args.seconds, args.report, None if args.safe else SettingsFile(), note, parse_faults(args.fault))


def _settings(args: argparse.Namespace) -> tuple[Settings, str | None]:
    """As saved by the operator, with what the command line says instead; and what the operator should know of them."""
    from booth.brand import load_logo
    from booth.cameras import parse_camera
    from booth.cameras.device import devices
    from booth.files import data_folder
    from booth.house.form import with_values
    from booth.house.kept import SettingsFile
    from booth.settings import DemoCamera, DeviceCamera, Settings

    if args.port is not None and not 0 <= args.port <= 65535:
        raise UsageError("--port must be 0 … 65535")
    if args.event is not None and len(args.event) > 80:
        raise UsageError("--event: 80 letters at most")
    if args.screen is not None and not 0 <= args.screen <= 15:
        raise UsageError("--screen must be 0 … 15")
    base, note = (Settings(), "safe mode: processor only, default settings") if args.safe else SettingsFile().load()
    if note is not None:
        print(f"booth: {note}", file=sys.stderr)
    mix_with, share = _mix(args.mix)
    given = {
        "style": args.style, "mix_with": mix_with, "mix": share if mix_with else None, "each": args.each or None,
        "styles": _checked_folder(args.styles), "engine": "cpu" if args.safe else args.engine, "kiosk": args.kiosk or None, "screen": args.screen,
        "mirror": False if args.no_mirror else None, "puppet": args.puppet, "rotation": args.rotate, "event.name": args.event,
        "event.logo": args.logo and args.logo.absolute(), "event.accent": args.accent, "event.layouts": _checked_folder(args.layouts),
        "event.port": args.port, "event.printer": args.printer, "event.language": args.language}
    if args.record is not None:
        given["record"] = (base.record.model_dump() if base.record else {}) | {"folder": args.record}
    if args.live is not None:
        given["live"] = (base.live.model_dump() if base.live else {}) | {"url": args.live}
    if args.virtual is not None:
        given["virtual"] = (base.virtual.model_dump() if base.virtual else {}) | {"device": args.virtual}
    settings = with_values(base, {path: value for path, value in given.items() if value is not None})
    if args.logo is not None:
        load_logo(args.logo)
    folder = None if args.no_sessions or args.puppet is not None else args.sessions or settings.event.folder or data_folder()
    changes: dict[str, object] = {"event": settings.event.model_copy(update={"folder": folder})}
    if args.camera is not None:
        changes["camera"] = parse_camera(args.camera)
    elif settings.camera == DemoCamera() and (found := devices()):
        changes["camera"] = DeviceCamera(device=found[0])
    if args.region:
        changes["vision"] = settings.vision.model_copy(update={"region": _region(args.region)})
    return settings.model_copy(update=changes), note


def _keep(args: argparse.Namespace) -> int:
    from booth.house.logs import keep_log
    from booth.house.supervise import booth_command, supervise

    _settings(args)                                                  # what is wrong is said now
    keep_log("keeper")
    at = args.given.index("keep")
    return supervise(booth_command([*args.given[:at], "run", *args.given[at + 1:]]))


def _support(args: argparse.Namespace) -> int:
    from booth.doctor import examine, table
    from booth.house.bundle import support_bundle
    from booth.house.kept import SettingsFile

    print(support_bundle(args.output, SettingsFile().load()[0], table(examine())))
    return 0


def _region(text: str):
    from pydantic import ValidationError

    from booth.settings import Region

    try:
        left, top, right, bottom = (float(part) for part in text.split(","))
        return Region(left=left, top=top, right=right, bottom=bottom)
    except (ValueError, ValidationError) as error:
        raise UsageError(f"--region {text}: four fractions 0 … 1 are needed, left,top,right,bottom, as 0,0.1,1,0.9") from error


def _image(args: argparse.Namespace) -> int:
    from booth.products.still import draw_file

    faces = draw_file(args.input, args.output, args.style, _checked_folder(args.styles))
    print(f"{args.output}: {faces} face{'s' * (faces != 1)} drawn")
    return 0


def _strip(args: argparse.Namespace) -> int:
    from datetime import date

    from booth.brand import load_brand
    from booth.house.form import with_values
    from booth.products.lettering import date_words
    from booth.products.strip import Words, strip_files
    from booth.settings import Settings

    brand = load_brand(with_values(Settings(), {"event.name": args.event, "event.logo": args.logo, "event.accent": args.accent}).event)
    words = Words(brand.name, date_words(date.today(), args.language), args.language, logo=brand.logo, accent=brand.accent)
    faces = strip_files(args.inputs, args.output, args.layout, args.style, _checked_folder(args.layouts), _checked_folder(args.styles), words)
    print(f"{args.output}: {faces} face{'s' * (faces != 1)} drawn")
    return 0


def _video(args: argparse.Namespace) -> int:
    from booth.film import draw_film
    from booth.settings import Settings

    settings = Settings(style=args.style, each=args.per_person, styles=_checked_folder(args.styles), engine=args.engine)
    pictures = draw_film(args.input, args.output, settings, args.resume)
    print(f"{args.output}: {pictures} pictures drawn")
    return 0


def _reel(args: argparse.Namespace) -> int:
    from datetime import date

    from tqdm import tqdm

    from booth.files import data_folder
    from booth.host.films import Words, event_film, told
    from booth.house.kept import SettingsFile

    settings = SettingsFile().load()[0]
    try:
        day = date.today() if args.day is None else date.fromisoformat(args.day)
    except ValueError as error:
        raise UsageError(f"--day {args.day}: a day is needed, as 2026-11-21") from error
    event = settings.event
    words = Words(event.name if args.event is None else args.event, args.language or event.language, _checked_folder(args.styles) or settings.styles)
    sessions = (_checked_folder(args.sessions) or event.folder or data_folder()) / "sessions"
    with tqdm(total=100, unit="%", mininterval=0.5, bar_format="{percentage:3.0f}%|{bar}| [{elapsed} < {remaining}]") as bar:
        reel = event_film(args.recordings, sessions, args.output, day, words, lambda share: bar.update(round(100 * share) - bar.n))
    print(told(reel))
    return 0


def _talk(args: argparse.Namespace) -> int:
    from booth.products.talking import talk_files

    notes = talk_files(args.portraits, args.audio, args.drive, args.output, args.style, _checked_folder(args.styles), args.mood, args.seed,
                       args.size, args.rig)
    for note in notes:
        print(f"booth: {note}", file=sys.stderr)
    print(f"{args.output}: done")
    return 0


def _bench(args: argparse.Namespace) -> int:
    from booth.bench import bench, table

    numbers = bench(args.engine, lambda what: print(f"booth: {what} …", file=sys.stderr), args.quick)
    print(table(numbers))
    if args.json is not None:
        from booth.files import write_atomic
        write_atomic(args.json, json.dumps(numbers, indent=1).encode())
    return 0


def _doctor(args: argparse.Namespace) -> int:
    from booth.doctor import examine, table

    checks = examine()
    print(json.dumps([c.as_dict() for c in checks], indent=1) if args.json else table(checks))
    return 1 if any(c.state == "fault" for c in checks) else 0


def _styles(args: argparse.Namespace) -> int:
    from booth.render.style import load_style, style_files

    extra = _checked_folder(args.styles)
    return _list(style_files(extra), lambda name: dict(load_style(name, extra).title))


def _layouts(args: argparse.Namespace) -> int:
    from booth.products.layout import layout_files, load_layout

    extra = _checked_folder(args.layouts)
    return _list(layout_files(extra), lambda name: load_layout(name, extra).title.model_dump())


def _list(names: Iterable[str], title: Callable[[str], dict]) -> int:
    """A line for each name with its titles; one with a mistake is named on stderr."""
    from booth.errors import BoothError

    failed = False
    for name in names:
        try:
            words = title(name)
            print(f"{name:12} {words.get('ko', ''):10} {words.get('en', ''):14} {words.get('ja', '')}")
        except BoothError as error:
            failed = True
            print(f"booth: {error}", file=sys.stderr)
    return 1 if failed else 0
