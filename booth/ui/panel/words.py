"""What stands on the panel, in one place; what is said of the booth's parts stands in ``booth.house.health``."""

from __future__ import annotations

import time

WINDOW = "Toonbooth – operator"
TABS = ("Health", "Today", "Sessions", "Settings")
ALL_WELL, STOPPED = "all well", "stopped"
PAUSE, RESUME, END_OF_DAY, LOCK = "Pause", "Go on", "End of day …", "Lock"
NEEDS, MORE = "Look at: {parts}", " and {count} more"
BLIND = "the panel cannot look at the booth; the log says why"
FAILED = "that went wrong; the log says why"
PICTURES, FACES = "pictures/s", "faces"
PAUSED = "paused: visitors read “back soon”"
NO_PAUSE = "without sessions there is nothing to pause; stop drawing instead"
START, STOP = "Start", "Stop"
RIG, RIG_TITLE = "Mend a rig …", "A drawing that talks"

END_TITLE = "End of day"
END_ASK = "Delete what expired, and write the day's summary?\n\nSessions that have not expired are kept; visitors can go on."
OPEN_PAGE, OPEN_FILM = "Open the summary", "Open the film"
FILM, FILMING = "Event film of today", "Film: {share} % – stop"
FILM_ABOUT = "a moment of each visit that is kept, cut out of the day's recording, with titles"
NO_FILM = "the day is not recorded; name a folder for recordings in the settings, and start the booth again"

CAMERA, NOW, CHARACTER, MIXED_WITH, EACH, REGION = "Camera", "Now", "Character", "Mixed with", "every visitor another", "Region"
ENGINE, QUALITY, HEALTH = "Engine", "Quality", "Health"
NOTHING, VIDEO_FILE, VIDEO_TITLE, DEMO, MISTAKE = "nothing", "Video file…", "A video file as camera", "Demo", "has a mistake"
CHOOSE_ONE, NOTHING_TO_CHOOSE = "Which one?", "there is nothing to choose from; plug one in and start the booth again"

TILES = (("fps", "pictures a second"), ("latency_ms", "ms late (95 %)"), ("faces", "drawn now"), ("visitors", "visitors"),
         ("sessions", "sessions"), ("strips", "strips"), ("prints", "prints"), ("clips", "talking clips"))
PLOTS = (("visitors", "Visitors, by ten minutes"), ("sessions", "Sessions, by ten minutes"), ("fps", "Pictures a second"),
         ("latency_ms", "Latency, ms"))
CARE = "Care: {level} · {engine}"

NO_SESSIONS = "No sessions yet."
OPEN, FOLDER, REPRINT, DELETE = "Open", "Open folder", "Print again", "Delete …"
COLUMNS = ("", "When", "Characters", "Layout", "Prints", "Deleted on")
DELETE_TITLE = "Delete this session?"
DELETE_ASK = ("The session of {when} is deleted with all its pictures, links, prints that wait, and event films that show it. This cannot be undone.")
BACK, ON = "◀", "▶"

SAVE, REVERT, EARLIER = "Save and use", "Back to what is in use", "Earlier settings …"
UNSAVED = "changed, not in use yet"
WHEN = {"live": "from the next picture on", "visit": "from the next visit on", "drawing": "drawing starts anew", "start": "after the next start"}
NOT_SET, BROWSE = "not set", "…"
LIST_HINT = "separated by commas"
EARLIER_IN_LIST, LATER_IN_LIST = "▲", "▼"
COLOUR_TITLE = "A colour"
GENERAL = "General"
MISTAKES, NOTHING_SAVED = "not saved: {count} to mend", "nothing was saved yet"

PIN_CHOOSE = "Choose a PIN for this panel: {least} to {most} digits"
PIN_AGAIN = "The same once more"
PIN_DIFFERENT = "That was not the same. Choose a PIN"
QUIT, TO_VISITORS = "Close the booth", "Back to the visitors"
PIN_UNLOCK = "The operator's PIN, please"
PIN_WRONG = "Not this one. Try again"
PIN_WAIT = "Too many tries. The next one is possible in {wait}"
PIN_DONE, PIN_ERASE, PIN_CANCEL = "OK", "⌫", "Cancel"


def when(at: float) -> str:
    """Seconds since 1970 as people here write them."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
