"""Ways in: logins and their second steps, one's own account, and the organization's rules about them."""
