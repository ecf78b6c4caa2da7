"""What is reckoned of money: pure functions."""
