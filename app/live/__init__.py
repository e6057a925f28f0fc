"""What keeps open pages current: tags of polls, unchanged answers, sockets."""
