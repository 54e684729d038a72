"""Every address of the sign-in library that we open, by name; what is not listed does not exist.

Closed on purpose: passwords (nobody has one), sign-up (people join by our form), change of address,
trusted browsers, security keys.
"""

from django.urls import path

from amiral.rooms.people.web import sign_in

urlpatterns = [
    path("connexion/", sign_in.request_code, name="account_request_login_code"),
    path("connexion/code/", sign_in.confirm_code, name="account_confirm_login_code"),
    path("connexion/second-facteur/", sign_in.authenticate, name="mfa_authenticate"),
    path("entrer/", sign_in.to_sign_in, name="account_login"),
    path("inscription/", sign_in.to_join, name="account_signup"),
    path("deconnexion/", sign_in.sign_out, name="account_logout"),
    path("ferme/", sign_in.closed, name="account_inactive"),
    path("second-facteur/", sign_in.second_factor, name="mfa_index"),
    path("second-facteur/verifier/", sign_in.reauthenticate, name="mfa_reauthenticate"),
    path("second-facteur/installer/", sign_in.activate, name="mfa_activate_totp"),
    path("second-facteur/retirer/", sign_in.deactivate, name="mfa_deactivate_totp"),
    path("second-facteur/secours/", sign_in.recovery_codes, name="mfa_view_recovery_codes"),
    path("second-facteur/secours/renouveler/", sign_in.renew_recovery, name="mfa_generate_recovery_codes"),
    path("second-facteur/secours/fichier/", sign_in.download_recovery, name="mfa_download_recovery_codes"),
]
