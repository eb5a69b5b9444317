"""Refusals the SMTP stand-in can play, in the exact words of Exchange Online and of common servers: the
diagnosis matches on codes and on words.

``{host}`` stands for the server's name, ``{suffix}`` for the trace that Exchange Online appends.
"""

from typing import Final

from console.sandbox.smtp_fault import At, said

_REJECTED = "535 5.7.139 Authentication unsuccessful, "

EXCHANGE_REPLIES: Final = (
    said(
        "smtp-auth-off-tenant",
        "SMTP AUTH is off for the whole tenant",
        At.AUTH,
        _REJECTED + "SmtpClientAuthentication is disabled for the Tenant. "
        "Visit https://aka.ms/smtp_auth_disabled for more information. {suffix}",
    ),
    said(
        "smtp-auth-off-mailbox",
        "SMTP AUTH is off for the mailbox",
        At.AUTH,
        _REJECTED + "SmtpClientAuthentication is disabled for the Mailbox. "
        "Visit https://aka.ms/smtp_auth_disabled for more information. {suffix}",
    ),
    said(
        "basic-auth-off",
        "Password sign-in is refused by policy",
        At.AUTH,
        _REJECTED + "basic authentication is disabled. {suffix}",
    ),
    said(
        "basic-auth-removed",
        "Password sign-in was removed",
        At.AUTH,
        "550 5.7.30 Basic authentication is not supported for Client Submission. {suffix}",
    ),
    said(
        "credentials-incorrect",
        "Wrong password, or MFA on the account",
        At.AUTH,
        _REJECTED + "the user credentials were incorrect. {suffix}",
    ),
    said(
        "security-defaults",
        "Security defaults lock the user",
        At.AUTH,
        _REJECTED + "user is locked by your organization's security defaults policy. "
        "Contact your administrator. {suffix}",
    ),
    said(
        "conditional-access",
        "Conditional Access refuses the sign-in",
        At.AUTH,
        _REJECTED + "the request did not meet the criteria to be authenticated successfully. "
        "Contact your administrator. {suffix}",
    ),
    said(
        "token-refused",
        "Exchange refuses the token",
        At.AUTH,
        "535 5.7.3 Authentication unsuccessful {suffix}",
    ),
    said(
        "not-authenticated",
        "The client is not authenticated",
        At.MAIL,
        "530 5.7.57 Client not authenticated to send mail. {suffix}",
    ),
    said(
        "too-many-connections",
        "More than three connections to one mailbox",
        At.MAIL,
        "432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more "
        "information. {suffix}",
    ),
    said(
        "sender-blocked",
        "The account is blocked for spam",
        At.MAIL,
        "550 5.1.8 Access denied, bad outbound sender AS(42004) {suffix}",
    ),
    said(
        "suspicious",
        "Suspicious activity, temporary",
        At.MAIL,
        "451 4.7.500 Server busy. Please try again later from [127.0.0.1]. (AS761) {suffix}",
    ),
    said(
        "send-as-denied",
        "The mailbox may not send as this sender",
        At.BODY,
        "554 5.2.252 SendAsDenied; alerts@contoso.com not allowed to send as other@contoso.com; "
        "STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process "
        "message due to a permanent exception with message Cannot submit message. {suffix}",
    ),
    said(
        "send-as-denied-client",
        "The client may not send as this sender",
        At.MAIL,
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender {suffix}",
    ),
    said(
        "mailbox-logon",
        "The app may sign in, but cannot open the mailbox",
        At.BODY,
        "430 4.2.0 STOREDRV; mailbox logon failure; Failure reason:MapiExceptionLogonFailed {suffix}",
    ),
    said(
        "submission-quota",
        "10,000 recipients a day are used up",
        At.BODY,
        "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message "
        "due to a permanent exception. {suffix}",
    ),
    said(
        "mailbox-full",
        "Sent Items filled the mailbox",
        At.BODY,
        "554 5.2.2 mailbox full; "
        "STOREDRV.Submission.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded "
        "{suffix}",
    ),
    said(
        "outbound-spam",
        "The message looks like spam",
        At.BODY,
        "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; Failed to process message due to a "
        "permanent exception with message [BeginDiagnosticData]WASCL UserAction verdict is not None. "
        "{suffix}",
    ),
    said(
        "tenant-threshold",
        "The tenant sends too much",
        At.BODY,
        "550 5.7.705 Service unavailable. Access denied, tenant has exceeded threshold {suffix}",
    ),
    said(
        "trial-tenant",
        "Traffic of a trial tenant is not accepted",
        At.BODY,
        "550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP {suffix}",
    ),
    said(
        "domain-unregistered",
        "The sender's domain is not registered in the tenant",
        At.BODY,
        "550 5.7.750 Service unavailable. Client blocked from sending from unregistered domain {suffix}",
    ),
    said(
        "direct-send-refused",
        "Direct Send is switched off",
        At.BODY,
        "550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization from "
        "unauthorized "
        "sources {suffix}",
    ),
    said(
        "high-volume-external",
        "A High Volume Email account sends outside",
        At.RCPT,
        "550 5.5.105 External sending is not supported for High Volume Email accounts {suffix}",
    ),
    said(
        "old-tls",
        "The server wants newer TLS",
        At.EHLO,
        "421 4.7.66 TLS 1.0 and 1.1 are not supported. Please upgrade/update your client to support TLS 1.2. "
        "Visit https://aka.ms/smtp_auth_tls. {suffix}",
        close=True,
    ),
)

