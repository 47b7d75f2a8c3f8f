"""One typed command per thing a person can do."""
