"""What webmon.js offers: the exported names, the public members of its classes, and the properties of its types, read from the JSDoc."""

import re

from conftest import PAGES

# The classes, and the types whose properties a page reads or writes.
CLASSES = {
    "client/server.js": ["Server"],
    "client/subscription.js": ["Subscription"],
    "client/frame.js": ["Frame"],
    "client/records.js": ["Records"],
    "client/clock.js": ["Clock"],
    "client/calls.js": ["CommandError"],
    "client/message.js": ["WireError"],
}
TYPES = {
    "client/server.js": ["Stream", "Served", "ServerInfo", "Events", "StatusMessage", "ConnectOptions"],
    "client/subscription.js": ["DataOptions", "Viewed"],
    "client/view.js": ["ViewPlace", "ViewLayout"],
    "client/records.js": ["Field", "Column"],
    "client/calls.js": ["CommandArgument", "Command", "CommandTarget", "CallOptions"],
}
# What only the library itself calls, on objects that pages are given.
INTERNAL = {
    "Subscription": {"attach", "detach", "hide", "turned", "subscribed", "waiting", "viewed", "gap", "failed", "received", "settleGaps", "carrier", "windows"},
    "Clock": {"reset", "add"},
}


def exported():
    text = (PAGES / "webmon.js").read_text()
    return [name for names in re.findall(r"^export \{ ([^}]+) \}", text, re.MULTILINE) for name in names.split(", ")]


def members(file, name):
    """Methods, accessors and fields of a class that are not `@private`."""
    text = (PAGES / file).read_text()
    body = re.search(rf"^export class {name}\b.*?^}}", text, re.MULTILINE | re.DOTALL)[0]
    comment = r"(?P<comment>/\*\*(?:(?!\*/)[\s\S])*\*/\s*)?"
    method = rf"{comment}^  (?:async |get |set )?(?P<name>\w+)\(.*\) {{$"
    field = rf"{comment}^    this\.(?P<name>\w+) = "
    found, private = set(), set()
    for pattern in (method, field):
        for match in re.finditer(pattern, body, re.MULTILINE):
            found.add(match["name"])
            if "@private" in (match["comment"] or ""):
                private.add(match["name"])
    return found - private - {"constructor"} - INTERNAL.get(name, set())


def properties(file, name):
    """Of a `@typedef`."""
    text = (PAGES / file).read_text()
    comment = re.search(rf"/\*\*(?:(?!\*/).)*?@typedef {{object}} {name}\n(?:(?!\*/).)*\*/", text, re.DOTALL)[0]
    return set(re.findall(r"@property \{.*?\} \[?(\w+)\]?", comment))


def everything():
    """Pairs of where it is and its name."""
    for name in exported():
        yield "webmon.js", name
    for kinds, names in ((members, CLASSES), (properties, TYPES)):
        for file, classes in names.items():
            for owner in classes:
                for name in sorted(kinds(file, owner)):
                    yield owner, name
