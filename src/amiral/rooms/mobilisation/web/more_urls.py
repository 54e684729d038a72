"""Addresses of what stands around an action: who holds it, its series, reminders, its report, two hours."""

from django.urls import URLPattern, path

from amiral.rooms.mobilisation.web import (
    answer_views,
    holding_views,
    notice_views,
    report_views,
    sought_views,
)

urlpatterns: list[URLPattern] = [
    path("disponible/", sought_views.available, name="available"),
    path("rappel/<str:token>/", answer_views.answer, name="reminder"),
    path("actions/<uuid:action_id>/organiser/", holding_views.organise, name="organise"),
    path("actions/<uuid:action_id>/groupes/", holding_views.invite_group, name="invite_group"),
    path("actions/groupes/<uuid:invitation_id>/", holding_views.answer_invitation, name="answer_invitation"),
    path(
        "actions/groupes/<uuid:invitation_id>/retirer/", holding_views.part_from_group, name="part_from_group"
    ),
    path("actions/<uuid:action_id>/delegues/", holding_views.delegate, name="delegate"),
    path(
        "actions/<uuid:action_id>/delegues/<uuid:person_id>/retirer/",
        holding_views.end_delegation,
        name="end_delegation",
    ),
    path("actions/<uuid:action_id>/copier/", holding_views.copy, name="copy_action"),
    path("actions/<uuid:action_id>/repeter/", holding_views.repeat, name="repeat_action"),
    path("actions/<uuid:action_id>/suivantes/", holding_views.carry_over, name="carry_over"),
    path(
        "actions/<uuid:action_id>/suivantes/annuler/", holding_views.cancel_following, name="cancel_following"
    ),
    path("actions/<uuid:action_id>/sauter/", holding_views.leave_out, name="leave_out"),
    path("actions/<uuid:action_id>/signaler/", notice_views.notice, name="notice"),
    path("actions/<uuid:action_id>/compte-rendu/", report_views.report, name="report"),
    path("actions/<uuid:action_id>/merci/", report_views.thank, name="thank"),
    path("actions/photos/<uuid:picture_id>/", report_views.picture, name="report_picture"),
    path("actions/photos/<uuid:picture_id>/retirer/", report_views.remove_picture, name="remove_picture"),
]
