"""The sandbox: stand-ins for a mail server, Microsoft's sign-in and Graph on loopback, a phone to play."""
