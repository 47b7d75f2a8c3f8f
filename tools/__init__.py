"""Tools of those who work on Courtwatch; nothing here is installed."""
