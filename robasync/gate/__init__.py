"""The gate to the models, and what it asks before a call is sent: rates, money, the server."""
