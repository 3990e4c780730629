"""What the rivals run: small scripts, each started inside the environment of its library."""
