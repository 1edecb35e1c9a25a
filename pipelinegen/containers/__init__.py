"""Containers that tests need beside them: brought up, reached, told apart, and removed again."""
