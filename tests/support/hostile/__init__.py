"""What somebody might send to do harm, made anew for each test and for an attack run."""
