"""The thirty steps, in order; each returns what it saw. A step fails by a sentence, never in silence."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from benchmarks.federation.ours import Ours, Recorded
from benchmarks.federation.peers import call

from amiral.kit.federation.documents import MEDIA_TYPE
from amiral.kit.federation.signatures import Scheme, signed_headers

WAIT_S = 90.0


class Missed(Exception):
    """What should have happened did not, in the time given."""


def until(what: str, seen: Callable[[], Any], *, seconds: float = WAIT_S) -> Any:
    over = time.monotonic() + seconds
    while True:
        found = seen()
        if found:
            return found
        if time.monotonic() > over:
            raise Missed(what)
        time.sleep(0.25)


def check(what: str, holds: object) -> None:
    if not holds:
        raise Missed(what)


class Matrix:
    """One peer and us; what one step made the next ones use."""

    def __init__(self, ours: Ours, peer: Any) -> None:
        self.ours, self.peer = ours, peer
        self.note = self.reply_url = self.answer_url = self.private_url = ""

    def steps(self) -> list[tuple[str, Callable[[], object]]]:
        return [
            ("the peer finds the group by WebFinger", self.find),
            ("the peer follows the group", self.follow),
            ("our Accept is checked and taken by the peer", self.accepted),
            ("followers are counted, never listed", self.counted),
            ("the peer follows the campaign", self.follow_campaign),
            ("a public announcement arrives", self.announced),
            ("it arrives in the words that were written, in both languages", self.words),
            ("the campaign shares it, and that arrives", self.shared),
            ("other words arrive (Update)", self.edited),
            ("an answer of the peer arrives and waits", self.replied),
            ("nobody else reads it before a leader decided", self.hidden),
            ("shown: everybody reads it", self.shown),
            ("passed on to followers (FEP-1b12) arrives", self.passed_on),
            ("the group's answer arrives there, as an answer to it", self.answered),
            ("other words of the peer wait again", self.rewritten),
            ("deleted there is deleted here", self.erased),
            ("a mention without an answer arrives", self.mentioned),
            ("what is written to the group only arrives and cannot be shown", self.private),
            ("its answer arrives there, and nowhere else", self.private_answered),
            ("a like is counted", self.liked),
            ("a like that is taken back is not", self.unliked),
            ("a share is counted, and not when it is undone", self.reshared),
            ("a request of the peer that was changed is refused", self.tampered),
            ("a request of the peer that comes again is refused", self.replayed),
            ("the peer refuses a request of ours that was changed", self.tampered_there),
            ("all that was called sent has arrived, in the right form", self.nothing_lost),
            ("after a change of our key, announcements arrive", self.our_key),
            ("after a change of the peer's key, its likes count", self.their_key),
            ("what was announced while the peer was away arrives", self.away),
            ("withdrawn here is withdrawn there, and nobody follows in the end", self.withdrawn),
        ]

    # Following --------------------------------------------------------------------------------

    def find(self) -> None:
        until("not found", lambda: self.peer.find(self.ours.handle, self.ours.actor) == self.ours.actor)

    def follow(self) -> None:
        self.peer.follow(self.ours.actor)
        until("no follower", lambda: self.ours.followers() == 1)

    def accepted(self) -> None:
        until("no Accept", lambda: self.peer.is_accepted(self.ours.actor))

    def counted(self) -> None:
        status, said = self.ours.get(f"{self.ours.actor}abonnes/")
        check("no count", status == 200 and json.loads(said)["totalItems"] == 1)
        check("a list was given", self.peer.actor not in said)

    def follow_campaign(self) -> None:
        self.peer.follow(self.ours.campaign)
        until("no second follower", lambda: self.ours.followers() == 2)
        until("no Accept", lambda: self.peer.is_accepted(self.ours.campaign))

    # Announcing -------------------------------------------------------------------------------

    def announced(self) -> None:
        self.note = self.ours.announce("Marché de Noël : **samedi à 9 h**.", "Market on Saturday.")
        until("no announcement", lambda: self.peer.has(self.note, "samedi à 9 h"))

    def words(self) -> str:
        check("other words", self.peer.has(self.note, "Marché de Noël"))
        found = self.peer.languages(self.note)
        if self.peer.keeps_languages:
            check("languages were lost", found == {"fr", "en"})
        return ", ".join(sorted(found))

    def shared(self) -> None:
        until("not shared", lambda: self.peer.is_shared(self.note, self.ours.campaign))

    def edited(self) -> None:
        note_id = self.note.rstrip("/").split("/")[-1]
        self.ours.verb("edit_note", note_id=note_id, body="Le marché est dimanche.", other_body="Sunday.")
        until("no Update", lambda: self.peer.has(self.note, "dimanche"))

    # Answers ----------------------------------------------------------------------------------

    def _write(self, text: str, **more: Any) -> str:
        found: str = self.peer.write(actor=self.ours.actor, handle=self.ours.handle, text=text, **more)
        return found

    def replied(self) -> None:
        self.reply_url = self._write("Bravo pour le marché", answers=self.note)
        row = until("no answer", lambda: self.ours.reply(self.reply_url))
        check("it does not wait", row.state == "waiting" and row.is_public)
        check("not under the announcement", str(row.note_id) in self.note)

    def hidden(self) -> None:
        _status, said = self.ours.get(self.note)
        check("already public", json.loads(said)["replies"]["items"] == [])

    def shown(self) -> None:
        self.ours.verb("show", reply_id=self.ours.reply(self.reply_url).pk)
        _status, said = self.ours.get(self.note)
        check("not public", json.loads(said)["replies"]["items"] == [self.reply_url])

    def passed_on(self) -> None:
        self.ours.verb("show", reply_id=self.ours.reply(self.reply_url).pk, pass_on=True)
        until("not passed on", lambda: self.peer.is_shared(self.reply_url, self.ours.actor))

    def answered(self) -> None:
        told = self.ours.verb(
            "answer_outside", reply_id=self.ours.reply(self.reply_url).pk, body="Merci à vous !"
        )
        self.answer_url = f"{self.ours.root}/annonces/{told.note_id}/"
        until("no answer", lambda: self.peer.has(self.answer_url, "Merci à vous"))
        check("no thread", self.peer.has(self.answer_url, self.reply_url))

    def rewritten(self) -> None:
        self.peer.edit(self.reply_url, "Bravo encore", actor=self.ours.actor)
        until("no new words", lambda: "encore" in self.ours.reply(self.reply_url).html)
        check("still public", self.ours.reply(self.reply_url).state == "waiting")

    def erased(self) -> None:
        self.peer.erase(self.reply_url, actor=self.ours.actor)
        until("still here", lambda: self.ours.reply(self.reply_url) is None)

    def mentioned(self) -> None:
        url = self._write("Une question au groupe")
        row = until("no mention", lambda: self.ours.reply(url))
        check("not on its own", row.note_id is None and row.is_public)

    def private(self) -> None:
        self.private_url = self._write("Rien que pour vous", private=True)
        row = until("nothing came", lambda: self.ours.reply(self.private_url))
        check("taken for public", not row.is_public)
        try:
            self.ours.verb("show", reply_id=row.pk)
        except Exception as refusal:
            check("refused otherwise", type(refusal).__name__ == "WrittenToUs")
        else:
            raise Missed("it could be shown")

    def private_answered(self) -> None:
        row = self.ours.reply(self.private_url)
        told = self.ours.verb("answer_outside", reply_id=row.pk, body="Entre nous, oui.")
        url = f"{self.ours.root}/annonces/{told.note_id}/"
        until("no answer", lambda: self.peer.has(url, "Entre nous"))
        check("everybody reads it", self.ours.get(url)[0] == 404)

    # Counts -----------------------------------------------------------------------------------

    def _count(self, kind: str) -> int:
        _status, said = self.ours.get(self.note)
        return int(json.loads(said)[kind]["totalItems"])

    def liked(self) -> None:
        self.peer.like(self.note, actor=self.ours.actor)
        until("not counted", lambda: self._count("likes") == 1)

    def unliked(self) -> None:
        self.peer.unlike(self.note, actor=self.ours.actor)
        until("still counted", lambda: self._count("likes") == 0)

    def reshared(self) -> None:
        self.peer.share(self.note, actor=self.ours.actor)
        until("not counted", lambda: self._count("shares") == 1)
        self.peer.unshare(self.note, actor=self.ours.actor)
        until("still counted", lambda: self._count("shares") == 0)

    # Attacks ----------------------------------------------------------------------------------

    def _recorded(self) -> Recorded:
        kept = [one for one in self.ours.recorder.kept if one.status == 202 and b'"Create"' in one.body]
        check("nothing was recorded", kept)
        return kept[-1]

    def tampered(self) -> str:
        one = self._recorded()
        words = self.ours.recorder.again(one, lambda body: body.replace(b"pour vous", b"pour tous"))
        actor = self.ours.recorder.again(one, lambda body: body.replace(b"Create", b"Update"))
        check(f"taken: {words}, {actor}", words == actor == 401)
        return f"{words}"

    def replayed(self) -> str:
        status = self.ours.recorder.again(self._recorded())
        check(f"taken: {status}", status == 409)
        from amiral.rooms.network.models import RemoteReply

        urls = list(RemoteReply.objects.values_list("url", flat=True))
        check("doubled", len(urls) == len(set(urls)))
        return f"{status}"

    def tampered_there(self) -> str:
        from amiral.kit.clock import now
        from amiral.rooms.network.models import LocalActor
        from amiral.rooms.network.queries import federation

        actor = LocalActor.objects.get(handle="essai")
        signer = federation.signer_of(actor)
        assert signer
        seen = {}
        for scheme in Scheme:
            url = f"{self.ours.root}/annonces/faux-{scheme}/"
            said = self._forged(url)
            body = json.dumps(said).encode()
            headers = signed_headers(
                method="POST", url=self.peer.inbox, body=body, content_type=MEDIA_TYPE, signer=signer,
                scheme=scheme, at=now(),
            )  # fmt: skip
            status, _answer = call(self.peer.port, "POST", self.peer.inbox.partition(str(self.peer.port))[2],
                                   body=body.replace(b"vrai", b"faux"), headers=headers)  # fmt: skip
            seen[str(scheme)] = status
            time.sleep(2)
            check(f"taken: {scheme}", not self.peer.has(url, "faux"))
        return json.dumps(seen)

    def _forged(self, url: str) -> dict[str, Any]:
        public = ["https://www.w3.org/ns/activitystreams#Public"]
        note = {"id": url, "type": "Note", "attributedTo": self.ours.actor, "to": public}
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{url}#creation",
            "type": "Create",
            "actor": self.ours.actor,
            "object": {**note, "content": "<p>vrai</p>"},
            "to": public,
        }

    def nothing_lost(self) -> str:
        until(
            "still under way", lambda: all(state != "waiting" for _k, state, _s, _a in self.ours.deliveries())
        )
        rows = self.ours.deliveries()
        check(f"given up: {rows}", all(state == "sent" for _k, state, _s, _a in rows))
        return json.dumps({form: sum(s == form for _k, _st, s, _a in rows) for form in ("cavage", "rfc9421")})

    # Keys, absences, the end ------------------------------------------------------------------

    def our_key(self) -> None:
        self.ours.change_key()
        time.sleep(2)
        url = self.ours.announce("Avec une nouvelle clé.")
        until("no announcement", lambda: self.peer.has(url, "nouvelle clé"))

    def their_key(self) -> None:
        self.peer.change_key()
        self.peer.like(self.note, actor=self.ours.actor)
        until("not counted", lambda: self._count("likes") == 1)

    def away(self) -> None:
        self.peer.stop()
        url = self.ours.announce("Pendant votre absence.")
        until(
            "nothing was tried",
            lambda: any(answer and state == "waiting" for _k, state, _s, answer in self.ours.deliveries()),
        )
        self.peer.start()
        until("no announcement", lambda: self.peer.has(url, "absence"), seconds=150)

    def withdrawn(self) -> None:
        note_id = self.note.rstrip("/").split("/")[-1]
        self.ours.verb("withdraw", note_id=note_id)
        until("still there", lambda: self.peer.is_gone(self.note))
        check("still here", self.ours.get(self.note)[0] == 410)
        for actor in (self.ours.actor, self.ours.campaign):
            self.peer.unfollow(actor)
        until("somebody follows", lambda: self.ours.followers() == 0)
