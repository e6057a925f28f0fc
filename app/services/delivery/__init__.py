"""What leaves the house: mail, webhooks and notifications."""
