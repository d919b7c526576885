"""What is done with pixels for samples: cutting subjects out, putting several together, who looks like whom."""
