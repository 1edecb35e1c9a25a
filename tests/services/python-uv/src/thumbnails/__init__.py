"""Makes small pictures of large ones."""
