"""What the figures say: rules that open alerts, and sentences over tested findings."""
