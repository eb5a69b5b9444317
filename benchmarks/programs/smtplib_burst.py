"""Many messages on one connection with smtplib; prints the seconds. PORT COUNT"""

import smtplib
import sys
import time

message = b"From: alerts@contoso.com\r\nTo: ops@contoso.com\r\nSubject: s\r\n\r\nbody\r\n"
began = time.perf_counter()
with smtplib.SMTP("localhost", int(sys.argv[1]), local_hostname="here.example") as server:
    for _ in range(int(sys.argv[2])):
        server.sendmail("alerts@contoso.com", ["ops@contoso.com"], message)
print(time.perf_counter() - began)
