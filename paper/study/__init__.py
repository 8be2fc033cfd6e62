"""How a member stands, as a picture."""