ORDINARY_REPLIES: Final = (
    said(
        "busy", "Too busy at the greeting", At.GREETING, "421 4.3.2 {host} Service not available", close=True
    ),
    said(
        "blocked",
        "The address is blocked",
        At.GREETING,
        "554 5.7.1 Your address is on a block list",
        close=True,
    ),
    said("ehlo-refused", "EHLO is not known", At.EHLO, "502 5.5.1 Command not implemented"),
    said("ehlo-name-refused", "The EHLO name is refused", At.EHLO, "550 5.7.1 Invalid HELO name"),
    said("starttls-refused", "TLS is temporarily not available", At.STARTTLS, "454 4.7.0 TLS not available"),
    said("wrong-password", "Wrong user name or password", At.AUTH, "535 5.7.8 Error: authentication failed"),
    said(
        "auth-temporary",
        "Sign-in does not work just now",
        At.AUTH,
        "454 4.7.0 Temporary authentication failure",
    ),
    said("auth-required", "The server wants a sign-in", At.MAIL, "530 5.7.0 Authentication required"),
    said(
        "sender-refused",
        "The sender is refused",
        At.MAIL,
        "550 5.7.1 Sender address rejected: not owned by user",
    ),
    said(
        "sender-domain",
        "The sender's domain does not exist",
        At.MAIL,
        "550 5.1.8 Sender address rejected: Domain not found",
    ),
    said(
        "sender-temporary",
        "The sender is refused for now",
        At.MAIL,
        "451 4.1.8 Sender address rejected: Domain lookup failed",
    ),
    said("disk-full", "The server's disk is full", At.MAIL, "452 4.3.1 Insufficient system storage"),
    said(
        "size-refused",
        "The server finds the message too large",
        At.BODY,
        "552 5.3.4 Message size exceeds fixed maximum message size",
    ),
    said("recipient-unknown", "The recipient does not exist", At.RCPT, "550 5.1.1 User unknown"),
    said(
        "recipient-not-found",
        "Exchange does not know the recipient",
        At.RCPT,
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    ),
    said("recipient-partly", "The second recipient does not exist", At.SECOND_RCPT, "550 5.1.1 User unknown"),
    said("recipient-full", "The recipient's mailbox is full", At.RCPT, "452 4.2.2 Mailbox full"),
    said("relay-denied", "The server does not relay", At.RCPT, "554 5.7.1 Relay access denied"),
    said("greylisted", "Greylisted", At.RCPT, "451 4.7.1 Greylisting in action, please come back later"),
    said("too-many-recipients", "Too many recipients", At.RCPT, "452 4.5.3 Too many recipients"),
    said("data-refused", "The server wants no message now", At.DATA, "451 4.3.0 Try again later"),
    said("spam", "The message looks like spam", At.BODY, "554 5.7.1 Message rejected as spam"),
    said(
        "dmarc",
        "The sender's domain policy forbids it",
        At.BODY,
        "550 5.7.26 Unauthenticated email from contoso.com is not accepted due to the domain's DMARC policy",
    ),
    said(
        "message-temporary", "The message is refused for now", At.BODY, "451 4.3.0 Temporary system problem"
    ),
)
