"""The checks, in the order they are shown."""

from typing import Final

from console.checks import local, network, sign_in
from console.checks.model import Check

CHECKS: Final = (
    Check("settings", "Settings file", local.settings_file, needs_settings=False),
    Check("mail", "Outgoing mail", local.mail_on),
    Check("secrets", "Secrets", local.secrets),
    Check("names", "Name look-up", network.names),
    Check("ports", "Ports", network.ports),
    Check("encryption", "Encryption", network.encryption),
    Check("capabilities", "Server's offer", network.capabilities),
    Check("clock", "Clock", network.clock),
    Check("sign-in", "Microsoft 365 sign-in", sign_in.sign_in),
    Check("credential", "Secret or certificate", sign_in.app_credential),
    Check("basic-auth", "Passwords at Microsoft", sign_in.basic_authentication),
    Check("token-directory", "Token directory", local.token_folder, needs_settings=False),
    Check("components", "Components", local.installed_components, needs_settings=False),
    Check("timer", "Token renewal", local.renewal_timer, needs_settings=False),
    Check("disk", "Disk", local.disk, needs_settings=False),
    Check("last-mail", "Last mail", local.last_test, needs_settings=False),
)
