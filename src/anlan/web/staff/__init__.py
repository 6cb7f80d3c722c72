"""What desk and field share: signing in and out, notices, words for times and names."""
