"""What every room may use: it knows no table and no URL."""
