"""The words of the screens of the field app; app_texts puts them into the shell's dictionary.

``%(name)s`` stands for a value that the phone fills in; "key.one" and "key.other" are singular and plural,
chosen on the phone by the number in ``%(n)s``.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amiral.rooms.field.models import OUTCOME_LABELS

FRAME: dict[str, Promise] = {
    "app.title": pgettext_lazy("the app", "Field"),
    "tabs.label": _("Screens"),
    "tabs.liste": pgettext_lazy("screen of the app", "Doors"),
    "tabs.carte": pgettext_lazy("screen of the app", "Map"),
    "tabs.arguments": pgettext_lazy("screen of the app", "To say"),
    "tabs.securite": pgettext_lazy("screen of the app", "Safety"),
    "tabs.etat": pgettext_lazy("screen of the app", "More"),
    "bar.turf": _("Turf %(n)s"),
    "bar.round": _("Round %(n)s"),
    "bar.done": _("%(n)s of %(of)s"),
    "bar.progress": _("Doors done"),
    "bar.all-sent": _("Everything is sent"),
    "bar.sent-at": _("sent at %(time)s"),
    "bar.not-guaranteed": pgettext_lazy("by this browser", "not guaranteed"),
    "bar.troubles.one": _("%(n)s visit needs you"),
    "bar.troubles.other": _("%(n)s visits need you"),
    "closed.revoked": _("This phone was withdrawn"),
    "closed.no-pack": _("No tour on this phone"),
    "closed.no-pack-what": _(
        "The tour is fetched as soon as there is a network. If it does not come, your team no longer has this"
        " turf: open the app again from its walk list."
    ),
    "closed.still-sending": _(
        "They are sent as soon as there is a network; then everything is wiped from this phone."
    ),
    "closed.wiped": _("Everything was sent, and this phone holds nothing any more. Thank you!"),
    "kept.said": _("Kept: %(what)s"),
    "kept.visit": _("%(outcome)s, %(what)s"),
    "kept.undo": _("Undo"),
    "kept.undone": _("taken back: %(what)s"),
    "kept.objection": _("one objection more, without a name"),
    "kept.not": _(
        "NOT kept: this phone has no room, or the browser forbids it. Note it on paper, make room, and try"
        " again."
    ),
}
"""Around every screen."""

ENROLMENT: dict[str, Promise] = {
    "enrol.title": _("Open your walk list"),
    "enrol.what": _("Type in the list number. After that the app works without network."),
    "enrol.number": _("List number"),
    "enrol.number-help": _(
        "Eight digits, and the four letters behind them if they are asked for: on the printed list, or from"
        " the leader of your team."
    ),
    "enrol.open": _("Open the list"),
    "enrol.asking": _("One moment: your list is being fetched…"),
    "enrol.account": _("I have an account: my actions and their lists"),
    "enrol.digits": _(
        "A list number has eight digits, for instance 1234 5678, and four letters behind them."
    ),
    "enrol.offline": _("No network: the first time, the list must be fetched where there is one."),
    "enrol.sign-in": _("Sign in first, or type in the list number."),
    "enrol.no-list": _("No list for you here: check the number, or ask the leader of your team."),
    "enrol.busy": _("Too many tries: wait a few minutes, then try again."),
    "enrol.malformed": _("This was not understood: check the number and try again."),
    "enrol.server": _("The server did not answer as expected: try again in a minute."),
}
"""Before the first tour."""

DOORS: dict[str, Promise] = {
    "list.title": _("Doors"),
    "list.next": _("Next door"),
    "list.next-side": _("Next side"),
    "list.all-done": _("All doors of this turf are done. Thank you!"),
    "list.all-done-round": _("All sides of this round are done. Thank you!"),
    "list.only-left": _("Only what is left"),
    "list.no-street": _("Without a street name"),
    "status.todo": pgettext_lazy("a door", "to do"),
    "status.begun": pgettext_lazy("dwellings of a building", "%(done)s of %(of)s"),
    "status.wish": _("do not ring"),
    "status.given": _("for the others"),
    "team.others.one": _("Your team-mates: %(n)s visit."),
    "team.others.other": _("Your team-mates: %(n)s visits."),
    "team.last": _("The last one: %(door)s, %(outcome)s, %(time)s."),
    "team.both": _("Visits from this phone: %(own)s. From the others of the team: %(others)s."),
    "fact.dwellings.one": _("%(n)s dwelling"),
    "fact.dwellings.other": _("%(n)s dwellings"),
    "fact.dwellings-unknown": _("dwellings not known"),
    "fact.floors.one": _("%(n)s floor"),
    "fact.floors.other": _("%(n)s floors"),
    "fact.lift": _("lift"),
    "fact.no-lift": _("no lift"),
    "fact.boxes.one": _("%(n)s letter box"),
    "fact.boxes.other": _("%(n)s letter boxes"),
    "hand.left": _("on your left"),
    "hand.right": _("on your right"),
    "way.traffic": _("mind the traffic"),
    "caution.title": _("Take care here"),
    "caution.short": _("take care"),
    "caution.dog": _("A dog."),
    "caution.aggression": _("Somebody was threatened here. Not alone, and not after dark."),
    "caution.building": _("The building is dangerous: stairs, railing, wiring."),
    "caution.access": _("Getting in or out is difficult: gate, lock, narrow way."),
    "caution.light": _("No light: take a lamp."),
    "caution.traffic": _("Dangerous traffic."),
    "caution.other": _("Something to mind: ask the leader of the action."),
    "door.wish": _("Do not ring here: the residents asked not to be visited."),
    "door.given": _("In your half nobody goes here: this door is for the others."),
    "door.last": _("Last visit: %(outcome)s, %(day)s."),
    "door.next": _("Skip, to %(door)s"),
    "door.list": _("Back to the list"),
    "door.unknown": _("An address of another turf"),
    "timer.label": _("Time here"),
    "timer.restart": _("Start again"),
    "timer.restarted": _("The time starts again."),
    "outcomes.title": _("What happened?"),
    "outcomes.for": pgettext_lazy("above the answers", "%(what)s:"),
    "entries.title": _("Recorded here"),
    "entries.own": _("from this phone"),
    "entries.partner": _("from your team"),
    "entries.correct": _("Correct"),
    "entries.undo": _("Take back"),
    "entries.units.one": _("%(n)s dwelling"),
    "entries.units.other": _("%(n)s dwellings"),
    "correct.title": _("Tap what it really was."),
    "correct.what": _("Instead of “%(what)s”:"),
    "correct.cancel": _("Leave it as it is"),
    "floor.ground": _("ground floor"),
    "floor.ground-short": pgettext_lazy("ground floor, in three letters at most", "G"),
    "floor.n": _("floor %(n)s"),
    "unit.name": _("%(floor)s, dwelling %(n)s"),
    "unit.open": _("nothing recorded"),
    "matrix.title": _("Floors and dwellings"),
    "matrix.caption": _("A row for each floor, from the top down; a button for each dwelling"),
    "matrix.whole": _("The whole building"),
    "matrix.nobody": _("Nobody"),
    "matrix.nobody-on.one": _("Nobody on this floor: %(floor)s, %(n)s dwelling"),
    "matrix.nobody-on.other": _("Nobody on this floor: %(floor)s, %(n)s dwellings"),
    "layout.open": _("It is a building with several dwellings"),
    "layout.title": _("The building is different"),
    "layout.top": _("Highest floor"),
    "layout.per": _("Dwellings on each floor"),
    "layout.ground": _("There are dwellings on the ground floor"),
    "layout.keep": _("Draw it like this"),
    "layout.kept": _("The building is drawn anew."),
}
"""The list and the page of a door."""

MAP: dict[str, Promise] = {
    "map.title": _("Map"),
    "map.label": _(
        "Map of the turf. Arrow keys move it, + and − change its size, 0 shows the whole turf, Enter opens"
        " the next door. The list holds the same doors."
    ),
    "map.larger": _("Larger"),
    "map.smaller": _("Smaller"),
    "map.whole": _("The whole turf"),
    "map.locate": _("Where am I?"),
    "map.locating": _("Looking for your position…"),
    "map.located": _("Your position, to about %(metres)s m. It stays on this phone."),
    "map.no-position": _(
        "This phone does not tell its position: allow it in the settings, or go by the street names."
    ),
    "legend.next": _("next door"),
    "legend.todo": pgettext_lazy("doors on the map", "to do"),
    "legend.begun": pgettext_lazy("doors on the map", "begun"),
    "legend.done": pgettext_lazy("doors on the map", "done"),
    "legend.wish": _("do not ring"),
    "order.title": _("Change the order"),
    "order.left.one": _("%(n)s door is left."),
    "order.left.other": _("%(n)s doors are left."),
    "order.from-here": _("Begin where I am"),
    "order.shorter": _("Look for a shorter way"),
    "order.half": _("Half of us leave"),
    "order.planned": _("Back to the planned order"),
    "order.private": _("It is calculated on this phone. Your position is sent nowhere and is not kept."),
    "order.proposal.one": _("Then you have %(n)s door"),
    "order.proposal.other": _("Then you have %(n)s doors"),
    "order.saved": _("About %(metres)s m less to walk than in the order you have."),
    "order.same": _("The order you have is as short."),
    "order.first": _("First: %(doors)s"),
    "order.given.one": _("%(n)s door to give back"),
    "order.given.other": _("%(n)s doors to give back"),
    "order.given-what": _("Tell your leader; nothing is lost. What you record there all the same counts."),
    "order.keep": _("Take this order"),
    "order.kept": _("This is your order now."),
    "order.planned-again": _("The planned order is back."),
}
"""The map and the order of the doors."""

POINTS: dict[str, Promise] = {
    "points.title": _("Talking points"),
    "points.search": _("Search in all texts"),
    "points.found.one": _("%(n)s talking point"),
    "points.found.other": _("%(n)s talking points"),
    "points.none": _("This action takes no talking points along."),
    "points.none-found": _("Nothing found: try another word, or its beginning."),
    "points.sources": _("Sources:"),
    "points.objection": _("People objected to this"),
    "points.objections.one": _("%(n)s objection in this turf"),
    "points.objections.other": _("%(n)s objections in this turf"),
    "legal.title": _("What to say about data at the door"),
    "legal.link": _("Legal notice and personal data"),
}
"""What to say."""

STATE: dict[str, Promise] = {
    "state.title": _("This phone"),
    "state.install": _("Install on this phone"),
    "state.phone": _("Phone %(n)s of the team"),
    "state.more": _("Other screens"),
    "state.unsent.one": _("%(n)s visit still on this phone"),
    "state.unsent.other": _("%(n)s visits still on this phone"),
    "state.sent-at": _("Last sent: %(when)s"),
    "state.never-sent": _("Nothing was sent from this phone yet."),
    "state.send": _("Send now"),
    "state.not-guaranteed": _("Not guaranteed by this browser."),
    "state.not-guaranteed-what": _(
        "It may throw away what you recorded when the phone runs out of room: put the app on the home screen,"
        " and send whenever there is a network."
    ),
    "state.sun": _("Black on white, for the sun"),
    "state.plain": _("Plain walk list (needs a network)"),
    "problem.offline": _("No network just now: everything stays here, and is sent by itself later."),
    "problem.busy": _("The server has much to do: it is tried again by itself."),
    "problem.server": _("The server did not answer as expected: it is tried again by itself."),
    "problem.unknown": _(
        "The server no longer knows this phone. What you recorded stays here: exchange it with a team-mate’s"
        " phone, who carries it to the server, or open the app again from the walk list."
    ),
    "problem.malformed": _("The server did not understand this phone: open the app again with a network."),
    "problem.too-large": _("The server found the batch too large: tell the leader of your team."),
    "trouble.title.one": _("%(n)s visit that the server did not take"),
    "trouble.title.other": _("%(n)s visits that the server did not take"),
    "trouble.same-id": _(
        "Another visit has the same number. Both are kept, and a coordinator compares them; if this one is"
        " right, record it again."
    ),
    "trouble.malformed": _("It arrived damaged. Record it again if it is right."),
    "trouble.seal": _("Its seal is not that of the phone that wrote it. If it is yours, record it again."),
    "trouble.no-device": _(
        "The phone that wrote it is not known to the server. If you were there, record it again."
    ),
    "trouble.other": _("The server would not take it. Record it again if it is right."),
    "trouble.kind.void": _("taken back"),
    "trouble.kind.objection": _("objection"),
    "trouble.again": _("Record it again"),
    "trouble.settle": _("Leave it; do not show it any more"),
    "aside.title.one": _("%(n)s visit was put aside by the server."),
    "aside.title.other": _("%(n)s visits were put aside by the server."),
    "aside.what": _("They arrived and are not lost: a coordinator decides whether they count."),
    "turf.title": _("Turf %(n)s"),
    "turf.until": _("Yours until %(when)s"),
    "turf.other": _("Go to turf %(n)s"),
    "safety.title": _("Safety"),
    "safety.missing": _("This screen could not be opened. In danger call 112 or 17."),
}
"""What is on this phone."""

EXCHANGE: dict[str, Promise] = {
    "exchange.title": _("Exchange without network"),
    "exchange.what": _(
        "Two phones show each other what they recorded. Afterwards both know all of it, and whichever finds a"
        " network first sends it."
    ),
    "exchange.too-old": _("This phone is too old for codes: exchange by file or text."),
    "exchange.show": _("Show mine"),
    "exchange.read": _("Read theirs"),
    "exchange.text": _("By file or text"),
    "exchange.showing.one": _("%(n)s event is shown"),
    "exchange.showing.other": _("%(n)s events are shown"),
    "exchange.code": _("QR code with a part of what this phone recorded"),
    "exchange.frame": _("Code %(n)s of %(of)s"),
    "exchange.hold": _(
        "Full brightness; hold still, a hand’s breadth away, until the other phone says that it has all."
    ),
    "exchange.only-unsent.one": _("Show only the %(n)s that is not sent yet"),
    "exchange.only-unsent.other": _("Show only the %(n)s that are not sent yet"),
    "exchange.all": _("Show everything"),
    "exchange.reading": _("Reading"),
    "exchange.camera": _("Picture of the camera"),
    "exchange.aim": _("Aim at the codes on the other phone. Their order does not matter."),
    "exchange.progress": _("Codes read"),
    "exchange.have": _("%(n)s of %(of)s codes read"),
    "exchange.taken.one": _("%(n)s new event taken over."),
    "exchange.taken.other": _("%(n)s new events taken over."),
    "exchange.known.one": _("%(n)s was here already."),
    "exchange.known.other": _("%(n)s were here already."),
    "exchange.refused.one": _("%(n)s could not be read and was left out."),
    "exchange.refused.other": _("%(n)s could not be read and were left out."),
    "exchange.turn": _("Now the other way round: show yours, and the other phone reads."),
    "exchange.no-camera": _(
        "The camera cannot be used: allow it in the settings, or exchange by file or text."
    ),
    "exchange.unreadable": _("This could not be read: nothing was taken over. Try again from the beginning."),
    "exchange.too-much": _("Too much for codes: exchange by file or text."),
    "exchange.text-what": _(
        "Carry the file or the text to the other phone as you like: cable, Bluetooth, message. It holds"
        " outcomes of addresses, no names."
    ),
    "exchange.save": _("Save as a file"),
    "exchange.copy": _("Copy the text"),
    "exchange.copied": _("Copied."),
    "exchange.not-copied": _("The browser did not let it be copied: mark the text and copy it yourself."),
    "exchange.own": _("What this phone recorded"),
    "exchange.paste": _("Paste here what the other phone recorded"),
    "exchange.file": _("Or choose its file, or pictures of its codes"),
    "exchange.take": _("Take it over"),
}
"""Two phones without network."""

OUTCOMES: dict[str, Promise] = {f"outcome.{value.value}": label for value, label in OUTCOME_LABELS.items()}
"""For visits of a turf whose pack is gone."""

SCREENS: dict[str, Promise] = FRAME | ENROLMENT | DOORS | MAP | POINTS | STATE | EXCHANGE | OUTCOMES
"""All of them."""
