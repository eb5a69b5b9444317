"""Mail over SMTP, on our own client: every wait obeys the deadline and the operator's Esc, every line of the
other side is bounded and recorded (smtplib can do neither)."""

from console.transports.smtp.model import BearerToken, Capabilities, Login, Password, SmtpServer
from console.transports.smtp.transport import SmtpSession, SmtpTransport, probe

__all__ = [
    "BearerToken",
    "Capabilities",
    "Login",
    "Password",
    "SmtpServer",
    "SmtpSession",
    "SmtpTransport",
    "probe",
]
