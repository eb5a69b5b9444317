"""The floor of every send from Python: smtplib, STARTTLS, password. PORT [CA FILE | default | plain]"""

import smtplib
import ssl
import sys

port, trust = int(sys.argv[1]), sys.argv[2]
message = b"From: alerts@contoso.com\r\nTo: ops@contoso.com\r\nSubject: s\r\n\r\n" + sys.stdin.buffer.read()
with smtplib.SMTP("localhost", port, local_hostname="here.example") as server:
    if trust != "plain":
        context = (
            ssl.create_default_context() if trust == "default" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )
        context.load_verify_locations(sys.argv[3])
        server.starttls(context=context)
        server.login("alerts@contoso.com", "sandbox-password")
    server.sendmail("alerts@contoso.com", ["ops@contoso.com"], message)
