"""What `init` finds in a repository: facts, each with the file and line that shows it."""
