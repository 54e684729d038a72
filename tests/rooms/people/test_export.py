"""The export names every column that points to a person, or a reason why it does not."""

import json
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import reverse

from amiral.kit import audit
from amiral.rooms.people.models import Person
from tests.conftest import Cast

pytestmark = pytest.mark.django_db

LOG = "an act of a mandate: stands in the log lines, without saying on whom"
SECRET = "that it exists is said; its secret would let a reader sign in"
LEFT_OUT: dict[str, str] = {
    "people.Mandate.granted_by": LOG,
    "people.JoinRequest.recruiter": "somebody else's form, for seven days",
    "people.Recruitment.recruiter": "speaks of who came; the person reads the counts on his own page",
    "people.SupporterImport.imported_by": LOG,
    "people.DuplicateCandidate.rejected_by": LOG,
    "people.Merge.by": LOG,
    "people.Merge.undone_by": LOG,
    "people.RightsRequest.closed_by": LOG,
    "field.Assignment.assigned_by": LOG,
    "field.HelpCall.answered_by": LOG,
    "field.Caution.confirmed_by": LOG,
    "moderation.Report.decided_by": LOG,
    "moderation.Appeal.decided_by": LOG,
    "moderation.Opening.asked_by": LOG,
    "moderation.Opening.confirmed_by": LOG,
    "network.Notification.actor": "somebody else was told; what the person did stands among his own words",
    "network.Block.blocked": "who blocks somebody does so without telling him",
    "mobilisation.ActionGroup.invited_by": LOG,
    "mobilisation.ActionGroup.answered_by": LOG,
    "mobilisation.ActionDelegate.given_by": LOG,
    "outreach.Segment.owner": LOG,
    "outreach.SegmentUse.used_by": LOG,
    "outreach.Message.sender": LOG,
    "outreach.Mailing.owner": LOG,
    "network.JoinRequest.answered_by": LOG,
    "network.Invitation.invited_by": LOG,
    "network.Transfer.moved_by": LOG,
    "network.GroupRule.set_by": LOG,
    "network.Certification.asked_by": LOG,
    "network.Certification.decided_by": LOG,
    "network.CertificationStep.by": LOG,
    "network.Exclusion.excluded_by": LOG,
    "network.Exclusion.answered_by": LOG,
}
EXPORTED = {
    "account.EmailAddress.user": "people",
    "mfa.Authenticator.user": "people",
    "people.Consent.person": "people",
    "people.Mandate.person": "people",
    "people.ContactPoint.person": "people",
    "people.ImportLine.person": "people",
    "people.RollDeclaration.declared_by": "people",
    "people.Merge.survivor": "people",
    "people.RightsRequest.person": "people",
    "people.Referral.inviter": "people",
    "people.RecruitCode.person": "people",
    "people.Recruitment.person": "people",
    "people.Disclosure.person": "people",
    "people.Disclosure.viewer": "people",
    "people.PersonSkill.person": "people",
    "people.Availability.person": "people",
    "outreach.Message.person": "outreach",
    "outreach.MailingRecipient.person": "outreach",
    "outreach.PushSubscription.person": "outreach",
    "people.PhoneCode.person": "people",
    "moderation.Report.reporter": "moderation",
    "moderation.Report.subject_author": "moderation",
    "moderation.Appeal.appellant": "moderation",
    "network.Membership.person": "network",
    "network.Mention.person": "network",
    "network.Notification.person": "network",
    "network.NotificationChoice.person": "network",
    "network.Participant.person": "network",
    "network.PollVoter.person": "network",
    "network.PrivateMessage.author": "network",
    "network.Reach.person": "network",
    "network.Block.blocker": "network",
    "network.JoinRequest.person": "network",
    "network.Invitation.person": "network",
    "network.Transfer.person": "network",
    "network.Exclusion.person": "network",
    "network.Post.author": "network",
    "network.Comment.author": "network",
    "talking_points.Version.author": "talking_points",
    "talking_points.Version.approved_by": "talking_points",
    "mobilisation.Action.created_by": "mobilisation",
    "mobilisation.ActionSeries.created_by": "mobilisation",
    "mobilisation.ActionDelegate.person": "mobilisation",
    "mobilisation.ActionReport.written_by": "mobilisation",
    "mobilisation.ReportPicture.sent_by": "mobilisation",
    "mobilisation.SignUp.person": "mobilisation",
    "field.Canvass.created_by": "field",
    "field.LogEntry.by": "field",
    "field.Device.person": "field",
    "field.PairMember.person": "field",
    "field.Presence.person": "field",
    "field.HelpCall.person": "field",
    "field.LeaderPhone.person": "field",
    "field.Caution.reported_by": "field",
    "field.PlanVersion.made_by": "field",
    "debate.Consultation.created_by": "debate",
    "debate.Step.by": "debate",
    "debate.CodeBatch.printed_by": "debate",
    "debate.Lot.announced_by": "debate",
    "debate.Statement.decided_by": "debate",
    "debate.Argument.decided_by": "debate",
    "debate.Synthesis.author": "debate",
    "debate.Challenge.answered_by": "debate",
    "debate.Answer.by": "debate",
    "debate.Milestone.by": "debate",
    "debate.ReplyMove.by": "debate",
    "debate.Follower.person": "debate",
}
"""Column to the part of the export that holds it."""


def pointing() -> set[str]:
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and issubclass(Person, field.related_model)
    }


def test_every_column_is_exported_or_left_out_with_a_reason() -> None:
    known = set(EXPORTED) | set(LEFT_OUT)
    assert pointing() - known == set(), "say whether the person reads it"
    assert not set(EXPORTED) & set(LEFT_OUT)


def test_every_part_is_wired() -> None:
    wired = {path.split(".")[2] for path in settings.AMIRAL_PORTS["export_person"] if ".rooms." in path}
    assert set(EXPORTED.values()) <= wired
    assert "amiral.kit.audit.export_person" in settings.AMIRAL_PORTS["export_person"]


def test_the_file_has_its_documented_form(sign_in: Any, cast: Cast) -> None:
    audit.record(actor_id=cast.administrator, verb="x.seen", subject_kind="person", subject_id=cast.teammate)
    audit.record(actor_id=cast.administrator, verb="x.other", subject_kind="person", subject_id=cast.owner)
    kept = json.loads(sign_in(cast.teammate).get(reverse("people:export")).content)
    assert kept["format"] == "amiral-export/1"
    assert all(isinstance(row, dict) and row["table"] for row in kept["people"])
    verbs = {line["verb"]: line["by_you"] for line in kept["kit"]}
    assert verbs["x.seen"] is False
    assert "x.other" not in verbs
    assert str(cast.administrator) not in json.dumps(kept)


def test_the_same_can_be_read(sign_in: Any, cast: Cast) -> None:
    browser = sign_in(cast.coordinator)
    page = browser.get(reverse("people:read_export")).content.decode()
    for text in ("coordinator@example.org", "departement-coordinator"):
        assert text in page
    assert " style=" not in page
    assert page.count("<h1") == 1
    assert "owner@example.org" not in page
    assert sign_in(None).get(reverse("people:read_export")).status_code == 302
