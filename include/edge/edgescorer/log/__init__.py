"""What was scored, kept until it has been sent: appended by commits, closed by segments."""
