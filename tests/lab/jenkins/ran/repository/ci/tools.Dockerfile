FROM docker:28-cli
