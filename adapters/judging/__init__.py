"""The page on which people judge samples of training data: for who has its link, on this machine alone."""
