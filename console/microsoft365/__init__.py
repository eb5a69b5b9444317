"""Signing in at Microsoft 365: clouds, our own HTTPS, sign-in with a code or as an app, tokens, renewal."""
